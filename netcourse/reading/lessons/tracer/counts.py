"""Counts: what nuclide, activity, delay and time on the camera make of a small lesion."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from netcourse.decisions.tracer import scan_dose_msv
from netcourse.evidence import figure
from netcourse.evidence.tracers import tracer_of
from netcourse.patients import Patient, Tracer
from netcourse.reading.lab.drawing import INK, LESION, LINE, SOFT, curve, line, raster, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range
from netcourse.scanner import PetScan, SphereScan, scan_sphere

_USUAL: Tracer = "ga68_dotatoc"
_RECEPTOR = {id: tracer_of(id).name for id in get_args(Tracer) if tracer_of(id).target == "sst"}
_TOP, _SIDE = 26.0, 190.0
_COLOURS = ("#5b6b7a", LESION)


class CountsAndNoise(Model):
    """A patient's lesion at any size, scanned with another tracer, activity, delay or time than
    usual.

    >>> from netcourse.patients import generate
    >>> lab = CountsAndNoise(generate("small_metastases"), "L2")
    >>> lab.result
    '5 mm with 68Ga-DOTATOC: SUVmax 5.4 of 9.0 (liver 4.5), contrast-to-noise 3.2; counts 100 % of the usual; 3.1 mSv'
    """

    title = "Sharpness and counts"
    look = "Left: 68Ga-DOTATOC as usual. Right: what you ask for. Change one thing at a time."

    tracer = Choice("Tracer", _RECEPTOR, _USUAL)
    size_mm = Range("Diameter of the lesion", 5, 3, 30, 0.5, "mm")
    activity_percent = Range("Activity, of the usual", 100, 10, 200, 10, "%")
    late_min = Range("Scanned later than usual by", 0, 0, 240, 10, "min")
    time_percent = Range("Time on the camera, of the usual", 100, 10, 400, 10, "%")

    def __init__(self, patient: Patient, lesion: str, **values: Any) -> None:
        self.patient, self._id = patient, patient.lesion(lesion).id
        super().__init__(**values)
        self.size_mm = values.get("size_mm", patient.lesion(lesion).size_mm)

    def _how(
        self,
        tracer: Tracer,
        activity_percent: float = 100,
        late_min: float = 0,
        time_percent: float = 100,
    ) -> PetScan:
        row = tracer_of(tracer)
        frame = figure("spect.frame" if row.camera == "SPECT" else "pet.frame").value
        return PetScan(
            tracer=tracer,
            activity_mbq=row.usual_activity_mbq(self.patient.weight_kg) * activity_percent / 100,
            uptake_min=row.uptake_min + late_min,
            minutes=min(60.0, frame * time_percent / 100),
        )

    @property
    def how(self) -> PetScan:
        """The scan that is asked for."""
        return self._how(self.tracer, self.activity_percent, self.late_min, self.time_percent)  # type: ignore[arg-type]

    def _scanned(self, how: PetScan) -> tuple[SphereScan, float]:
        """The scan of the lesion, and its true SUV."""
        seen = how.seen(self.patient)
        suv = seen.lesion(self._id).ssr_suv
        return (
            scan_sphere(
                self.patient, self.size_mm, suv, seen.background(seen.lesion(self._id)), how
            ),
            suv,
        )

    @property
    def scanned(self) -> SphereScan:
        """The picture that is asked for."""
        return self._scanned(self.how)[0]

    @property
    def counts_percent(self) -> float:
        """Decays that are counted, of what is usual for this tracer, %."""
        left: float = 0.5 ** (self.late_min / tracer_of(str(self.tracer)).half_life_min)
        return self.activity_percent * self.time_percent / 100 * left

    @property
    def result(self) -> str:
        seen, suv = self._scanned(self.how)
        dose = scan_dose_msv(str(self.tracer), self.how.activity_mbq)
        return (
            f"{self.size_mm:g} mm with {_RECEPTOR[str(self.tracer)]}: SUVmax {seen.suv_max:.1f} of"
            f" {suv:.1f} (liver {seen.background:.1f}), contrast-to-noise"
            f" {seen.contrast_to_noise:.1f}; counts {self.counts_percent:.0f} % of the usual;"
            f" {dose:.1f} mSv"
        )

    def draw(self) -> LabFigure:
        usual, asked = self._scanned(self._how(_USUAL))[0], self.scanned
        top = 1.15 * max(usual.suv_max, asked.suv_max, usual.background + 4 * usual.noise_sd)
        drawn = [
            self._picture(14, usual, top, "68Ga-DOTATOC as usual"),
            self._picture(230, asked, top, f"{_RECEPTOR[str(self.tracer)]}, asked"),
        ]
        drawn.append(self._profiles(500, (usual, asked), top))
        return LabFigure(
            "".join(drawn), (860, 262), self.result, f"<p><strong>{self.result}.</strong></p>"
        )

    def before(self) -> LabFigure:
        seen = self.scanned
        top = 1.15 * max(seen.suv_max, seen.background + 4 * seen.noise_sd)
        drawn = self._pixels(14, seen, top, str(_RECEPTOR[str(self.tracer)]))
        return LabFigure(drawn, (round(_SIDE) + 28, 232), f"PET of a focus of {self.size_mm:g} mm")

    @classmethod
    def _picture(cls, left: float, seen: SphereScan, top: float, name: str) -> str:
        return (
            cls._pixels(left, seen, top, name)
            + text(
                left,
                _TOP + _SIDE + 20,
                f"SUVmax {seen.suv_max:.1f}, noise ± {seen.noise_sd:.2f}",
                size=13,
            )
            + text(
                left,
                _TOP + _SIDE + 38,
                f"contrast-to-noise {seen.contrast_to_noise:.1f}",
                size=13,
                weight=600,
            )
        )

    @staticmethod
    def _pixels(left: float, seen: SphereScan, top: float, name: str) -> str:
        shades = (255 - np.rint(np.clip(seen.picture / top, 0, 1) * 255)).astype(np.uint8)
        cm = _SIDE / len(shades) / 3 * 10
        return (
            text(left, 16, name, size=13, weight=600)
            + raster(left, _TOP, _SIDE, _SIDE, np.kron(shades, np.ones((4, 4), np.uint8)))
            + line(left + 8, _TOP + _SIDE - 8, left + 8 + cm, _TOP + _SIDE - 8, stroke=INK, width=3)
            + text(left + 14 + cm, _TOP + _SIDE - 4, "1 cm", size=12)
        )

    @staticmethod
    def _profiles(left: float, both: tuple[SphereScan, SphereScan], top: float) -> str:
        """SUV along a line through the middle of both pictures."""
        wide, count = 340.0, len(both[0].picture)

        def at(step: float, suv: float) -> tuple[float, float]:
            return left + wide * step / (count - 1), _TOP + _SIDE * (
                1 - min(1.0, max(0.0, suv / top))
            )

        drawn = [text(left, 16, "SUV along a line through the middle", size=13, weight=600)]
        for share in (0, 0.5, 1):
            x, y = at(0, top * share)
            drawn += [
                line(x, y, x + wide, y, stroke=LINE),
                text(x - 6, y + 4, f"{top * share:.0f}", size=12, fill=SOFT, anchor="end"),
            ]
        for seen, colour, dash in zip(both, _COLOURS, ("5 3", ""), strict=True):
            drawn.append(
                curve(
                    [at(step, suv) for step, suv in enumerate(seen.picture[count // 2])],
                    stroke=colour,
                    width=2.2,
                    dash=dash,
                )
            )
        drawn.append(
            text(
                left,
                _TOP + _SIDE + 20,
                "dashed: as usual; red: asked; same dice in both",
                size=12,
                fill=SOFT,
            )
        )
        return "".join(drawn)
