"""How able a reader is, and which case comes next.

A Rasch model: a reader of ability a does a task of difficulty d with probability 1 / (1 + e^(d − a)).
The ability is the likeliest one given every task so far and a normal prior; that of one kind of
finding is estimated the same way around the reader's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, sqrt

from netcourse.assessment.drill.case import DrillCase, drill_case, kind_of
from netcourse.assessment.drill.scoring import CaseScore, Outcome
from netcourse.assessment.drill.topics import topic
from netcourse.evidence import figure, figures
from netcourse.patients.composer import case_kind, compose, mimic_of

_STEPS = 40
_DONE = 1e-9
_POOL = 1000
"""Seeds from which each case is chosen: case n of a reader has seeds of its own."""


@dataclass(frozen=True)
class Ability:
    """An ability with its standard error, both in logits."""

    value: float
    error: float


def chance(ability: float, difficulty: float) -> float:
    """Return the probability that a reader does a task.

    >>> chance(0.0, 0.0), round(chance(1.0, -1.0), 2)
    (0.5, 0.88)
    """
    return 1 / (1 + exp(difficulty - ability))


def ability(outcomes: Iterable[Outcome], mean: float = 0.0, spread: float | None = None) -> Ability:
    """Return the likeliest ability for what was done, with a normal prior around `mean` of so much
    `spread` (logits; default: the figure drill.ability.spread).

    >>> ability([])
    Ability(value=0.0, error=1.5)
    """
    done = [(one.task.difficulty, one.right) for one in outcomes]
    spread = figure("drill.ability.spread").value if spread is None else spread
    value, weight = mean, 1 / spread**2
    for _ in range(_STEPS):  # Newton's method; the likelihood is concave
        known = [chance(value, difficulty) for difficulty, _ in done]
        slope = sum(right - p for (_, right), p in zip(done, known, strict=True))
        slope -= weight * (value - mean)
        curve = sum(p * (1 - p) for p in known) + weight
        step = max(-1.0, min(1.0, slope / curve))
        value += step
        if abs(step) < _DONE:
            break
    information = sum(p * (1 - p) for p in (chance(value, d) for d, _ in done)) + weight
    return Ability(round(value, 6), round(1 / sqrt(information), 6))


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Ability]:
    """Return the ability for every kind of finding met so far, the weakest first."""
    overall, spread = ability(outcomes).value, figure("drill.ability.tag").value
    kinds = dict.fromkeys(one.task.kind for one in outcomes)
    found = {
        kind: ability([one for one in outcomes if one.task.kind == kind], overall, spread)
        for kind in kinds
    }
    return dict(sorted(found.items(), key=lambda row: row[1].value))


def expected(case: DrillCase, outcomes: Sequence[Outcome]) -> float:
    """Return the share of a case's tasks that a reader with these outcomes should get right."""
    return _share(case, ability(outcomes).value, by_kind(outcomes))


def _share(case: DrillCase, overall: float, kinds: Mapping[str, Ability]) -> float:
    shares = [
        chance(kinds[task.kind].value if task.kind in kinds else overall, task.difficulty)
        for task in case.tasks
    ]
    return sum(shares) / len(shares)


@dataclass(frozen=True)
class Choice:
    """The next case, and which missed kind of finding returns in it ("" where none does)."""

    seed: int
    returns: str = ""


def next_case(first_seed: int, so_far: Sequence[CaseScore], ahead: int = 0) -> Choice:
    """Return the case after those signed so far, the same whenever it is asked; with `ahead` 1 the
    case after the next, chosen while that one is still being read.

    Its kind (normal, mimics, tumour) is drawn as composed, so their rates hold. Of the candidates it
    is the one whose share of right tasks should be nearest to the aim. What was missed returns
    after 3, 10 and 30 cases, in another patient and at another place. Raises ValueError for a first
    seed below 1.

    >>> next_case(1, []) == next_case(1, [])
    True
    """
    start = _pool(first_seed, len(so_far) + ahead)
    outcomes = [one for case in so_far for one in case.outcomes]
    for kind, place in due(so_far, ahead):
        holds = (seed for seed in range(start, start + _POOL) if _holds(seed, kind, place))
        if fit := list(islice(holds, _candidates())):
            return Choice(_nearest(fit, outcomes), kind)
    drawn = case_kind(start)
    alike = (seed for seed in range(start, start + _POOL) if case_kind(seed) == drawn)
    return Choice(_nearest(list(islice(alike, _candidates())), outcomes))


def round_case(first_seed: int, before: Sequence[CaseScore], n: int, about: str) -> Choice:
    """Return case `n` (from 0) of a round on the topic `about`, the same whenever it is asked;
    `before` is what was signed before the round.

    Normal scans come as often as in the whole drill, so that a round does not tell its cases; of
    the others those of the topic are looked at. Raises ValueError for a first seed below 1, KeyError
    for an unknown topic.

    >>> round_case(1, [], 0, "krenning") == round_case(1, [], 0, "krenning")
    True
    """
    fits, start = topic(about).fits, _pool(first_seed, len(before) + n)
    if case_kind(start) != "normal":
        rest = range(start + _POOL // 2, start + _POOL)
        those = (seed for seed in rest if case_kind(seed) != "normal" and fits(drill_case(seed)))
        if alike := list(islice(those, _candidates())):
            return Choice(_nearest(alike, [one for case in before for one in case.outcomes]))
    return next_case(first_seed, before, n)


def _pool(first_seed: int, case: int) -> int:
    """The first of the seeds from which a reader's case (from 0) is chosen."""
    if first_seed < 1:
        raise ValueError(f"the first seed is {first_seed}; it must be 1 or more")
    return first_seed + case * _POOL


def due(so_far: Sequence[CaseScore], ahead: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the kinds of finding, each with the place to avoid, that the next case should bring
    back.
    """
    now = len(so_far) + ahead
    for after in figures("drill.returns").values():
        at = now - int(after.value)
        if 0 <= at < len(so_far):
            yield from (
                (one.task.kind, one.task.place)
                for one in so_far[at].outcomes
                if not one.right and one.task.place
            )


def _candidates() -> int:
    return int(figure("drill.candidates").value)


def _holds(seed: int, kind: str, place: str) -> bool:
    """Whether a case has such a finding at another place, or at the only one that there is."""
    if case_kind(seed) == "normal":
        return False
    patient = compose(seed)
    there = [one for one in patient.lesions if kind_of(patient, one) == kind]
    return any(
        one.place != place or ((mimic := mimic_of(one)) is not None and len(mimic.places) == 1)
        for one in there
    )


def _nearest(seeds: Sequence[int], outcomes: Sequence[Outcome]) -> int:
    """The seed whose case the reader should get right as often as is aimed at."""
    aim, overall, kinds = figure("drill.target").value, ability(outcomes).value, by_kind(outcomes)
    return min(seeds, key=lambda seed: abs(_share(drill_case(seed), overall, kinds) - aim))
