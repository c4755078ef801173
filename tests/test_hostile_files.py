"""Whatever is handed in: nothing stops the run, nothing earns credit that its answers did not,
every refusal has its reason.
"""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import synthetic_class

from netcourse.assessment import AnswersError, Exercise, grade, parse_answers
from netcourse.assessment.answers.model import LARGEST_FILE
from netcourse.classroom import grade_folder

FUZZED = 10_000


def earned(exercise: Exercise, rows: dict[str, Any]) -> float:
    """The mark by the exercise's own words, reckoned without the grader: first answer that is
    possible, less a hint before it.
    """
    total = 0.0
    for item in exercise.items:
        truth = exercise.truth(item, rows["course_seed"])
        key, opened = item.key(truth).value, False
        for answer in rows["answers"]:
            if answer["exercise"] != exercise.id or answer["item"] != item.id:
                continue
            opened = opened or answer.get("hints", 0) > 0
            said = answer.get("value")
            share = share_of(item, said, key, truth)
            if said is not None and share is not None:
                total += item.points * share * ((1 - item.hint_cost) if opened and item.hint else 1)
                break
    return total


def share_of(item: Any, said: Any, key: Any, truth: Any) -> float | None:
    """None for what is no answer to this item."""
    if item.kind == "score":
        if type(said) is not int or not 0 <= said <= 4:
            return None
        near = "borderline" in item.key(truth).asked[0].decision.flags and abs(said - key) == 1
        return (
            1.0
            if said == key
            else max(0.5, item.judge(said, item.key(truth), truth).share)
            if near
            else 0.5
            if abs(said - key) == 1
            else 0.0
        )
    ids = [option.id for option in item.all_options]
    if item.kind == "choice":
        return None if not isinstance(said, str) or said not in ids else float(said == key)
    ticked = said if isinstance(said, list) else [said]
    if any(not isinstance(one, str) or one not in ids for one in ticked):
        return None
    right = len(set(ticked) & set(key))
    return max(0.0, (right - (len(set(ticked)) - right)) / len(key))


def content(path: Path) -> bytes:
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.infolist()
        return archive.read(member)


def test_ten_thousand_fuzzed_files_crash_nothing_and_earn_only_what_they_answer(
    tmp_path: Path,
) -> None:
    exercise = synthetic_class.course_exercise("score", "choice", "choices")
    for name, data in synthetic_class.mutants(FUZZED, exercise):
        (tmp_path / name).write_bytes(data)
    report = grade_folder(tmp_path, exercises=[exercise])
    heard_of = {one.source.split("/")[0] for one in (*report.graded, *report.rejected)}
    silent = [path for path in tmp_path.iterdir() if path.name not in heard_of]
    assert all(
        path.suffix == ".zip"
        and not any(name.endswith(".json") for name in zipfile.ZipFile(path).namelist())
        for path in silent
    )
    assert all(one.reason and len(one.text) > 10 for one in report.rejected)
    assert len(report.graded) > FUZZED / 20, "a fuzz that breaks every file tries nothing"
    assert len(report.rejected) > FUZZED / 3
    for one in report.graded:
        rows = json.loads(content(tmp_path / one.source.split("/")[0]).decode("utf-8-sig"))
        assert one.points == pytest.approx(earned(exercise, rows), abs=1e-3), one.source
        assert 0 <= one.points <= exercise.max_points


def test_two_hundred_good_and_thirty_hostile_files_are_told_apart_each_with_its_reason(
    tmp_path: Path,
) -> None:
    synthetic_class.lay_out(tmp_path / "in")
    report = grade_folder(tmp_path / "in", tmp_path / "out")
    assert report.exit_status == 1
    assert len(report.graded) == 200
    wanted = {name: reason for name, _, reason in synthetic_class.hostile()}
    assert len(wanted) == 30
    assert {one.source.split("/")[0]: one.reason for one in report.rejected} == wanted
    alone = {file.pseudonym: file for n in range(200) if (file := synthetic_class.learner(n))}
    for one in report.graded[::20]:
        file = alone[one.pseudonym]
        assert one.points == pytest.approx(
            grade(synthetic_class.KRENNING, file.course_seed, file.answers).points
        )
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page


def test_the_class_is_made_the_same_every_time() -> None:
    assert list(synthetic_class.hostile()) == list(synthetic_class.hostile())
    assert synthetic_class.learner(5) == synthetic_class.learner(5)


def test_no_file_of_the_largest_size_takes_more_than_moments_to_refuse() -> None:
    much = LARGEST_FILE - 2
    for pattern in (
        b'\\"',
        b'"',
        b"[",
        b"{}",
        b"\\",
        b'"\\',
        b'["',
        b"\\u",
        b"1",
        b"-",
        b"\xc3\xa4",
    ):
        began = time.perf_counter()
        for start in (b"", b'"', b"["):
            with pytest.raises(AnswersError):
                parse_answers(start + pattern * (much // len(pattern)))
        assert time.perf_counter() - began < 10, (
            pattern
        )  # moments; a search that starts over takes many minutes
