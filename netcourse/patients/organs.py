"""The normal organs of a patient on one scan: what each tracer shows where there is no tumour."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from netcourse.evidence import figure, figures
from netcourse.evidence.tracers import tracer_of
from netcourse.patients.record import Days, Model, Suv

Tracer = Literal[
    "ga68_dotatate",
    "ga68_dotatoc",
    "ga68_dotanoc",
    "cu64_dotatate",
    "f18_sitate",
    "f18_alf_nota_octreotide",
    "tc99m_hynic_toc",
    "in111_octreotide",
    "f18_fdopa",
    "f18_fdg",
]
ScanOf = Literal["ssr", "fdg"]
"""Which of a patient's scans: that of the somatostatin receptors, or FDG."""


class OrganUptake(Model):
    """Normal-organ uptake of one tracer in this patient, SUV per organ as in
    evidence/figures/uptake.toml.

    Organs not given take the evidence mean, so the mapping is always complete. `days_ago` counts
    back from the decision.
    """

    tracer: Tracer = "ga68_dotatate"
    suv: dict[str, Suv] = Field(default_factory=dict)
    days_ago: Days = 0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        usual = figures(f"uptake.{self.tracer}")
        if unknown := set(self.suv) - set(usual):
            raise ValueError(
                f"no normal uptake known for {', '.join(sorted(unknown))}; organs are"
                f" {', '.join(usual)}"
            )
        object.__setattr__(
            self, "suv", {organ: found.value for organ, found in usual.items()} | self.suv
        )
        return self

    @property
    def words(self) -> str:
        """The tracer in readers' words.

        >>> OrganUptake().words, OrganUptake(tracer="f18_fdg").words
        ('68Ga-DOTATATE', '18F-FDG')
        """
        return tracer_of(self.tracer).name

    @property
    def target(self) -> str:
        """What the tracer binds to: sst, glucose, amines."""
        return tracer_of(self.tracer).target

    @property
    def fwhm_mm(self) -> float:
        """Resolution of the scan with this tracer, mm FWHM."""
        return resolution_mm(self.tracer)


def resolution_mm(tracer: Tracer) -> float:
    """Return the reconstructed resolution of a scan with a tracer, mm FWHM: camera and positron
    range together.

    >>> resolution_mm("ga68_dotatoc"), resolution_mm("f18_sitate"), resolution_mm("tc99m_hynic_toc")
    (6.0, 5.0, 13)
    """
    row = tracer_of(tracer)
    return figure("spect.fwhm" if row.camera == "SPECT" else f"pet.fwhm.{row.nuclide}").value
