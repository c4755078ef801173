"""Grading a folder: honest files are marked, hostile ones are listed with a reason, and nothing
stops the run.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic_class import course_exercise, lay_out

from netcourse.assessment import Answer, AnswersFile, find_exercise, grade, load_exercise
from netcourse.assessment.answers.model import LARGEST_FILE, SCHEMA
from netcourse.classroom import Report, grade_folder
from netcourse.classroom.collect.folder import collect
from netcourse.classroom.report.gradebook import NOTES
from netcourse.classroom.report.tables import cell
from netcourse.decisions.core import DISCLAIMER

EXERCISE = load_exercise(find_exercise("03_krenning"))


def answers(seed: int, wrong: int = 0, minute: int | None = None) -> tuple[Answer, ...]:
    """Right answers of one learner to everything, save the first `wrong` scores, which are two
    classes off.
    """
    found = []
    for n, item in enumerate(EXERCISE.items):
        key = item.key(EXERCISE.truth(item, seed)).value
        if item.kind == "score" and wrong:
            key, wrong = (key + 2 if key < 3 else key - 2), wrong - 1
        value = list(key) if isinstance(key, tuple) else key
        at = f"2026-05-04T10:{(seed if minute is None else minute) % 60:02d}:{n:02d}.{seed:06d}+00:00"
        found.append(
            Answer(
                exercise=EXERCISE.id,
                version=1,
                item=item.id,
                value=value,
                confidence="sure",
                time=at,
            )
        )
    return tuple(found)


def learner(n: int, wrong: int = 0, **how: Any) -> AnswersFile:
    return AnswersFile(
        **{
            "pseudonym": f"amber-heron-{1000 + n}",
            "course_seed": 100 + n,
            "answers": answers(100 + n, wrong),
        }
        | how
    )


def hand_in(folder: Path, name: str, file: AnswersFile) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.to_json(), encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def reasons(report: Report) -> dict[str, str]:
    return {one.source: one.reason for one in report.rejected}


# ---------------------------------------------------------------- a class


def test_every_learner_gets_the_mark_that_marking_alone_gives(tmp_path: Path) -> None:
    for n in range(6):
        hand_in(tmp_path / "in", f"group {n % 2}/learner {n}/answers.json", learner(n, wrong=n))
    report = grade_folder(tmp_path / "in", tmp_path / "out")
    assert report.exit_status == 0
    assert len(report.graded) == 6
    book = {row["pseudonym"]: row for row in rows(tmp_path / "out" / "grades.csv")}
    for n in range(6):
        file = learner(n, wrong=n)
        alone = grade(EXERCISE, file.course_seed, file.answers)
        row = book[file.pseudonym]
        assert float(row["points"]) == pytest.approx(alone.points)
        assert (int(row["over_calls"]), int(row["under_calls"])) == (
            alone.overcalls,
            alone.undercalls,
        )
        assert int(row["management_errors"]) == alone.management_errors
    assert float(book["amber-heron-1000"]["points"]) == EXERCISE.max_points
    assert float(book["amber-heron-1005"]["points"]) < EXERCISE.max_points
    assert len(rows(tmp_path / "out" / "items.csv")) == 6 * len(EXERCISE.items)
    assert rows(tmp_path / "out" / "rejected.csv") == []


def test_each_learner_gets_a_page_that_explains_and_needs_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    hand_in(tmp_path / "in", "a.json", learner(1, wrong=2))
    grade_folder(tmp_path / "in", tmp_path / "out")
    page = (tmp_path / "out" / "feedback" / "amber-heron-1001.html").read_text(encoding="utf-8")
    for item in EXERCISE.items:
        assert item.title in page
    for words in (
        "SYNTHETIC",
        DISCLAIMER,
        "over-call",
        "Sources, and how sure we are",
        "Would change it",
        EXERCISE.objectives[0],
    ):
        assert words in page, words
    assert "<script" not in page
    assert not re.findall(r"\ssrc=|@import|url\(", page)
    assert all(link.startswith("https://") for link in re.findall(r'href="([^"]*)"', page))


def test_the_class_page_puts_the_question_first_that_the_class_found_hardest(
    tmp_path: Path,
) -> None:
    for n in range(5):
        hand_in(tmp_path / "in", f"{n}.json", learner(n, wrong=1))
    grade_folder(tmp_path / "in", tmp_path / "out")
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    first_score = next(item for item in EXERCISE.items if item.kind == "score")
    first_row = page.split("<tbody>")[1].split("</tr>")[0]
    assert first_score.title in first_row
    assert DISCLAIMER in page


def test_a_file_without_answers_is_a_learner_who_has_not_begun(tmp_path: Path) -> None:
    hand_in(tmp_path / "in", "a.json", learner(1, answers=()))
    report = grade_folder(tmp_path / "in")
    assert report.exit_status == 0
    assert (report.graded[0].points, report.graded[0].results[0].answered) == (0, 0)


def test_grading_twice_gives_the_same_files(tmp_path: Path) -> None:
    for n in range(3):
        hand_in(tmp_path / "in", f"{n}.json", learner(n, wrong=n))
    out = tmp_path / "in" / "graded"  # inside the folder that is graded
    first, again = (
        {path.name: path.read_bytes() for path in grade_folder(tmp_path / "in", out).written}
        for _ in range(2)
    )
    assert len(first) == 7 + 3
    assert first == again


# ---------------------------------------------------------------- bad files


def test_bad_files_are_listed_with_their_reason_and_the_others_are_graded(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, "good.json", learner(1))
    (folder / "empty.json").write_bytes(b"")
    (folder / "broken.json").write_text('{"schema_version": 1,', encoding="utf-8")
    (folder / "huge.json").write_bytes(b"[" + b"1," * LARGEST_FILE)
    hand_in(folder, "future.json", learner(2))
    future = (
        (folder / "future.json")
        .read_text(encoding="utf-8")
        .replace(f'"schema_version": {SCHEMA}', f'"schema_version": {SCHEMA + 1}')
    )
    (folder / "future.json").write_text(future, encoding="utf-8")
    hand_in(folder, "foreign.json", learner(3, course="cardiology"))
    hand_in(
        folder,
        "other.json",
        learner(
            4, answers=tuple(a.model_copy(update={"exercise": "99_other"}) for a in answers(104))
        ),
    )
    (folder / "nan.json").write_text(
        learner(5).to_json().replace('"version": 1', '"version": NaN', 1), encoding="utf-8"
    )
    (folder / "truth.json").write_text(
        learner(6).to_json().replace('"version": 1', '"version": true', 1), encoding="utf-8"
    )
    (folder / "notebook.ipynb").write_text("{}", encoding="utf-8")
    report = grade_folder(folder, tmp_path / "out")
    assert report.exit_status == 1
    assert [one.source for one in report.graded] == ["good.json"]
    assert reasons(report) == {
        "empty.json": "empty",
        "broken.json": "malformed",
        "huge.json": "too large",
        "future.json": "future version",
        "foreign.json": "foreign course",
        "other.json": "foreign course",
        "nan.json": "malformed",
        "truth.json": "malformed",
    }
    listed = {row["file"]: row for row in rows(tmp_path / "out" / "rejected.csv")}
    assert set(listed) == set(reasons(report))
    assert all(len(row["explanation"]) > 10 for row in listed.values())
    assert "update netcourse" in listed["future.json"]["explanation"]
    assert "cardiology" in listed["foreign.json"]["explanation"]


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    secret = hand_in(tmp_path, "secret.json", learner(9))
    folder = tmp_path / "in"
    hand_in(folder, "good.json", learner(1))
    (folder / "link.json").symlink_to(secret)
    (folder / "away").symlink_to(tmp_path)
    (folder / "folder.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    report = grade_folder(folder)
    assert [one.pseudonym for one in report.graded] == ["amber-heron-1001"]
    assert reasons(report) == {
        "link.json": "link",
        "folder.json": "no file",
        "pipe.json": "no file",
    }


def test_a_copy_and_an_earlier_state_are_passed_over_for_the_longest_file(tmp_path: Path) -> None:
    whole = learner(1)
    hand_in(tmp_path, "a earlier.json", whole.model_copy(update={"answers": whole.answers[:4]}))
    hand_in(tmp_path, "b whole.json", whole)
    hand_in(tmp_path, "c copy.json", whole)
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == ["b whole.json"]
    assert reasons(report) == {"a earlier.json": "duplicate", "c copy.json": "duplicate"}
    assert "earlier state of b whole.json" in report.rejected[0].text


def test_of_one_name_over_different_answers_the_first_received_counts_and_the_other_is_shown(
    tmp_path: Path,
) -> None:
    hand_in(tmp_path, "mine.json", learner(1))
    hand_in(tmp_path, "yours.json", learner(2, pseudonym="amber-heron-1001"))
    hand_in(tmp_path, "third.json", learner(3))
    now = time.time()
    for name, later in (("mine.json", 0), ("yours.json", 3600), ("third.json", 0)):
        os.utime(tmp_path / name, (now + later, now + later))
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == ["mine.json", "third.json"]
    assert reasons(report) == {"yours.json": "conflict"}
    assert "mine.json was received first" in report.rejected[0].text
    assert "another file in this name: yours.json" in report.graded[0].notes[0]


def test_answers_copied_under_another_name_are_graded_and_noted(tmp_path: Path) -> None:
    hand_in(tmp_path / "in", "a.json", learner(1))
    hand_in(tmp_path / "in", "b.json", learner(1, pseudonym="white-wren-9999"))
    report = grade_folder(tmp_path / "in", tmp_path / "out")
    assert len(report.graded) == 2
    notes = {row["pseudonym"]: row[NOTES] for row in rows(tmp_path / "out" / "grades.csv")}
    assert "white-wren-9999" in notes["amber-heron-1001"]
    assert "amber-heron-1001" in notes["white-wren-9999"]


def test_answers_carried_to_another_patient_earn_less_than_ones_own(tmp_path: Path) -> None:
    own, copied = learner(1), learner(2, answers=answers(101))
    hand_in(tmp_path, "own.json", own)
    hand_in(tmp_path, "copied.json", copied)
    points = {one.source: one.points for one in grade_folder(tmp_path).graded}
    assert points["own.json"] == EXERCISE.max_points
    assert points["copied.json"] < EXERCISE.max_points


# ---------------------------------------------------------------- archives


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_answers_in_archives_are_graded_without_unpacking(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(
        zipped(
            **{f"learner_{n}/answers.json": learner(n).to_json().encode() for n in range(3)},
            **{"learner_0/work.ipynb": b"{}"},
        )
    )
    report = grade_folder(tmp_path)
    assert report.exit_status == 0
    assert [one.source for one in report.graded] == [
        f"class.zip/learner_{n}/answers.json" for n in range(3)
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.zip"]


def test_archives_that_lie_climb_or_explode_are_listed_and_harm_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "in"
    folder.mkdir(parents=True)
    good = learner(1).to_json().encode()
    (folder / "bomb.zip").write_bytes(zipped(**{"answers.json": b"0" * 50_000_000}))
    (folder / "climb.zip").write_bytes(
        zipped(**{"../../evil.json": learner(2).to_json().encode(), "/etc/evil.json": b"x"})
    )
    deep = zipped(**{"inner.zip": zipped(**{"deep.zip": zipped(**{"a.json": good})})})
    (folder / "nested.zip").write_bytes(deep)
    (folder / "good.zip").write_bytes(
        zipped(**{"a.json": good, "__MACOSX/._a.json": b"junk", ".hidden.json": b"junk"})
    )
    (folder / "cut.zip").write_bytes(zipped(**{"a.json": good})[:-30])
    (folder / "text.zip").write_bytes(b"not an archive")
    (folder / "link.zip").write_bytes(_with_link())
    (folder / "locked.zip").write_bytes(_flagged(zipped(**{"a.json": good})))
    (folder / "liar.zip").write_bytes(_lying(zipped(**{"a.json": b" " * 5_000_000})))
    began = time.perf_counter()
    report = grade_folder(folder)
    assert time.perf_counter() - began < 20
    assert {one.source for one in report.graded} == {"good.zip/a.json", "climb.zip/../../evil.json"}
    found = reasons(report)
    assert found.pop("liar.zip/a.json") in ("malformed", "too large", "empty")
    assert found == {
        "bomb.zip/answers.json": "too large",
        "climb.zip//etc/evil.json": "malformed",
        "nested.zip/inner.zip/deep.zip": "nested",
        "cut.zip": "malformed",
        "text.zip": "malformed",
        "link.zip/a.json": "link",
        "locked.zip/a.json": "encrypted",
    }
    assert not list(tmp_path.rglob("evil*"))


def _with_link() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        info = zipfile.ZipInfo("a.json")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return data.getvalue()


def _flagged(data: bytes) -> bytes:
    """Say in the directory that the member needs a password."""
    at = data.index(b"PK\x01\x02") + 8
    return (
        data[:at]
        + struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] | 1)
        + data[at + 2 :]
    )


def _lying(data: bytes) -> bytes:
    """Say in the directory that five megabytes are ten bytes."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + struct.pack("<I", 10) + data[at + 4 :]


# ---------------------------------------------------------------- the gradebook


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n@x"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    assert cell(text).startswith("'")


def test_file_names_that_are_formulas_or_break_lines_stay_in_their_cell(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    hand_in(folder, "=cmd|' 'C calc'!A0.json", learner(1))
    hand_in(folder, 'a",b\nc.json', learner(2))
    (folder / "-2+3.json").write_bytes(b"")
    (folder / os.fsdecode(b"caf\xe9.json")).write_bytes(b"")
    (folder / "<script>.json").write_bytes(b"")
    grade_folder(folder, tmp_path / "out")
    book, rejected = rows(tmp_path / "out" / "grades.csv"), rows(tmp_path / "out" / "rejected.csv")
    assert len(book) == 2
    assert len(rejected) == 3
    assert all(row["file"][0] not in "=+-@" for row in [*book, *rejected])
    assert all("\n" not in value for row in [*book, *rejected] for value in row.values())
    assert "<script>" not in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


def test_what_learners_write_is_escaped_on_their_page(tmp_path: Path) -> None:
    nasty = answers(101)[0].model_copy(update={"item": "<b>x</b>"})
    hand_in(tmp_path / "in", "a.json", learner(1, answers=(*answers(101), nasty)))
    grade_folder(tmp_path / "in", tmp_path / "out")
    page = (tmp_path / "out" / "feedback" / "amber-heron-1001.html").read_text(encoding="utf-8")
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


# ---------------------------------------------------------------- nothing to grade


def test_a_folder_that_is_none_or_holds_nothing_says_so_and_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.json").write_bytes(b"{")
    (tmp_path / "no_exercises").mkdir()
    hand_in(tmp_path / "good", "a.json", learner(1))
    missing, empty = grade_folder(tmp_path / "none"), grade_folder(tmp_path / "empty")
    assert (missing.exit_status, empty.exit_status) == (2, 2)
    assert "is no folder" in str(missing)
    assert "no answers file" in str(empty)
    assert grade_folder(tmp_path / "bad").exit_status == 2
    assert grade_folder(tmp_path / "good", exercises=tmp_path / "no_exercises").exit_status == 2
    (tmp_path / "no_exercises" / "x.toml").write_text("id = 3", encoding="utf-8")
    broken = grade_folder(tmp_path / "good", exercises=tmp_path / "no_exercises")
    assert broken.exit_status == 2
    assert "x.toml, id" in str(broken)
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert grade_folder(tmp_path / "good", out=tmp_path / "taken").exit_status == 2


# ---------------------------------------------------------------- whatever comes


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_handed_in_the_honest_files_are_graded_and_the_rest_is_listed(
    data: st.DataObject,
) -> None:
    whole = learner(1).to_json().encode()
    archive = zipped(**{"a.json": learner(3).to_json().encode()})
    broken = st.one_of(st.binary(max_size=200), _damaged(whole), _damaged(archive))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hand_in(folder, "honest.json", learner(2))
        for n, content in enumerate(data.draw(st.lists(broken, max_size=6))):
            (folder / f"{n}.{data.draw(st.sampled_from(['json', 'zip', 'JSON']))}").write_bytes(
                content
            )
        report = grade_folder(folder)
    assert "honest.json" in {one.source for one in report.graded}
    assert report.exit_status in (0, 1)
    for one in report.rejected:
        assert one.reason
        assert one.text


def _damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """The data with a few bytes changed, cut out or doubled."""
    spot = st.integers(0, len(data) - 1)
    changed = st.builds(
        lambda at, by: data[:at] + by + data[at + len(by) :],
        spot,
        st.binary(min_size=1, max_size=8),
    )
    cut = st.builds(lambda at, much: data[:at] + data[at + much :], spot, st.integers(1, 200))
    twice = st.builds(lambda at, much: data[: at + much] + data[at:], spot, st.integers(1, 200))
    return st.one_of(changed, cut, twice)


def test_two_hundred_files_of_a_class_are_read_and_graded_in_one_run(tmp_path: Path) -> None:
    for n in range(200):
        hand_in(tmp_path / "in", f"{n:03d}.json", learner(n, wrong=n % 6))
    report = grade_folder(tmp_path / "in", tmp_path / "out")
    assert (len(report.graded), report.exit_status) == (200, 0)
    assert len(list((tmp_path / "out" / "feedback").iterdir())) == 200


def test_collecting_keeps_the_order_of_names_and_passes_by_what_it_is_told(tmp_path: Path) -> None:
    for n in (2, 0, 1):
        hand_in(tmp_path, f"{n}.json", learner(n))
    hand_in(tmp_path, "out/9.json", learner(9))
    found, rejected, others, _ = collect(tmp_path, leave_out=tmp_path / "out")
    assert [one.source for one in found] == ["0.json", "1.json", "2.json"]
    assert (rejected, others) == ([], [])


def test_grading_loads_neither_widgets_nor_the_viewer(tmp_path: Path) -> None:
    hand_in(tmp_path, "a.json", learner(1))
    code = (
        "import sys, json; from netcourse.classroom import grade_folder; status ="
        " grade_folder(sys.argv[1]).exit_status;unwanted = ('netcourse.reading', 'ipywidgets',"
        " 'anywidget', 'matplotlib');print(json.dumps([status, [m for m in sys.modules if"
        " m.startswith(unwanted)]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [0, []]


def test_a_class_shared_among_processes_gets_the_same_files(tmp_path: Path) -> None:
    exercise = course_exercise("score", "choice")
    lay_out(tmp_path / "in", 32, exercise)
    alone, shared = (
        grade_folder(tmp_path / "in", tmp_path / f"out{workers}", [exercise], workers=workers)
        for workers in (1, 2)
    )
    assert alone.graded == shared.graded
    for path in alone.written:
        same = tmp_path / "out2" / path.relative_to(tmp_path / "out1")
        assert path.read_bytes() == same.read_bytes(), path.name
