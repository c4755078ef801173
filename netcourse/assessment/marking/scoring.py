"""Marking: a pure function of the exercise, the learner's seed and the answers. Nothing is run,
nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from netcourse.assessment.answers.model import CONFIDENCES, Answer, Confidence
from netcourse.assessment.exercise.item import Item, Judgement
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.truth import Positions
from netcourse.evidence import figure


@dataclass(frozen=True)
class ItemResult:
    """The mark of one item. Without an answer it is open, which is no error.

    `points` lies in 0 … `max_points`. `correct` means full credit before hints. `direction` is
    "over" or "under"; `changes_management` marks an error after which the patient would be managed
    otherwise. `right` is the key's value in the learner's variant, None while the item is open.
    """

    item: str
    kind: str
    points: float
    max_points: float
    answered: bool = False
    correct: bool = False
    share: float = 0.0
    value: Any = None
    note: str = ""
    direction: str | None = None
    changes_management: bool = False
    confidence: Confidence | None = None
    attempts: int = 0
    hints: int = 0
    right: Any = None

    def __repr__(self) -> str:
        if not self.answered:
            return f"{self.item}: open, {self.max_points:g} points"
        return f"{self.item}: {self.points:g} of {self.max_points:g} points"


@dataclass(frozen=True)
class Level:
    """How often one grade of confidence was right, beside what its word promises."""

    confidence: Confidence
    stated: float
    answers: int
    right: int


@dataclass(frozen=True)
class Calibration:
    """How far confidence matched the truth; `brier` is 0 at best, 1 at worst, None without
    answers.
    """

    brier: float | None
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Result:
    """The mark of one exercise for one learner; `notes` say what in the answers could not be
    used.
    """

    exercise: str
    version: int
    course_seed: int
    items: tuple[ItemResult, ...]
    calibration: Calibration
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The points of all items, at most `max_points`."""
        return min(float(sum(item.points for item in self.items)), self.max_points)

    @property
    def max_points(self) -> float:
        """The points that could be had."""
        return float(sum(item.max_points for item in self.items))

    @property
    def answered(self) -> int:
        """How many items have an answer."""
        return sum(item.answered for item in self.items)

    @property
    def overcalls(self) -> int:
        """How many scores were too high."""
        return self._errors("over")

    @property
    def undercalls(self) -> int:
        """How many scores were too low."""
        return self._errors("under")

    @property
    def management_errors(self) -> int:
        """How many errors would change what is done with a patient."""
        return sum(item.changes_management for item in self.items)

    def __getitem__(self, item: str) -> ItemResult:
        for found in self.items:
            if found.item == item:
                return found
        raise KeyError(
            f"no item '{item}'; items are {', '.join(found.item for found in self.items)}"
        )

    def __repr__(self) -> str:
        return (
            f"{self.exercise}: {self.answered} of {len(self.items)} answered, {self.points:.1f} of"
            f" {self.max_points:g} points"
        )

    __str__ = __repr__

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, ready for JSON."""
        return asdict(self) | {
            "points": self.points,
            "max_points": self.max_points,
            "answered": self.answered,
        }

    def _errors(self, direction: str) -> int:
        return sum(
            item.kind == "score" and item.direction == direction and not item.correct
            for item in self.items
        )


def grade(
    exercise: Exercise,
    course_seed: int,
    answers: Iterable[Answer],
    positions: Positions | None = None,
) -> Result:
    """Mark the answers to an exercise.

    `answers` may hold those to other exercises; they are passed over. `positions` says where
    lesions lie (default: the scanner's). An answer that is impossible for its item counts as none,
    with a note; nothing raises for what a learner wrote. ExpressionError means that the exercise
    itself is wrong.
    """
    mine = [answer for answer in answers if answer.exercise == exercise.id]
    by_item: dict[str, list[Answer]] = {item.id: [] for item in exercise.items}
    notes: list[str] = []
    for answer in mine:
        if answer.item in by_item:
            by_item[answer.item].append(answer)
        else:
            notes.append(f"'{answer.item}' is no item of this exercise; its answer was passed over")
    if versions := sorted({answer.version for answer in mine} - {exercise.version}):
        notes.append(
            f"answered on version {', '.join(map(str, versions))} of the exercise, marked by"
            f" version {exercise.version}"
        )
    items = tuple(
        _mark(exercise, item, by_item[item.id], course_seed, positions, notes)
        for item in exercise.items
    )
    return Result(
        exercise.id,
        exercise.version,
        course_seed,
        items,
        calibrate(items),
        tuple(dict.fromkeys(notes)),
    )


def calibrate(items: Iterable[ItemResult]) -> Calibration:
    """Compare stated confidence with how often it was right; items without one are left out.

    >>> one = ItemResult("q1", "score", 1, 1, answered=True, correct=True, confidence="sure")
    >>> round(calibrate([one]).brier, 4)
    0.0025
    """
    stated = {word: probability(word) for word in CONFIDENCES}
    told = [(item.confidence, item.correct) for item in items if item.answered and item.confidence]
    levels = tuple(
        Level(
            word,
            stated[word],
            sum(said == word for said, _ in told),
            sum(said == word and right for said, right in told),
        )
        for word in CONFIDENCES
    )
    brier = sum((stated[said] - right) ** 2 for said, right in told) / len(told) if told else None
    return Calibration(brier, levels)


def chance_corrected(points: float, max_points: float, blind: float) -> float:
    """Return points as they stand above what the best blind sheet earns, never below 0.

    >>> [chance_corrected(points, 19, 0.5) for points in (19, 9.5, 14.25)]
    [19.0, 0.0, 9.5]
    """
    if blind >= 1:
        return 0.0
    return max(0.0, (points - blind * max_points) / (1 - blind))


def probability(confidence: Confidence) -> float:
    """Return the probability that a word of confidence stands for.

    >>> probability("sure")
    0.95
    """
    return figure(f"assessment.confidence.{confidence.replace(' ', '_')}").value


def counted(
    exercise: Exercise, item: Item, answers: Iterable[Answer]
) -> tuple[Answer | None, Any, int, int, list[str]]:
    """Return the answer that counts, its accepted value, the number of attempts, the hints before
    it, and notes.
    """
    tries: list[tuple[Answer, Any, int]] = []
    notes: list[str] = []
    hints = 0
    for answer in answers:
        hints = max(hints, answer.hints)
        if answer.value is None:
            continue
        try:
            tries.append((answer, item.accept(answer.value), hints))
        except ValueError as error:
            notes.append(f"{item.id}: {str(error)[:160]}")
    if not tries:
        return None, None, 0, hints, notes
    answer, value, before = tries[0] if exercise.attempts == "first" else tries[-1]
    return answer, value, len(tries), before, notes


def mark_value(
    exercise: Exercise,
    item: Item,
    value: Any,
    course_seed: int,
    positions: Positions | None = None,
    hints: int = 0,
) -> ItemResult:
    """Mark one accepted value by itself; confidence and attempts are left to `grade`."""
    truth = exercise.truth(item, course_seed, positions)
    key = item.key(truth)
    judged: Judgement = item.judge(value, key, truth)
    top, share = float(item.points), min(1.0, max(0.0, float(judged.share)))
    kept = 1 - item.hint_cost if hints and item.hint else 1.0
    points = min(top, max(0.0, round(top * share * kept, 4)))
    return ItemResult(
        item.id,
        item.kind,
        points,
        top,
        answered=True,
        correct=share == 1.0,
        share=share,
        value=value,
        note=judged.note,
        direction=judged.direction,
        changes_management=judged.changes_management,
        hints=hints,
        right=key.value,
    )


def _mark(
    exercise: Exercise,
    item: Item,
    answers: list[Answer],
    course_seed: int,
    positions: Positions | None,
    notes: list[str],
) -> ItemResult:
    answer, value, attempts, hints, said = counted(exercise, item, answers)
    notes += said
    if answer is None:
        return ItemResult(item.id, item.kind, 0.0, float(item.points), hints=hints)
    return replace(
        mark_value(exercise, item, value, course_seed, positions, hints),
        confidence=answer.confidence,
        attempts=attempts,
    )
