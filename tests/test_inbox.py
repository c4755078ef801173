"""What a Hub's service keeps of a learner only ever grows, by its own clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import synthetic_class

from netcourse.assessment import AnswersFile, read_answers
from netcourse.classroom import grade_folder
from netcourse.classroom.collect.receipts import RECEIPTS, read_receipts, received_after
from netcourse.classroom.hub.inbox import Inbox

NAME = "amber-heron-4821"
WHOLE = synthetic_class.learner(1, missing=0)


def state(*numbers: int, **how: object) -> AnswersFile:
    """The learner's file with those of the answers."""
    answers = tuple(WHOLE.answers[n] for n in numbers)
    return WHOLE.model_copy(update={"answers": answers, **how})


def kept(folder: Path, name: str = NAME) -> tuple[object, ...]:
    return read_answers(folder / f"{name}.json").answers


def test_no_later_state_takes_an_answer_away_or_changes_one(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.keep(NAME, state(0, 1))
    for later, all_of_them in (
        (state(0, 1, 2), (0, 1, 2)),
        (state(0), (0, 1, 2)),  # an older state that arrives late
        (state(), (0, 1, 2)),  # a file begun anew
        (state(5), (0, 1, 2, 5)),  # another computer
        (state(1, 0, 6), (0, 1, 2, 5, 6)),  # put into another order
    ):
        inbox.keep(NAME, later)
        assert kept(tmp_path) == tuple(WHOLE.answers[n] for n in all_of_them)
    assert read_answers(tmp_path / f"{NAME}.json").pseudonym == NAME


def test_answers_to_other_cases_go_into_a_file_of_their_own_and_the_first_counts(
    tmp_path: Path,
) -> None:
    inbox = Inbox(tmp_path)
    inbox.keep(NAME, state(0, 1))
    inbox.keep(NAME, state(3, course_seed=5))
    inbox.keep(NAME, state(3, 4, course_seed=5))
    assert len(kept(tmp_path)) == 2
    assert len(kept(tmp_path, f"{NAME}.2")) == 2
    report = grade_folder(tmp_path)
    assert [one.source for one in report.graded] == [f"{NAME}.json"]
    assert [one.reason for one in report.rejected] == ["conflict"]


def test_a_closed_file_stays_closed(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.keep(NAME, state(0, closed="2026-12-01T12:00:00+00:00"))
    assert inbox.keep(NAME, state(0, 1)).closed == "2026-12-01T12:00:00+00:00"


def test_the_services_own_clock_says_when_answers_came(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    before = datetime.now(UTC).replace(microsecond=0)
    inbox.keep(NAME, state(0, 1))
    inbox.keep(NAME, state(0, 1))  # nothing new
    inbox.keep(NAME, state(0, 1, 2))
    rows = [json.loads(line) for line in (tmp_path / RECEIPTS).read_text().splitlines()]
    assert [(row["answers"], row["new"]) for row in rows] == [(2, 2), (3, 1)]
    came = read_receipts(tmp_path)[f"{NAME}.json"]
    assert received_after(came, before - timedelta(minutes=1)) == 3
    assert received_after(came, datetime.now(UTC) + timedelta(minutes=1)) == 0
    assert grade_folder(tmp_path).exit_status == 0, "the list of receipts refuses nobody"


def test_lines_of_receipts_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    good = '{"received": "2026-12-01T12:00:00+00:00", "file": "a.json", "answers": 2, "new": 2}'
    (tmp_path / RECEIPTS).write_text(f'{{\n[]\n{{"file": 1}}\n{good}\n', encoding="utf-8")
    assert list(read_receipts(tmp_path)) == ["a.json"]
