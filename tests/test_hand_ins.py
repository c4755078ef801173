"""Nothing that was handed in is lost in silence, and nobody's own work gives way to another's file
in their name.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import synthetic_class
from typer.testing import CliRunner

from netcourse.assessment import Answer, AnswersFile
from netcourse.classroom import Report, grade_folder, read_roster
from netcourse.classroom.collect import archive
from netcourse.classroom.collect.submissions import Budget, shown
from netcourse.cli import app

ROSTER = "name,email\nAda One,ada@h.example\nBen Two,ben@h.example\nCem Three,cem@h.example\n"


def put(path: Path, content: AnswersFile | bytes, received: float | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.to_json().encode())
    if received is not None:
        os.utime(path, (received, received))
    return path


def reasons(report: Report) -> dict[str, str]:
    return {one.source: one.reason for one in report.rejected}


def place(n: int, name: str) -> str:
    return f"{name}_{n}_assignsubmission_file"


def answer(item: str, value: object, at: str = "10:00:00") -> Answer:
    return Answer(
        exercise="03_krenning",
        version=1,
        item=item,
        value=value,  # type: ignore[arg-type]
        time=f"2026-11-30T{at}+00:00",
    )


def heron(*answers: Answer, seed: int = 7, pseudonym: str = "victim-heron-1000") -> AnswersFile:
    return AnswersFile(pseudonym=pseudonym, course_seed=seed, answers=answers)


# ---------------------------------------------------------------- nothing is lost


WRONG = {
    "03_krenning.ipynb": b"{}",
    "answers.json.txt": b"{}",
    "answers.7z": b"7z",
    "answers.html": b"<html>",
    "Screenshot.png": b"PNG",
    "notes.xyz": b"?",
}


def test_every_hand_in_without_answers_is_listed_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for n, (name, content) in enumerate(WRONG.items()):
        put(folder / place(n, f"Learner {n}") / name, content)
    put(folder / "Hal Eight_8_assignsubmission_onlinetext" / "onlinetext.html", b"<p>")
    (folder / place(9, "Ida Nine")).mkdir()
    put(folder / place(10, "Kim Ten") / ".DS_Store", b"x")
    put(folder / place(11, "Fay Six") / ".DS_Store", b"x")
    put(folder / place(11, "Fay Six") / "answers (1).json", synthetic_class.learner(1))
    report = grade_folder(folder, tmp_path / "out")
    refused = {source.split("/")[0] for source in reasons(report)}
    assert refused == {path.name for path in folder.iterdir()} - {place(11, "Fay Six")}
    assert set(reasons(report).values()) == {"no answers"}
    assert all(len(one.text) > 10 for one in report.rejected)
    assert [one.source.split("/")[-1] for one in report.others] == [".DS_Store"]
    assert report.exit_status == 1
    text = (tmp_path / "out" / "files.csv").read_text(encoding="utf-8-sig")
    listed = {row["file"]: row["outcome"] for row in csv.DictReader(io.StringIO(text))}
    on_disk = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert on_disk | {f"{place(9, 'Ida Nine')}/"} == set(listed)
    assert set(listed.values()) == {"graded", "refused", "not answers"}


def test_what_lies_beside_answers_is_named_and_refuses_nobody(tmp_path: Path) -> None:
    put(tmp_path / "eva" / "answers.json", synthetic_class.learner(1))
    put(tmp_path / "eva" / "notebooks" / "01.ipynb", b"{}")
    put(tmp_path / "readme.txt", b"hello")
    (tmp_path / ".git").mkdir()
    report = grade_folder(tmp_path)
    assert report.exit_status == 0
    assert {one.source for one in report.others} == {"eva/notebooks/01.ipynb", "readme.txt", ".git"}


def zipped(members: Sequence[tuple[str, bytes]]) -> bytes:
    return synthetic_class.zipped(members)


def test_an_archive_within_the_platforms_is_opened_and_what_is_left_is_told(
    tmp_path: Path,
) -> None:
    ada, ben = (synthetic_class.learner(n).to_json().encode() for n in range(2))
    members = [
        (f"{place(1, 'Ada One')}/mywork.zip", zipped([("answers.json", ada), ("a.png", b"")])),
        (f"{place(2, 'Ben Two')}/answers.json", ben),
        (f"__MACOSX/{place(2, 'Ben Two')}/._answers.json", b"x"),
        (f"{place(3, 'Cem Three')}/.DS_Store", b"x"),
    ]
    put(tmp_path / "Course-Reading test-4711.zip", zipped(members))
    report = grade_folder(tmp_path)
    assert [one.source.split("/")[1] for one in report.graded] == [
        place(1, "Ada One"),
        place(2, "Ben Two"),
    ]
    assert [source.split("/")[1] for source in reasons(report)] == [place(3, "Cem Three")]


def test_an_archive_holds_no_more_than_a_class_gives_and_what_was_left_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [synthetic_class.learner(n) for n in range(6)]
    most = sum(len(file.answers) for file in files[:4])
    monkeypatch.setattr(archive, "ARCHIVE", Budget(10**9, most))
    put(
        tmp_path / "a.zip",
        zipped([(f"{n}.json", file.to_json().encode()) for n, file in enumerate(files)]),
    )
    put(tmp_path / "b.json", synthetic_class.learner(9))
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == [
        *(f"a.zip/{n}.json" for n in range(4)),
        "b.json",
    ]
    assert reasons(report) == {"a.zip/4.json": "too many", "a.zip/5.json": "too many"}


def test_an_honest_class_is_far_within_the_limits() -> None:
    file = synthetic_class.learner(0, missing=0)
    eight_exercises_twice = 16 * len(file.answers)
    assert 200 * eight_exercises_twice < archive.ARCHIVE.answers
    assert eight_exercises_twice < archive.INNER.answers
    assert 200 * 8 * len(file.to_json()) < archive.ARCHIVE.bytes


# ---------------------------------------------------------------- identity and order


def test_an_empty_copy_in_a_classmates_name_removes_nothing(tmp_path: Path) -> None:
    own = heron(answer("q2", 3), answer("q3", 2))
    put(tmp_path / "attacker.json", heron(seed=8), received=1000)
    put(tmp_path / "victim.json", own, received=9000)
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == ["victim.json"]
    assert report.graded[0].results[0].answered == 2
    assert reasons(report) == {"attacker.json": "conflict"}


@pytest.mark.parametrize("apart_s", [0, 5, 3600])
def test_an_altered_copy_does_not_become_the_hand_in(tmp_path: Path, apart_s: int) -> None:
    own = heron(answer("q2", 3), answer("q3", 2))
    altered = heron(*own.answers, answer("q2", 0), answer("q3", 0))
    put(tmp_path / "a attacker.json", altered, received=10_000 + apart_s)
    put(tmp_path / "victim.json", own, received=10_000)
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == ["victim.json"]
    given = {item.item: item.value for item in report.graded[0].results[0].items if item.answered}
    assert given == {"q2": 3, "q3": 2}
    assert reasons(report) == {"a attacker.json": "conflict"}
    assert "a attacker.json" in report.graded[0].notes[0]


def test_where_no_order_is_known_a_slip_of_a_file_does_not_oust_the_work(tmp_path: Path) -> None:
    early = heron(answer("q2", 3))
    late = heron(*early.answers, answer("q3", 2, "10:05:00"), answer("q4", 1, "10:06:00"))
    forged = heron(answer("q2", 0), answer("q3", 0), seed=8)
    for name, file in (("a forged", forged), ("b early", early), ("c late", late)):
        put(tmp_path / f"{name}.json", file, received=10_000)
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == ["c late.json"]
    assert reasons(report) == {"a forged.json": "conflict", "b early.json": "duplicate"}


def test_a_later_state_that_only_adds_counts_whole(tmp_path: Path) -> None:
    early = heron(answer("q2", 3))
    late = heron(*early.answers, answer("q3", 2, "10:05:00"))
    put(tmp_path / "a late.json", late, received=20_000)
    put(tmp_path / "early.json", early, received=10_000)
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == ["a late.json"]
    assert report.graded[0].results[0].answered == 2
    assert reasons(report) == {"early.json": "duplicate"}


def test_answers_to_questions_that_were_open_are_taken_from_a_second_file(tmp_path: Path) -> None:
    at_home = heron(answer("q2", 3), answer("q3", 2, "10:01:00"))
    at_work = heron(answer("q2", 1), answer("q4", 1, "12:00:00"))
    put(tmp_path / "home.json", at_home, received=10_000)
    put(tmp_path / "work.json", at_work, received=20_000)
    report = grade_folder(tmp_path)
    given = {item.item: item.value for item in report.graded[0].results[0].items if item.answered}
    assert given == {"q2": 3, "q3": 2, "q4": 1}
    assert "1 answers to questions open there were added" in report.rejected[0].text


def test_a_learner_with_two_computers_is_one_learner_and_it_is_told(tmp_path: Path) -> None:
    first, second = synthetic_class.learner(1), synthetic_class.learner(2)
    few = second.model_copy(update={"answers": second.answers[:5]})
    put(tmp_path / "in" / place(1, "Ada One") / "answers-home.json", few)
    put(tmp_path / "in" / place(1, "Ada One") / "answers.json", first)
    put(tmp_path / "in" / place(2, "Ben Two") / "answers.json", synthetic_class.learner(3))
    roster = put(tmp_path / "roster.csv", ROSTER.encode())
    report = grade_folder(tmp_path / "in", people=read_roster(roster))
    alone = {one.pseudonym: one for one in grade_folder(tmp_path / "in").graded}
    assert len(alone) == 3
    assert len(report.graded) == 2
    assert report.graded[0].points == alone[first.pseudonym].points
    assert "2 files of one learner" in report.graded[0].notes[0]
    words = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--no-pictures"]
    done = CliRunner().invoke(app, [*words, "--roster", str(roster)])
    assert "2 of the roster have handed in, 1 have not" in done.stdout
    assert "2 files of one learner" in done.stdout


def test_times_that_run_backwards_are_spoken_of(tmp_path: Path) -> None:
    put(tmp_path / "a.json", heron(answer("q2", 3, "10:00:00"), answer("q3", 2, "09:00:00")))
    put(tmp_path / "b.json", heron(answer("q2", 3), answer("q3", 2), pseudonym="other-heron-1"))
    report = grade_folder(tmp_path)
    assert ["dated before" in "".join(one.notes) for one in report.graded] == [True, False]


# ---------------------------------------------------------------- control characters


NASTY = "\x1b]0;pwned\x07\x1b[31mALL OK\x1b[0m\x1b[2K\r"


def test_control_characters_never_reach_terminal_page_or_book(tmp_path: Path) -> None:
    good = heron(answer("q2", 3)).to_json()
    bad = {
        "field.json": good.replace('"schema_version"', f'"{escaped(NASTY)}": 1, "schema_version"'),
        "exercise.json": good.replace("03_krenning", escaped(NASTY)),
        "item.json": good.replace('"q2"', f'"{escaped(NASTY)}"'),
        "value.json": good.replace('"value": 3', f'"value": "{escaped(NASTY)}"'),
        "course.json": good.replace('"netcourse"', f'"{escaped(NASTY)}"'),
        f"{NASTY[:9]}.json": "{",
    }
    for name, text in bad.items():
        put(tmp_path / "in" / name, text.encode())
    put(tmp_path / "in" / "good.json", synthetic_class.learner(1))
    words = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--no-pictures"]
    done = CliRunner().invoke(app, words)
    assert f"1 learners graded, {len(bad)} files rejected" in done.stdout
    written = [path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    for data in (done.stdout.encode(), done.stderr.encode(), *written):
        assert not {b"\x1b", b"\x07"} & {data[n : n + 1] for n in range(len(data))} or (
            data.startswith(b"SQLite")
        )
    book = next(data for data in written if data.startswith(b"SQLite"))
    assert b"\x1b]" not in book
    assert b"\x1b[" not in book


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" if ord(letter) < 32 else letter for letter in text)


def test_a_name_is_shown_without_what_a_terminal_obeys() -> None:
    assert shown(NASTY).isprintable()


def test_a_zip_of_a_learners_own_has_no_say_in_when_it_came(tmp_path: Path) -> None:
    own = heron(answer("q2", 3))
    forged = heron(answer("q2", 0))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as backdated:
        backdated.writestr(zipfile.ZipInfo("answers.json", (1999, 1, 1, 0, 0, 0)), forged.to_json())
    put(tmp_path / "forged.zip", data.getvalue(), received=2_000_000_000)
    put(tmp_path / "own.json", own, received=1_900_000_000)
    assert [one.source for one in grade_folder(tmp_path).graded] == ["own.json"]
