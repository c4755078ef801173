"""A drill that learners hand in: in the class report and the CSV, in certificates, and never in the
way of the answers; what is hostile costs nothing.
"""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from synthetic_class import course_exercise, learner

from netcourse.assessment import StoredAnswers, course_summary
from netcourse.assessment.drill import DrillLog, Reading, drill_case, perfect
from netcourse.assessment.drill.log import NAME
from netcourse.classroom import Person, Report, grade_folder, plan_hand_over
from netcourse.classroom.certificate import earned
from netcourse.classroom.collect.submissions import LARGEST_READ, Budget, Practised, opened

SCORES = course_exercise("score")


def reading(n: int, blind: bool = False) -> Reading:
    """A reading of case `n`: as the key has it, or of somebody who marks nothing."""
    right = perfect(drill_case(n), "sure", 40, f"2026-05-04T10:{n % 60:02d}:00+00:00")
    return right.model_copy(update={"marks": ()}) if blind else right


def hand_in(
    folder: Path, n: int, cases: int, blind: bool = False, name: str = NAME, **how: Any
) -> Path:
    """Hand in the answers and the drill of learner `n`."""
    place = folder / f"learner {n}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "answers.json").write_text(learner(n, SCORES).to_json(), encoding="utf-8")
    log = DrillLog(place / name, first_seed=1 + n, pseudonym=f"amber-heron-{1000 + n}")
    for case in range(1, cases + 1):
        log.add(reading(case, blind))
    return place / name


def graded(folder: Path, **how: Any) -> Report:
    return grade_folder(folder, folder.with_name("out"), [SCORES], **how)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_drill_beside_the_answers_is_no_refused_file(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    hand_in(folder, 1, cases=3)
    report = graded(folder)
    assert (report.exit_status, len(report.graded), report.rejected) == (0, 1, ())
    [one] = report.drilled
    assert (one.learner, one.cases) == (report.graded[0].pseudonym, 3)
    [row] = rows(tmp_path / "out" / "drill.csv")
    assert (row["learner"], row["cases"], row["files"]) == (
        one.learner,
        "3",
        "learner 1/drill.json",
    )
    outcomes = {row["file"]: row["outcome"] for row in rows(tmp_path / "out" / "files.csv")}
    assert outcomes["learner 1/drill.json"] == "drill"


def test_the_class_page_tells_how_the_class_learns_and_names_only_when_asked(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "class"
    for n, cases in ((1, 12), (2, 3)):
        hand_in(folder, n, cases)
    graded(folder, asked=12)
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "2 learners signed 15 cases" in page
    assert "1 have signed the 12 cases that were asked for" in page
    assert page.count("<td>1.00 (") >= 1, "the sensitivity of readers who find everything"
    assert "11–20" in page
    assert "amber-heron-1002" not in page
    graded(folder, asked=12, names=True)
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "amber-heron-1002" in page
    assert "9 to go" in page


def test_who_has_drilled_nothing_leaves_no_section(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    hand_in(folder, 1, cases=0)
    graded(folder)
    assert "<h2>The drill</h2>" not in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


def test_two_files_of_one_learner_count_each_case_once(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    hand_in(folder, 1, cases=4)
    hand_in(folder, 1, cases=6, name="drill (home).json")
    [one] = graded(folder).drilled
    assert (one.cases, len(one.sources)) == (6, 2)


def test_a_drill_comes_out_of_an_archive_too(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    path = hand_in(folder, 1, cases=2)
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        archive.write(path, "amber/drill.json")
    path.unlink()
    [one] = graded(folder).drilled
    assert (one.cases, one.sources) == (2, ("class.zip/amber/drill.json",))


def test_drills_alone_are_a_class_too(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    hand_in(folder, 1, cases=2).with_name("answers.json").unlink()
    report = graded(folder)
    assert (report.exit_status, report.problem) == (0, "")
    assert "1 learners signed 2 cases of the drill." in str(report)


HOSTILE = {
    "a seed of nobody": {"seed": 0},
    "a seed too large": {"seed": 10**18},
    "a mark out of the world": {
        "marks": [{"point_mm": [1e9, 0, 0], "krenning": 1, "category": "5"}]
    },
    "no number": {"marks": [{"point_mm": [float("nan"), 0, 0], "krenning": 1, "category": "5"}]},
    "an unknown topic": {"topic": "<script>"},
    "too many marks": {"marks": [{"point_mm": [0, 0, 0], "krenning": 1, "category": "5"}] * 61},
    "something more": {"more": 1},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_drill_that_was_tampered_with_is_refused_in_words(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "class"
    path = hand_in(folder, 1, cases=1)
    file = json.loads(path.read_text(encoding="utf-8"))
    file["readings"][0] |= HOSTILE[what]
    path.write_text(json.dumps(file), encoding="utf-8")
    report = graded(folder)
    assert len(report.graded) == 1, "the answers beside it count all the same"
    assert report.drilled == ()
    [refused] = report.rejected
    assert refused.source == "learner 1/drill.json"
    assert refused.text.startswith("this drill cannot be read")


def test_drills_spend_what_a_folder_may_hold() -> None:
    data = b'{"course": "netcourse drill", "schema_version": 1, "first_seed": 1, "readings": [%s]}'
    data %= reading(1).model_dump_json().encode()
    plenty, little = Budget(), Budget(answers=10)
    assert isinstance(opened("a", data, 0.0, [(plenty, "it")]), Practised)
    assert plenty.answers < Budget().answers
    assert "more answers than a class" in str(opened("a", data, 0.0, [(little, "it")]))


def test_a_file_larger_than_any_drill_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    hand_in(folder, 1, cases=1)
    (folder / "drill.json").write_bytes(b'{"course": "netcourse drill"' + b" " * LARGEST_READ)
    assert [one.reason for one in graded(folder).rejected] == ["too large"]


def test_a_certificate_can_ask_for_cases_of_the_drill(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    for n, cases in ((1, 5), (2, 2)):
        hand_in(folder, n, cases)
    people = [
        Person(name, pseudonym=f"amber-heron-{1000 + n}") for n, name in ((1, "Ada"), (2, "Ben"))
    ]
    report = graded(folder, people=people)
    works = plan_hand_over(report, people).works
    given, refused = earned(works, 0, report.drilled, 5)
    assert [one.name for one in given] == ["Ada"]
    assert [(one.name, why) for one, why in refused] == [("Ben", "2 cases of the drill, 5 needed")]
    assert len(earned(works)[0]) == 2


def test_who_reached_competency_before_has_done_the_cases(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    hand_in(folder, 1, cases=24)
    hand_in(folder, 2, cases=24, blind=True)
    perfect_one, blind_one = graded(folder).drilled
    assert perfect_one.curve.reached_at == 20
    assert perfect_one.has_done(40)
    assert blind_one.curve.reached_at is None
    assert not blind_one.has_done(40)


def test_the_learners_own_summary_tells_of_the_drill_and_writes_nothing(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    StoredAnswers(answers)
    assert course_summary(answers).drilled == "Drill: no case signed yet."
    assert not (tmp_path / NAME).exists()
    DrillLog(tmp_path / NAME, first_seed=1).add(reading(2))
    told = str(course_summary(answers))
    assert "Drill: 1 case signed. Competency is judged from case 20 on." in told
