"""Marking sheet by sheet, exercise by exercise: learners of one exercise share the variants of its
patients, so each variant is drawn and judged once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from netcourse.assessment.answers.model import Answer
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.report.outcome import Shown
from netcourse.classroom.report.pages import show

Marker = Callable[[Exercise, int, Sequence[Answer]], Result]
WORTH_SHARING = 30
"""From so many sheets on processes earn what it takes to start them."""


@dataclass(frozen=True)
class Sheet:
    """What one learner answered to one exercise, and the seed (0 or more) of their variants."""

    exercise: Exercise
    course_seed: int
    answers: tuple[Answer, ...]

    @classmethod
    def of(cls, exercise: Exercise, course_seed: int, answers: Sequence[Answer]) -> Sheet:
        """Return a sheet of the answers to that exercise, of those to any."""
        mine = tuple(answer for answer in answers if answer.exercise == exercise.id)
        return cls(exercise, course_seed, mine)


@dataclass(frozen=True)
class Marked:
    """The mark of a sheet and, where files are to be written, what they show of it; or why the
    exercise has no key for this learner's patient.
    """

    found: Result | ExpressionError
    shown: Shown | None = None

    @property
    def result(self) -> Result:
        """The mark; ExpressionError where the exercise has no key for this learner's patient."""
        if isinstance(self.found, ExpressionError):
            raise self.found
        return self.found


def mark_sheets(
    sheets: Sequence[Sheet], mark: Marker, shown: bool, workers: int = 1
) -> list[Marked]:
    """Return the marks in the order of the sheets; with `shown` also what the files show of them.

    More than one of `workers` share a class that is large enough, as processes of their own: each
    takes whole exercises, or parts of them where there are fewer than workers.
    """
    places: dict[str, list[int]] = {}
    for place, sheet in enumerate(sheets):
        places.setdefault(sheet.exercise.id, []).append(place)
    shared = workers > 1 and len(sheets) >= WORTH_SHARING
    each = -(-workers // len(places)) if shared else 1
    parts = [mine[n::each] for mine in places.values() for n in range(each)]
    # The longest work first, so that nobody waits for it at the end.
    parts.sort(key=lambda part: sum(len(sheets[place].answers) for place in part), reverse=True)
    work = [
        (sheets[part[0]].exercise, [(sheets[n].course_seed, sheets[n].answers) for n in part])
        for part in parts
        if part
    ]
    marked: dict[int, Marked] = {}
    do = partial(_mark_part, mark, shown)
    if shared:
        with ProcessPoolExecutor(min(workers, len(work))) as pool:
            done = list(pool.map(do, work))
    else:
        done = list(map(do, work))
    for part, found in zip(filter(None, parts), done, strict=True):
        marked.update(zip(part, found, strict=True))
    return [marked[place] for place in range(len(sheets))]


def _mark_part(
    mark: Marker, shown: bool, part: tuple[Exercise, list[tuple[int, tuple[Answer, ...]]]]
) -> list[Marked]:
    exercise, sheets = part
    return [_mark(Sheet(exercise, seed, answers), mark, shown) for seed, answers in sheets]


def _mark(sheet: Sheet, mark: Marker, shown: bool) -> Marked:
    try:
        result = mark(sheet.exercise, sheet.course_seed, sheet.answers)
    except ExpressionError as error:
        return Marked(error)
    return Marked(result, show(sheet.exercise, result) if shown else None)
