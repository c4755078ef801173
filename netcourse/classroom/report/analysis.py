"""What a class's answers say of each question and of the class: difficulty, discrimination,
agreement, confusion, calibration.

Learners read variants of the same patient, so who is compared with whom matters: answers are put
beside each other where the variants have the same right answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.kinds.score import LEVELS
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.agreement import (
    Estimate,
    confusion,
    krippendorff_alpha,
    weighted_kappa,
)
from netcourse.assessment.marking.scoring import Calibration, ItemResult, Result, calibrate
from netcourse.evidence import figure


@dataclass(frozen=True)
class Answered:
    """One learner's answer to one item beside the right one."""

    said: Any
    right: Any
    result: ItemResult


@dataclass(frozen=True)
class Grid:
    """How often each answer was given where each was right: `counts` by (right, said)."""

    counts: Counter[tuple[Any, Any]]

    @property
    def answers(self) -> int:
        """How many answers there are."""
        return self.counts.total()

    def row(self, right: Any) -> Counter[Any]:
        """Return how often each answer was given where this one is right."""
        return Counter({said: n for (truly, said), n in self.counts.items() if truly == right})


@dataclass(frozen=True)
class ItemAnalysis:
    """One item over the whole class.

    `share` is the mean credit among those who answered (0–1; the higher, the easier).
    `discrimination` correlates it with the mean credit on the other items, None below so few
    learners or without spread. `disagreement` is how often two learners with the same right answer
    gave different ones (0–1). `sure_and_wrong` counts those who said "sure" and were not right.
    """

    item: Item
    n: int
    answered: int
    share: float
    discrimination: float | None
    disagreement: float
    over: int
    under: int
    management: int
    sure_and_wrong: int
    grid: Grid

    @property
    def weak(self) -> bool:
        """Whether the question tells those who know from those who do not badly enough to look at
        it.
        """
        return (
            self.discrimination is not None
            and self.discrimination < figure("assessment.class.weak").value
        )


@dataclass(frozen=True)
class ClassAnalysis:
    """An exercise over the whole class; `alpha` is agreement among learners, `kappa` that of
    learners with the key, both on scores.

    `alpha` resamples lesions, `kappa` learners. `scores` counts scores said (columns) by scores
    that are right (rows), 0 to 4.
    """

    exercise: Exercise
    results: tuple[Result, ...]
    items: tuple[ItemAnalysis, ...]
    scores: Grid
    alpha: Estimate
    kappa: Estimate
    exact: float
    calibration: Calibration

    @property
    def hardest_first(self) -> list[ItemAnalysis]:
        """The items by difficulty; those that nobody answered last."""
        return sorted(self.items, key=lambda one: (not one.answered, one.share, one.n))

    @property
    def to_discuss(self) -> list[ItemAnalysis]:
        """The items that split the class, the most divided first; where all erred alike, by how
        many did.
        """
        parted = [
            one
            for one in self.items
            if one.answered > 1 and (one.disagreement > 0 or one.share < 1)
        ]
        return sorted(parted, key=lambda one: (-round(one.disagreement, 6), one.share, one.n))


def analyse(exercise: Exercise, results: Sequence[Result]) -> ClassAnalysis:
    """Return the analysis of a class's results of one exercise."""
    shares = np.full((len(results), len(exercise.items)), np.nan)
    for row, result in enumerate(results):
        shares[row] = [mark.share if mark.answered else np.nan for mark in result.items]
    items = []
    for column, item in enumerate(exercise.items):
        given = [one for one in _answers(item, results) if one]
        items.append(_item(item, column + 1, given, discrimination(shares, column)))
    scored = [_answers(item, results) for item in exercise.items if item.kind == "score"]
    grids = np.array(
        [confusion(*_pairs(scored, learner), LEVELS) for learner in range(len(results))]
    ).reshape(-1, len(LEVELS), len(LEVELS))
    pooled = grids.sum(axis=0)
    scores = Counter({(r, s): int(pooled[r, s]) for r in LEVELS for s in LEVELS if pooled[r, s]})
    return ClassAnalysis(
        exercise,
        tuple(results),
        tuple(items),
        Grid(scores),
        krippendorff_alpha(_ratings(scored, len(results)), LEVELS),
        weighted_kappa(grids[grids.sum(axis=(1, 2)) > 0]),
        float(np.trace(pooled) / pooled.sum()) if pooled.any() else float("nan"),
        calibrate([item for result in results for item in result.items]),
    )


def discrimination(shares: NDArray[np.float64], column: int) -> float | None:
    """Return the correlation of an item's credit with the mean credit on the others, [learner,
    item] with NaN for open ones.

    None below so many learners (assessment.class.enough) who answered it and something else, or
    where either has no spread.
    """
    others = np.delete(shares, column, axis=1)
    told = np.isfinite(shares[:, column]) & np.isfinite(others).any(axis=1)
    if told.sum() < figure("assessment.class.enough").value:
        return None
    one, rest = shares[told, column], np.nanmean(others[told], axis=1)
    if np.ptp(one) < 1e-12 or np.ptp(rest) < 1e-12:
        return None
    return float(np.corrcoef(one, rest)[0, 1])


def disagreement(given: Sequence[tuple[Hashable, Hashable]]) -> float:
    """Return how often two answers differ among those with the same right answer, (right, said)
    pairs; 0 to 1.

    >>> disagreement([("3", "3"), ("3", "4")]), disagreement([("3", "3"), ("4", "4")])
    (1.0, 0.0)
    """
    groups: dict[Hashable, Counter[Hashable]] = {}
    for right, said in given:
        groups.setdefault(right, Counter())[said] += 1
    pairs = sum(group.total() * (group.total() - 1) for group in groups.values())
    alike = sum(n * (n - 1) for group in groups.values() for n in group.values())
    return 1 - alike / pairs if pairs else 0.0


def how_it_erred(mark: ItemResult) -> str:
    """Return "right", "over", "under", "near" or "elsewhere"."""
    if mark.correct:
        return "right"
    return mark.direction or ("near" if mark.share > 0 else "elsewhere")


def _answers(item: Item, results: Sequence[Result]) -> list[Answered | None]:
    """The class's answers to one item, learner by learner; None where it is open."""
    return [
        _answered(item, mark) if (mark := result[item.id]).answered else None for result in results
    ]


def _answered(item: Item, mark: ItemResult) -> Answered:
    given = item.compared(mark.value, how_it_erred(mark))
    if item.by_error:
        return Answered(given, "right", mark)
    return Answered(given, item.compared(mark.right, "right"), mark)


def _item(item: Item, n: int, given: Sequence[Answered], telling: float | None) -> ItemAnalysis:
    marks = [one.result for one in given]
    wrong = [mark for mark in marks if not mark.correct]
    return ItemAnalysis(
        item,
        n,
        len(marks),
        sum(mark.share for mark in marks) / len(marks) if marks else 0.0,
        telling,
        disagreement([(one.right, one.said) for one in given]),
        sum(mark.direction == "over" for mark in wrong),
        sum(mark.direction == "under" for mark in wrong),
        sum(mark.changes_management for mark in marks),
        sum(mark.confidence == "sure" for mark in wrong),
        Grid(Counter((one.right, one.said) for one in given)),
    )


def _pairs(
    scored: Sequence[Sequence[Answered | None]], learner: int
) -> tuple[list[Any], list[Any]]:
    """One learner's scores, and the right ones."""
    mine = [answers[learner] for answers in scored]
    return [one.said for one in mine if one], [one.right for one in mine if one]


def _ratings(scored: Sequence[Sequence[Answered | None]], learners: int) -> NDArray[np.float64]:
    """Scores as [learner, unit]: a unit is a lesion with one right score; of its other variants it
    is another unit.
    """
    units: dict[tuple[int, Any], int] = {}
    for place, answers in enumerate(scored):
        for one in answers:
            if one:
                units.setdefault((place, one.right), len(units))
    ratings = np.full((learners, len(units)), np.nan)
    for place, answers in enumerate(scored):
        for learner, one in enumerate(answers):
            if one:
                ratings[learner, units[place, one.right]] = one.said
    return ratings
