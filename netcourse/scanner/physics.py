"""The knobs of the scanner: what can be switched off or changed, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

from netcourse.evidence import figure


def _value(id: str) -> float:
    return figure(id).value


@dataclass(frozen=True)
class Physics:
    """How the scanner sees. Defaults are the course's reference scanner (evidence pet.* and ct.*).

    `pet_fwhm_mm` None means the tracer's own resolution. `dose` is the CT dose against the reference scan;
    CT noise goes with 1/√dose. `minutes` is the PET time per bed position; PET noise goes with 1/√minutes.
    `noise` False gives noiseless pictures.
    """

    noise: bool = True
    pet_fwhm_mm: float | None = None
    minutes: float = field(default_factory=lambda: _value("pet.frame"))
    dose: float = 1.0
    ct_fwhm_mm: float = field(default_factory=lambda: _value("ct.fwhm"))

    def __post_init__(self) -> None:
        for name in ("minutes", "dose", "ct_fwhm_mm"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name):g}; it must be above 0")
        if self.pet_fwhm_mm is not None and not 3.0 <= self.pet_fwhm_mm <= 20.0:
            raise ValueError(f"pet_fwhm_mm is {self.pet_fwhm_mm:g}; it must be between 3 and 20 mm")
