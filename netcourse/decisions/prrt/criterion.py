"""What one criterion of radioligand therapy finds in a patient, and what that does to the
verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcourse.decisions.core.decision import Reason, Status, Weight, reason
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake
from netcourse.decisions.prrt.rulebook import Profile
from netcourse.patients import Patient

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
    """What a finding asks for: nothing, a remark, the board, a delay, no therapy, or no reason for
    therapy.
    """

    NONE = "none"
    REMARK = "remark"
    BOARD = "board"
    DELAY = "delay"
    STOP = "stop"
    NO_REASON = "no reason"


_VERDICT_OF = {
    Effect.NO_REASON: NOT_INDICATED,
    Effect.STOP: NOT_ELIGIBLE,
    Effect.DELAY: DEFER,
    Effect.BOARD: CONDITIONAL,
}
_WEIGHT_OF = {
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


@dataclass(frozen=True)
class Finding:
    """One criterion applied to one patient.

    `needs` names what is not known; then `effect` is the worst that it may turn out to be. `figure_id`
    names the figure behind the number, `weight` is the most that the criterion can do, said of it
    where it is met.
    """

    rule: str
    text: str
    effect: Effect = Effect.NONE
    figure_id: str | None = None
    needs: tuple[str, ...] = ()
    weight: Effect | None = None

    @property
    def reason(self) -> Reason:
        """The finding as a reason of a decision."""
        met = self.effect in (Effect.NONE, Effect.REMARK)
        status = Status.UNKNOWN if self.needs else Status.MET if met else Status.NOT_MET
        weight = self.effect if status is Status.NOT_MET else self.weight or self.effect
        return reason(self.rule, self.text, status, _WEIGHT_OF[weight], figure_id=self.figure_id)


def effect_of(weight: Weight) -> Effect:
    """Return what a criterion of some weight does where it is not met."""
    return _EFFECT_OF[weight]


def worst(findings: tuple[Finding, ...] | list[Finding], unknown: bool) -> Effect:
    """Return the heaviest effect, what is not known taken at its worst (`unknown`) or at its
    best.
    """
    effects = [found.effect for found in findings if unknown or not found.needs]
    return max(effects, key=tuple(Effect).index, default=Effect.NONE)


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
    does, the heaviest first.
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
