"""What can be asked of the scanner: one record per kind of scan, every knob with its usual
value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, get_args

from netcourse.evidence import figure
from netcourse.evidence.tracers import tracer_of
from netcourse.patients import Patient, ScanOf, Tracer, with_tracer
from netcourse.scanner.contrast import Circulation, Injection, Kinetics, enhance

Oral = Literal["none", "water", "neutral", "positive"]
Kernel = Literal["soft", "standard", "sharp"]
Region = Literal["whole body", "upper abdomen"]
Phase = Literal[
    "early arterial", "late arterial", "pancreatic", "enteric", "portal venous", "delayed"
]
Weighting = Literal["T1 arterial", "DWI"]

PHASES: tuple[Phase, ...] = get_args(Phase)


def phase_start_s(phase: Phase) -> float:
    """Return when a phase is usually scanned, s after the start of the injection.

    >>> phase_start_s("portal venous") - phase_start_s("late arterial")
    30
    """
    if phase not in PHASES:
        raise ValueError(f"there is no phase '{phase}'; phases are {', '.join(PHASES)}")
    return figure(f"phase.{phase.replace(' ', '_')}.start").value


def _usual(id: str) -> Any:
    return field(default_factory=lambda: figure(id).value)


@dataclass(frozen=True)
class CtScan:
    """One CT: `time_s` after the start of the injection, None without contrast.

    `cardiac_output_l_min` None is the usual one for the patient's weight. Noise goes with 1/√(dose
    × slice thickness); below 3 mm the slices have gaps, above they overlap. Raises ValueError for
    what no scanner does.
    """

    time_s: float | None = _usual("phase.portal_venous.start")
    injection: Injection = field(default_factory=Injection)
    cardiac_output_l_min: float | None = None
    oral: Oral = "none"
    region: Region = "whole body"
    ctdi_vol_mgy: float = _usual("dose.ctdi_vol.abdomen_pelvis")
    slice_mm: float = _usual("ct.reference.slice")
    kernel: Kernel = "standard"
    noise: bool = True

    def __post_init__(self) -> None:
        for name, kind in (("oral", Oral), ("region", Region), ("kernel", Kernel)):
            if getattr(self, name) not in get_args(kind):
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; it must be one of"
                    f" {', '.join(get_args(kind))}"
                )
        for name, low, high, unit in (
            ("ctdi_vol_mgy", 0.1, 100, "mGy"),
            ("slice_mm", 0.5, 10, "mm"),
            ("time_s", 0, 300, "s"),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} is {value:g}; it must be from {low:g} to {high:g} {unit}")

    @classmethod
    def phase(cls, phase: Phase, **changes: Any) -> Self:
        """Return a scan at the usual time of a phase.

        >>> CtScan.phase("late arterial", region="upper abdomen").time_s
        38
        """
        return cls(time_s=phase_start_s(phase), **changes)

    def but(self, **changes: Any) -> Self:
        """Return the same scan with some knobs turned."""
        return replace(self, **changes)

    def kinetics(self, patient: Patient) -> Kinetics:
        """Return where this scan's contrast goes in a patient."""
        return enhance(self.injection, Circulation.of(patient, self.cardiac_output_l_min))

    @property
    def words(self) -> str:
        """The scan as a series description says it.

        >>> CtScan(time_s=None).words, CtScan.phase("portal venous").words, CtScan(time_s=50).words
        ('CT, unenhanced', 'CT, portal venous phase', 'CT, 50 s after injection')
        """
        if self.time_s is None:
            return "CT, unenhanced"
        named = next((phase for phase in PHASES if phase_start_s(phase) == self.time_s), None)
        return f"CT, {named} phase" if named else f"CT, {self.time_s:g} s after injection"


@dataclass(frozen=True)
class PetScan:
    """One PET (SPECT with a tracer that emits single photons), of one of the patient's scans.

    `of` "ssr" is the receptor scan with the patient's own tracer or the `tracer` named here, "fdg"
    the patient's FDG. None is what is usual: resolution and activity of the tracer, its uptake
    time, `minutes` per bed position (SPECT: in all). Noise goes with 1/√counts: activity × decay
    until the scan × share of decays seen × minutes. Raises ValueError for what cannot be.
    """

    of: ScanOf = "ssr"
    tracer: Tracer | None = None
    fwhm_mm: float | None = None
    activity_mbq: float | None = None
    uptake_min: float | None = None
    minutes: float | None = None
    noise: bool = True

    def __post_init__(self) -> None:
        for name, kind in (("of", ScanOf), ("tracer", Tracer)):
            value = getattr(self, name)
            if value is not None and value not in get_args(kind):
                raise ValueError(
                    f"{name} is {value!r}; it must be one of {', '.join(get_args(kind))}"
                )
        if self.tracer and (self.of == "fdg" or tracer_of(self.tracer).target == "glucose"):
            raise ValueError("FDG has an uptake of its own: ask for of='fdg' without a tracer")
        for name, low, high, unit in (
            ("fwhm_mm", 3, 20, "mm"),
            ("activity_mbq", 1, 2000, "MBq"),
            ("uptake_min", 0, 4320, "min"),
            ("minutes", 0.1, 60, "min"),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name} is {value:g}; it must be from {low:g} to {high:g} {unit}")

    def but(self, **changes: Any) -> Self:
        """Return the same scan with some knobs turned."""
        return replace(self, **changes)

    def seen(self, patient: Patient) -> Patient:
        """Return the patient as this scan's tracer finds them."""
        return with_tracer(patient, self.tracer) if self.tracer else patient


@dataclass(frozen=True)
class MrScan:
    """One MR companion view of the upper abdomen: a look-up of signal per tissue, no physics
    claimed.
    """

    weighting: Weighting
    noise: bool = True

    def __post_init__(self) -> None:
        if self.weighting not in get_args(Weighting):
            raise ValueError(
                f"weighting is {self.weighting!r}; it must be one of"
                f" {', '.join(get_args(Weighting))}"
            )


Scan = CtScan | PetScan | MrScan
