"""Partial volume: what blur does to a small hot lesion, and to its score."""

from __future__ import annotations

from typing import Any

from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, Uptake, measured_suv, recovery
from netcourse.patients.partial_volume import blurred_sphere
from netcourse.reading.lab.drawing import (
    INK,
    LESION,
    LINE,
    SOFT,
    WARN,
    circle,
    curve,
    line,
    n,
    pet_grey,
    rect,
    text,
)
from netcourse.reading.lab.parameters import LabFigure, Model, Range

_WINDOW_MM, _STOPS = 44.0, 22


class SmallLesion(Model):
    """Shrink a lesion of constant true uptake, or sharpen the scanner.

    >>> from netcourse.patients import generate
    >>> small = SmallLesion(generate("ileum_disseminated"), "N1")
    >>> for size in (20, 8, 5):
    ...     print(small.tried(size_mm=size))
    20 mm, true SUV 20.0: reads 20.0, score 4
    8 mm, true SUV 20.0: reads 10.5, score 3 instead of 4
    5 mm, true SUV 20.0: reads 4.0, score 2 instead of 4
    """

    title = "A true 4 that shrinks"
    look = (
        "The tissue never changes. Make the lesion smaller and watch the picture, the SUVmax and"
        " the score."
    )

    size_mm = Range("Diameter", 20, 4, 30, 0.5, "mm")
    true_suv = Range("True uptake of the lesion", 20, 1, 60, 0.5, "SUV")
    fwhm_mm = Range("Resolution of the scan (FWHM)", 6, 4, 10, 0.5, "mm")

    def __init__(self, patient: Patient, lesion: Lesion | str, **values: Any) -> None:
        self._measured = patient.uptake(lesion)
        assert self._measured.background is not None
        self._around = self._measured.background
        super().__init__(**values)

    @property
    def suv_max(self) -> float:
        """What the scan shows of it, SUV."""
        return round(measured_suv(self.true_suv, self._around, self.size_mm, self.fwhm_mm), 2)

    def _uptake(self, suv_max: float) -> Uptake:
        return self._measured.model_copy(
            update={"suv_max": suv_max, "diameter_mm": self.size_mm, "fwhm_mm": self.fwhm_mm}
        )

    @property
    def decision(self) -> Decision:
        """The score that the scan gives."""
        return krenning(self._uptake(self.suv_max))

    @property
    def true_score(self) -> str:
        """The score that the tissue deserves."""
        return krenning(self._uptake(self.true_suv)).verdict

    @property
    def result(self) -> str:
        seen, true = self.decision.verdict, self.true_score
        instead = f" instead of {true}" if seen != true else ""
        return (
            f"{self.size_mm:g} mm, true SUV {self.true_suv:.1f}: reads {self.suv_max:.1f}, score"
            f" {seen}{instead}"
        )

    def draw(self) -> LabFigure:
        kept = recovery(self.size_mm, self.fwhm_mm)
        drawn = [
            self._disc(20, "the tissue", sharp=True),
            self._disc(232, "the scan", sharp=False),
            self._curve(490, kept),
        ]
        alt = f"{self.result}. Recovery {kept:.2f} at {self.fwhm_mm:g} mm FWHM."
        return LabFigure("".join(drawn), (860, 268), alt, self.decision._repr_html_())

    def before(self) -> LabFigure:
        drawn = self._disc(20, "the tissue", sharp=True) + self._disc(232, "the scan", sharp=False)
        return LabFigure(drawn, (450, 268), f"A lesion of {self.size_mm:g} mm and its scan")

    def _disc(self, left: float, name: str, *, sharp: bool) -> str:
        """The lesion in its surroundings as a PET in inverted grey, 44 mm wide."""
        side, top, suv_top = 190.0, 24.0, figure("reading.suv_top").value
        scale = side / _WINDOW_MM
        middle = (left + side / 2, top + side / 2)
        around = pet_grey(self._around, suv_top)
        box = rect(left, top, side, side, fill=around, stroke=LINE)
        if sharp:
            picture = circle(
                *middle, self.size_mm / 2 * scale, fill=pet_grey(self.true_suv, suv_top)
            )
        else:
            reach = _WINDOW_MM / 2
            stops = ""
            for i in range(_STOPS + 1):
                share = blurred_sphere(reach * i / _STOPS, self.size_mm, self.fwhm_mm)
                grey = pet_grey(self._around + share * (self.true_suv - self._around), suv_top)
                stops += f'<stop offset="{n(100 * i / _STOPS)}%" stop-color="{grey}"/>'
            id = f"nc-blur-{self.size_mm:g}-{self.true_suv:g}-{self.fwhm_mm:g}".replace(".", "_")
            picture = f'<defs><radialGradient id="{id}">{stops}</radialGradient></defs>' + circle(
                *middle, side / 2, fill=f"url(#{id})"
            )
        suv = self.true_suv if sharp else self.suv_max
        words = f"true SUV {suv:.1f}" if sharp else f"SUVmax {suv:.1f}"
        score = self.true_score if sharp else self.decision.verdict
        return (
            text(left, 15, name[0].upper() + name[1:], weight=600)
            + box
            + picture
            + line(
                left + 8, top + side - 9, left + 8 + 10 * scale, top + side - 9, stroke=INK, width=3
            )
            + text(left + 8, top + side - 15, "1 cm", size=12)
            + text(left, top + side + 21, words, size=14)
            + text(
                left,
                top + side + 42,
                f"score {score}",
                size=16,
                weight=700,
                fill=INK if sharp or score == self.true_score else LESION,
            )
        )

    def _curve(self, left: float, kept: float) -> str:
        """Recovery against diameter at this resolution, with the lesion on it."""
        top, wide, high, longest = 24.0, 340.0, 180.0, 30.0

        def x(mm: float) -> float:
            return left + wide * mm / longest

        def y(share: float) -> float:
            return top + high * (1 - share)

        limit = min(longest, figure("partial_volume.factor").value * self.fwhm_mm)
        drawn = [rect(left, top, x(limit) - left, high, fill=WARN, opacity=0.13)]
        underread = f"shaded: below {figure('partial_volume.factor').value:g} × FWHM, underread"
        drawn.append(text(left, top + high + 36, underread, size=12, fill=WARN))
        for share in (0, 0.5, 1):
            drawn += [
                line(left, y(share), left + wide, y(share), stroke=LINE),
                text(
                    left - 6, y(share) + 4, f"{100 * share:g} %", size=12, fill=SOFT, anchor="end"
                ),
            ]
        for mm in (0, 5, 10, 15, 20, 25, 30):
            drawn.append(text(x(mm), top + high + 17, f"{mm}", size=12, fill=SOFT, anchor="middle"))
        drawn.append(
            curve(
                [(x(mm / 2), y(recovery(mm / 2, self.fwhm_mm))) for mm in range(61)],
                stroke=INK,
                width=2.5,
            )
        )
        drawn.append(
            line(
                x(self.size_mm), y(kept), x(self.size_mm), y(0), stroke=LESION, width=2, dash="4 3"
            )
        )
        drawn.append(circle(x(self.size_mm), y(kept), 6, fill=LESION))
        beside = -10 if self.size_mm > 20 else 10
        drawn.append(
            text(
                x(self.size_mm) + beside,
                y(kept) + (22 if kept > 0.2 else -10),
                f"{100 * kept:.0f} %",
                size=14,
                fill=LESION,
                weight=700,
                anchor="end" if beside < 0 else "start",
            )
        )
        drawn.append(
            text(left + wide, top + high + 36, "diameter, mm", size=12, fill=SOFT, anchor="end")
        )
        drawn.append(text(left, 15, "Recovered contrast", weight=600))
        return "".join(drawn)
