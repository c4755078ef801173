"""What one criterion of radioligand therapy finds in a patient, and what that does to the
verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar, cast

from netcourse.decisions.core.decision import Reason, Status, Weight, reason
from netcourse.decisions.core.sensitivity import Change, numbers, options
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake
from netcourse.decisions.prrt.rulebook import Profile
from netcourse.decisions.somatostatin.standing import UNSETTLED, Standing, standing
from netcourse.evidence import figure
from netcourse.patients import Patient, Uptake

T = TypeVar("T")
NOT_INDICATED, NOT_ELIGIBLE, DEFER, CONDITIONAL, ELIGIBLE = (
    "not indicated",
    "not eligible",
    "defer",
    "conditional",
    "eligible",
)
VERDICTS = (NOT_INDICATED, NOT_ELIGIBLE, DEFER, CONDITIONAL, ELIGIBLE)
"""The verdicts in the order in which they are asked: the first that holds stands."""


class Effect(StrEnum):
    """What a finding asks for: nothing, a remark, the board, a delay, no therapy, no reason for
    therapy, or tissue before anything can be said of therapy.
    """

    NONE = "none"
    REMARK = "remark"
    BOARD = "board"
    DELAY = "delay"
    STOP = "stop"
    NO_REASON = "no reason"
    TISSUE = "tissue"


HEAVINESS = {effect: place for place, effect in enumerate(Effect)}
"""How heavy an effect is, the heaviest highest."""

_VERDICT_OF = {
    Effect.TISSUE: DEFER,
    Effect.NO_REASON: NOT_INDICATED,
    Effect.STOP: NOT_ELIGIBLE,
    Effect.DELAY: DEFER,
    Effect.BOARD: CONDITIONAL,
}
_WEIGHT_OF = {
    Effect.TISSUE: Weight.DEFER,
    Effect.NO_REASON: Weight.ABSOLUTE,
    Effect.STOP: Weight.ABSOLUTE,
    Effect.DELAY: Weight.DEFER,
    Effect.BOARD: Weight.RELATIVE,
    Effect.REMARK: Weight.INFORMATION,
    Effect.NONE: Weight.INFORMATION,
}
_EFFECT_OF = {
    Weight.ABSOLUTE: Effect.STOP,
    Weight.RELATIVE: Effect.BOARD,
    Weight.DEFER: Effect.DELAY,
    Weight.INFORMATION: Effect.REMARK,
}


@dataclass(frozen=True)
class Case:
    """A patient before a rulebook, with what the two scans show of the tumour lesions."""

    patient: Patient
    profile: Profile
    found: tuple[DualUptake, ...]
    kept: dict[tuple[object, ...], tuple[object, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def once(self, work: Callable[..., T], *of: object) -> T:
        """Return what some work makes of this patient and of some objects, worked out once for all
        cases that come from one: a change of one read leaves the others as they are.
        """
        held = (self.patient, *of)
        key = (work, *map(id, held))
        if key not in self.kept:
            self.kept[key] = (work(*of), held)  # what is held keeps its id
        return cast(T, self.kept[key][0])

    @cached_property
    def unsettled(self) -> dict[str, Standing]:
        """The lesions without histology that SSTR-RADS calls 3C or 3D, by id."""
        seen = {read.lesion: read.ssr for read in self.found if read.part is None}
        known = self.once(_none_known, self.patient.lesions)
        for lesion in self.patient.lesions:
            uptake = seen.get(lesion.id)
            if lesion.id not in known or known[lesion.id][0] is not uptake:
                known[lesion.id] = (uptake, standing(self.patient, lesion, uptake))
        return {id: found for id, (_, found) in known.items() if found in UNSETTLED}


def _none_known(lesions: object) -> dict[str, tuple[Uptake | None, Standing]]:
    """What some lesions count as, with the uptake it rests on: filled in as it is asked for."""
    return {}


@dataclass(frozen=True)
class Finding:
    """One criterion applied to one patient.

    `needs` names what is not known; then `effect` is the worst that it may turn out to be. `order`
    names what the verdict asks to be done, whatever it brings. `figure_id` names the figure behind the number, `weight` is the most that the criterion can do, said of it
    where it is met.
    """

    rule: str
    text: str
    effect: Effect = Effect.NONE
    figure_id: str | None = None
    needs: tuple[str, ...] = ()
    weight: Effect | None = None
    order: tuple[str, ...] = ()

    @property
    def reason(self) -> Reason:
        """The finding as a reason of a decision."""
        met = self.effect in (Effect.NONE, Effect.REMARK)
        status = Status.UNKNOWN if self.needs else Status.MET if met else Status.NOT_MET
        weight = self.effect if status is Status.NOT_MET else self.weight or self.effect
        return reason(self.rule, self.text, status, _WEIGHT_OF[weight], figure_id=self.figure_id)


Changes = Callable[[Case], Iterator[Change[Case]]]


@dataclass(frozen=True)
class Measured:
    """A number that a criterion reads: where it stands in the record, what it is called, the step in
    which it is written, and the limits that it is held against: names of a rulebook's, or ids of
    figures.
    """

    path: str
    label: str
    unit: str
    step: float
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Criterion:
    """One criterion: its statement, the function that applies it, the numbers it reads, and what
    else may be otherwise.
    """

    id: str
    apply: Callable[[Case], Finding]
    measured: tuple[Measured, ...]
    changes: tuple[Changes, ...]
    limits: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is about, in words."""
        return self.apply.__name__.replace("_", " ").replace("prrt", "PRRT")


_CRITERIA: dict[str, Criterion] = {}


def criterion(
    id: str, *reads: Measured | Changes, limits: tuple[str, ...] = ()
) -> Callable[[Callable[[Case], Finding]], Callable[[Case], Finding]]:
    """Register a function as the criterion of a statement, with the inputs it reads; `limits` are
    those of no single input.
    """
    measured = tuple(one for one in reads if isinstance(one, Measured))
    names = (*(name for one in measured for name in one.limits), *limits)

    def register(apply: Callable[[Case], Finding]) -> Callable[[Case], Finding]:
        changes = tuple(one for one in reads if not isinstance(one, Measured))
        _CRITERIA[id] = Criterion(id, apply, measured, changes, tuple(dict.fromkeys(_own(names))))
        return apply

    return register


def _own(names: tuple[str, ...]) -> Iterator[str]:
    """Limits that a rulebook states, without figures that are the same for all."""
    return (name for name in names if "." not in name)


def criteria() -> dict[str, Criterion]:
    """Return every criterion by id, in the order of their numbers."""
    return dict(sorted(_CRITERIA.items(), key=lambda row: int(row[0][1:])))


def measured(path: str, label: str, unit: str, step: float, *limits: str) -> Measured:
    """Declare a number of the patient's record that a criterion reads."""
    return Measured(f"patient.{path}", label, unit, step, limits)


def choice(path: str, words: dict[Any, str], only_from: tuple[Any, ...] = ()) -> Changes:
    """Declare a fact of the patient's record that a criterion reads: each other value with the words
    for it; `only_from` are the values from which it is worth trying.
    """

    def changes(case: Case) -> Iterator[Change[Case]]:
        now: Any = case.patient
        for step in path.split("."):
            now = getattr(now, step)
        if now is not None and (not only_from or now in only_from):
            phrases = {then: f"With {text}" for then, text in words.items()}
            yield from options(case, f"patient.{path}", phrases, name=path)

    return changes


def prrt_changes(case: Case) -> Iterator[Change[Case]]:
    """Yield changes of one input each, as the criteria declare them; of each input the nearest
    first. What is not known is not changed.
    """
    rows = criteria().values()
    for row in rows:
        for changes in row.changes:
            yield from changes(case)
    numbers_read: dict[str, list[Measured]] = {}
    for row in rows:
        for one in row.measured:
            numbers_read.setdefault(one.path, []).append(one)
    for path, readers in numbers_read.items():
        first, names = readers[0], dict.fromkeys(name for one in readers for name in one.limits)
        words = f"With {first.label} {{then:g}} instead of {{now:g}} {first.unit}".rstrip()
        limits = [
            (figure(name) if "." in name else case.profile.limit(name)).value for name in names
        ]
        name = path.removeprefix("patient.")
        yield from numbers(case, path, limits, first.step, words, name=name)


def effect_of(weight: Weight) -> Effect:
    """Return what a criterion of some weight does where it is not met."""
    return _EFFECT_OF[weight]


def worst(findings: tuple[Finding, ...] | list[Finding], unknown: bool) -> Effect:
    """Return the heaviest effect, what is not known taken at its worst (`unknown`) or at its
    best.
    """
    effects = [found.effect for found in findings if unknown or not found.needs]
    return max(effects, key=HEAVINESS.__getitem__, default=Effect.NONE)


def verdict_of(effect: Effect) -> str:
    """Return the verdict that the heaviest effect of all findings makes."""
    return _VERDICT_OF.get(effect, ELIGIBLE)


def least(
    rule: str,
    name: str,
    value: float | None,
    unit: str,
    case: Case,
    *limits: tuple[str, Effect],
    digits: int = 0,
    more: str = "",
) -> Finding:
    """Judge a value that must not be too low: `limits` are names of limits with what a value below
    does, the heaviest first. Only those count that the rulebook itself holds.
    """
    return _against(rule, name, value, unit, case, limits, digits, more, below=True)


def most(
    rule: str,
    name: str,
    value: float | None,
    unit: str,
    case: Case,
    *limits: tuple[str, Effect],
    digits: int = 0,
    more: str = "",
) -> Finding:
    """Judge a value that must not be too high, as `least`."""
    return _against(rule, name, value, unit, case, limits, digits, more, below=False)


def _against(
    rule: str,
    name: str,
    value: float | None,
    unit: str,
    case: Case,
    limits: tuple[tuple[str, Effect], ...],
    digits: int,
    more: str,
    below: bool,
) -> Finding:
    limits = tuple(row for row in limits if case.profile.holds_against(row[0]) is not None)
    if not limits:
        raise ValueError(f"rulebook {case.profile.id} states {rule} and has no limit for it")
    heaviest = limits[0][1]
    if value is None:
        return Finding(
            rule,
            f"{name} is not known.",
            heaviest,
            case.profile.limit(limits[0][0]).id,
            (name.lower(),),
            heaviest,
        )
    said = f"{name} {value:.{digits}f} {unit}".strip() + more
    for limit, effect in limits:
        border = case.profile.limit(limit)
        if value < border.value if below else value > border.value:
            return Finding(
                rule,
                f"{said}: {'below' if below else 'above'} {border.value:g}.",
                effect,
                border.id,
                (),
                effect,
            )
    border = case.profile.limit(limits[-1][0])
    return Finding(
        rule,
        f"{said}: {'at least' if below else 'at most'} {border.value:g}.",
        figure_id=border.id,
        weight=heaviest,
    )
