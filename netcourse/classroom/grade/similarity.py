"""Pairs of learners who made the same errors more often than chance and the questions explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import Result
from netcourse.evidence import figure

Error = tuple[Hashable, Hashable]
"""The right answer and the wrong one that was given."""


@dataclass(frozen=True)
class Alike:
    """Two learners who gave the same wrong answer to `shared` of the `both_wrong` questions that
    both missed with one right answer; `expected` is how many two of this class share on average.
    """

    one: str
    other: str
    exercise: str
    shared: int
    both_wrong: int
    expected: float


def pairs_alike(exercise: Exercise, results: Mapping[str, Result]) -> Iterator[Alike]:
    """Yield the pairs that share errors beyond chance, by pseudonym.

    Each question counts by how often two who missed it gave the same wrong answer, so that the
    error which everyone makes says nothing. A pair is told of from so many shared errors
    (assessment.class.same_errors) where chance would give it in less than so many classes
    (assessment.class.alike).
    """
    wrong = {name: _errors(exercise, result) for name, result in results.items()}
    counts: dict[tuple[str, Hashable], Counter[Hashable]] = {}
    for mine in wrong.values():
        for item, (right, given) in mine.items():
            counts.setdefault((item, right), Counter())[given] += 1
    same = {place: _same(counter) for place, counter in counts.items()}
    names = sorted(wrong)
    pairs = max(1, len(names) * (len(names) - 1) // 2)
    least = figure("assessment.class.same_errors").value
    rare = figure("assessment.class.alike").value / pairs
    for one, other in combinations(names, 2):
        mine, theirs = wrong[one], wrong[other]
        both = [item for item in mine if item in theirs and mine[item][0] == theirs[item][0]]
        shared = sum(mine[item] == theirs[item] for item in both)
        if shared < least:
            continue
        chances = [same[item, mine[item][0]] for item in both]
        if at_least(shared, chances) < rare:
            yield Alike(one, other, exercise.id, shared, len(both), sum(chances))


def at_least(count: int, chances: Sequence[float]) -> float:
    """Return the probability that at least so many of independent events happen.

    >>> round(at_least(2, [0.5, 0.5]), 4), at_least(0, [0.1])
    (0.25, 1.0)
    """
    happened = [1.0]
    for chance in chances:
        nothing = [*(p * (1 - chance) for p in happened), 0.0]
        one_more = [0.0, *(p * chance for p in happened)]
        happened = [a + b for a, b in zip(nothing, one_more, strict=True)]
    return min(1.0, sum(happened[count:]))


def _same(counter: Counter[Hashable]) -> float:
    """How often two who missed a question gave the same wrong answer; drawn towards a half where
    few missed it.
    """
    n = counter.total()
    return (sum(k * (k - 1) for k in counter.values()) + 1) / (n * (n - 1) + 2)


def _errors(exercise: Exercise, result: Result) -> dict[str, Error]:
    found: dict[str, Error] = {}
    for mark in result.items:
        if mark.answered and not mark.correct:
            item = exercise.item(mark.item)
            # The very same number or place is odd whatever is right.
            key = None if item.by_error else mark.right
            found[mark.item] = _plain(key), _plain(mark.value)
    return found


def _plain(value: Any) -> Hashable:
    if isinstance(value, list | tuple):
        return tuple(_plain(one) for one in value)
    return round(value, 3) if isinstance(value, float) else value
