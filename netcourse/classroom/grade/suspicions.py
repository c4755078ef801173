"""What an instructor should look at: answers shared between learners, and times that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from netcourse.assessment.answers.model import Answer, AnswersFile
from netcourse.assessment.exercise.model import Exercise
from netcourse.classroom.grade.similarity import pairs_alike
from netcourse.classroom.report.outcome import Graded
from netcourse.evidence import figure

MOST_NAMES = 5


def odd_times(answers: Sequence[Answer], made: str = "") -> Iterator[str]:
    """Yield what is odd about the times of answers: out of order, or before the pack was `made`
    (ISO with a time zone; empty where that is not known).
    """
    times = [datetime.fromisoformat(answer.time) for answer in answers]
    back = sum(later < earlier for earlier, later in pairwise(times))
    if back:
        yield (
            f"{back} answers are dated before the answer above them: a clock was set back, or the"
            " file was changed by hand"
        )
    if made:
        before = sum(time < datetime.fromisoformat(made) for time in times)
        if before:
            yield f"{before} answers are dated before the pack was made ({made})"


def copies(
    graded: Sequence[Graded], files: Mapping[str, AnswersFile], exercises: Sequence[Exercise]
) -> list[Graded]:
    """Note where two learners handed in answers at the very same instants, or share more errors
    than chance explains.
    """
    times = {
        one.pseudonym: tuple(answer.time for answer in files[one.pseudonym].answers)
        for one in graded
    }
    errors = {one.pseudonym: _answers_with_errors(one) for one in graded}
    alike: dict[str, list[str]] = {}
    for exercise in exercises:
        results = {
            one.pseudonym: result
            for one in graded
            for result in one.results
            if result.exercise == exercise.id
        }
        for pair in pairs_alike(exercise, results):
            for mine, other in ((pair.one, pair.other), (pair.other, pair.one)):
                alike.setdefault(mine, []).append(
                    f"{pair.shared} of {pair.both_wrong} errors in {pair.exercise} are the very"
                    f" same as those of {other}; two of this class share {pair.expected:.1f}"
                )
    noted = []
    for one in graded:
        notes = [*one.notes, *alike.get(one.pseudonym, ())]
        if others := _twins(one, times):
            notes.append(f"answers given at the very same instants as those of {_few(others)}")
        if others := _twins(one, errors):
            notes.append(f"the very same answers and errors as {_few(others)}")
        noted.append(replace(one, notes=tuple(notes)))
    return noted


def _few(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _answers_with_errors(one: Graded) -> tuple[Any, ...]:
    """Everything a learner answered, if it holds enough errors that two would hardly make them all
    alike; else nothing.
    """
    items = [item for result in one.results for item in result.items if item.answered]
    wrong = sum(not item.correct for item in items)
    return (
        tuple((item.item, item.value) for item in items)
        if wrong >= figure("assessment.class.same_errors").value
        else ()
    )


def _twins(one: Graded, alike: dict[str, tuple[Any, ...]]) -> list[str]:
    mine = alike[one.pseudonym]
    return (
        [name for name, theirs in alike.items() if name != one.pseudonym and theirs == mine]
        if mine
        else []
    )
