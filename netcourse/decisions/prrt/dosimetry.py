"""Dose of organs over the cycles of radioligand therapy: what the kidneys and the marrow have had,
and how many cycles are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips
from netcourse.decisions.prrt.timing import kidney_limit
from netcourse.evidence import figure, statement
from netcourse.patients import Patient
from netcourse.patients.radiobiology import bed_gy

_MOST_CYCLES = 40


def _usual(id: str) -> Any:
    return field(default_factory=lambda: figure(id).value)


@dataclass(frozen=True)
class OrganDose:
    """What cycles do to kidneys and marrow. Defaults are the label's scheme and dose; ValueError
    for a number below 0.

    `kidney_gy_per_gbq` differs several-fold between patients (figures absorbed.kidney.…): measure
    it where it matters.

    >>> dose = OrganDose()
    >>> [round(value, 1) for value in (dose.kidney_gy(4), dose.kidney_bed_gy(4), dose.marrow_gy(4))]
    [19.2, 21.1, 1.0]
    """

    activity_gbq: float = _usual("therapy.activity")
    kidney_gy_per_gbq: float = _usual("absorbed.kidney.label")
    marrow_gy_per_gbq: float = _usual("absorbed.marrow.netter1")
    kidney_effective_h: float = _usual("half_life.kidney")

    def __post_init__(self) -> None:
        for name in ("activity_gbq", "kidney_gy_per_gbq", "marrow_gy_per_gbq"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name):g}; it must be 0 or more")

    def kidney_gy(self, cycles: float) -> float:
        """Return the absorbed dose of the kidneys after some cycles, Gy."""
        return cycles * self.activity_gbq * self.kidney_gy_per_gbq

    def kidney_bed_gy(self, cycles: float) -> float:
        """Return the biologically effective dose of the kidneys after some cycles, Gy; cycles weeks
        apart add up.
        """
        dose = self.activity_gbq * self.kidney_gy_per_gbq
        repair, ratio = figure("half_life.kidney_repair").value, figure("alpha_beta.kidney").value
        return cycles * bed_gy(dose, ratio, repair, self.kidney_effective_h)

    def marrow_gy(self, cycles: float) -> float:
        """Return the absorbed dose of the marrow after some cycles, Gy."""
        return cycles * self.activity_gbq * self.marrow_gy_per_gbq


def cycles_left(patient: Patient, dose: OrganDose | None = None) -> Decision:
    """Return how many more cycles stay within the limit of the kidneys, by arithmetic, as a number
    in words.

    The limit is one of biologically effective dose, lower with hypertension or diabetes (D18); what
    earlier cycles gave counts. "cannot decide" where the risk factors or the earlier dose are not
    known. Sources: statements RT1, RT2, D18.

    >>> from netcourse.patients import generate
    >>> cycles_left(generate("ileum_disseminated")), cycles_left(generate("ileum_obstructed")).verdict
    (Cycles within the limit of the kidneys: 7; RT1, D18, RT2, '5')
    """
    question = "Cycles within the limit of the kidneys"
    dose, limit = dose or OrganDose(), kidney_limit(patient)
    had, cycles = patient.history.prrt_kidney_bed_gy, patient.history.prrt_cycles
    if limit is None or (cycles and had is None):
        missing = (("hypertension and diabetes",) if limit is None else ()) + (
            ("kidney dose so far",) if cycles and had is None else ()
        )
        return Decision(
            question,
            CANNOT_DECIDE,
            (reason("RT1", statement("RT1").in_words, Status.UNKNOWN),),
            missing,
        )
    left = _cycles(dose, limit.value, had or 0.0)
    return Decision(
        question,
        str(left),
        _reasons(dose, limit.id, had or 0.0, left),
        (),
        search=lambda: nearest_flips(
            str(left),
            _changes(dose, limit.id),
            lambda case: str(_cycles(case[0], figure(case[1]).value, had or 0.0)),
        ),
    )


def _cycles(dose: OrganDose, limit: float, had: float) -> int:
    per_cycle = dose.kidney_bed_gy(1)
    return (
        _MOST_CYCLES
        if per_cycle <= 0
        else max(0, min(_MOST_CYCLES, int((limit - had) / per_cycle + 1e-9)))
    )


def _reasons(dose: OrganDose, limit: str, had: float, left: int) -> tuple[Reason, ...]:
    border, older, marrow = (
        figure(limit),
        figure("kidney.limit.ebrt"),
        figure("marrow.limit.iodine"),
    )
    usual = int(figure("therapy.cycles").value)
    per_cycle = (
        f"A cycle of {dose.activity_gbq:g} GBq gives the kidneys {dose.kidney_gy(1):.1f} Gy,"
        f" biologically effective {dose.kidney_bed_gy(1):.1f} Gy"
        + (f"; {had:.1f} Gy so far." if had else ".")
    )
    goes = (
        f"By arithmetic {left} more cycles stay within {border.value:g} Gy"
        f" ({border.label[0].lower()}{border.label[1:]}); the approved course is {usual}."
    )
    also = (
        f"From external beams the limit was {older.value:g} Gy; {usual} cycles give"
        f" {dose.kidney_gy(usual):.1f} Gy."
    )
    blood = (
        f"{usual} cycles give the marrow {dose.marrow_gy(usual):.1f} Gy of {marrow.value:g}."
        f" {statement('RT2').in_words}"
    )
    return (
        reason("RT1", per_cycle, figure_id="alpha_beta.kidney"),
        reason("D18", goes, Status.MET if left else Status.NOT_MET, figure_id=limit),
        reason("D18", also, Status.MET, Weight.INFORMATION, figure_id="kidney.limit.ebrt"),
        reason("RT2", blood, Status.MET, Weight.INFORMATION, figure_id="marrow.limit.iodine"),
    )


def _changes(dose: OrganDose, limit: str) -> Iterator[Change[tuple[OrganDose, str]]]:
    """Yield the other limit, and half the activity."""
    if limit == "kidney.limit.with_risk":
        words, other = "without hypertension and diabetes", "kidney.limit.without_risk"
    else:
        words, other = "with hypertension or diabetes", "kidney.limit.with_risk"
    yield Change(words, None, None, words, (dose, other))
    half = figure("administration.half").value
    words = f"with {half:g} GBq a cycle"
    yield Change(words, None, None, words, (replace(dose, activity_gbq=half), limit))
