"""What a graded set gives to those who do not read it: to a sheet filled in without looking, to a
neighbour's answers, and to a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.pack.variants import DealtExercise

POOL = 24
"""How many variants are drawn to work it out; a handful would say more by chance."""


@dataclass(frozen=True)
class Guessing:
    """Shares of the points, 0 to 1.

    `blind` is the best sheet that is the same for everyone; `scripted` is what a program could earn
    at most that measures the marked findings and applies the course's own rules; `copied` is what a
    neighbour's right answers earn on average, and `alike` are the questions that they answer too.
    """

    blind: float
    scripted: float
    copied: float
    alike: tuple[str, ...]


def guessing(dealt: DealtExercise, pool: DealtExercise) -> Guessing:
    """Return what guessing, scripts and copying earn: copying between the variants that were dealt,
    the others over a larger pool.
    """
    blind = {item.id: _blind(item, pool) for item in pool.items}
    scripted = {item.id: 1.0 if item.lesions else blind[item.id] for item in pool.items}
    for item in pool.items:
        if item.hides_lesions:
            scripted[item.id] = blind[item.id]
    copied = {item.id: _copied(item, dealt) for item in dealt.items}
    alike = tuple(id for id, (_, least) in copied.items() if least == 1.0)
    return Guessing(
        _whole(pool, blind),
        _whole(pool, scripted),
        _whole(dealt, {id: mean for id, (mean, _) in copied.items()}),
        alike,
    )


def _whole(exercise: DealtExercise, shares: dict[str, float]) -> float:
    return sum(item.points * shares[item.id] for item in exercise.items) / exercise.max_points


def _blind(item: Item, pool: DealtExercise) -> float:
    """The credit of the best answer that is the same in every variant; of a fact, which is the same
    for everyone, the credit of an answer picked at random.
    """
    truths = [pool.truth(item, variant) for variant in pool.patients]
    keys = [item.key(truth) for truth in truths]
    values = list(dict.fromkeys(key.value for key in keys))
    shares = [
        fmean(item.judge(guess, key, truth).share for key, truth in zip(keys, truths, strict=True))
        for guess in item.guesses(values, truths[0])
    ]
    if len(values) > 1:
        return max(shares)
    return fmean(shares) if len(shares) > 1 else 0.0


def _copied(item: Item, dealt: DealtExercise) -> tuple[float, float]:
    """The mean and the least credit of another variant's right answer; 1 where there is one
    variant.
    """
    truths = {variant: dealt.truth(item, variant) for variant in dealt.patients}
    keys = {variant: item.key(truth) for variant, truth in truths.items()}
    shares = [
        item.judge(keys[other].value, keys[mine], truths[mine]).share
        for mine in truths
        for other in truths
        if mine != other
    ] or [1.0]
    return fmean(shares), min(shares)
