"""CT over time: inject contrast, drag through the seconds, and see one slice, its curves and what a
lesion stands out by.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.decisions.ct import appearance, enhancement_pattern
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient
from netcourse.reading.lab.curves import COLOURS, Graph, Line
from netcourse.reading.lab.drawing import ON_PICTURE, n, raster, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range
from netcourse.reading.lab.prose import Prose
from netcourse.reading.viewer.windowing import grey, windows
from netcourse.scanner import (
    PHASES,
    Circulation,
    CtScan,
    Injection,
    Kinetics,
    SliceMix,
    enhance,
    lesion_tissue,
    noise_sd,
    phase_start_s,
    positions,
    slice_over_time,
    surrounding_tissue,
)
from netcourse.scanner.acquisition import Phase

LAST_S = 300
_MARKED: tuple[Phase, ...] = ("late arterial", "portal venous")
_CROP_MM = 9.0
_PAPER_WIDE = 400.0
_ALONE_WIDE = 560.0


class OverTime(Model):
    """One axial slice of a patient from 0 to 300 s after the start of an injection.

    `lesions` are read, the first one first; the slice goes through it. Parameters that a lesson does not
    show keep their usual values. Raises ValueError without a lesion that CT shows, KeyError for an
    unknown one.

    >>> from netcourse.patients import generate
    >>> lab = OverTime(generate("ileum_disseminated"), ["L2"])
    >>> lab.phase_s = 38
    >>> lab.result
    '38 s: L2 95 HU, liver 74 HU: difference +21 HU (hyper), contrast-to-noise 2.1'
    """

    title = "CT over time"
    look = (
        "Drag the time. The line runs along the curves; the sentence below says what the lesion"
        " stands out by."
    )

    phase_s = Range("Time after the injection starts", 68, 0, LAST_S, 1, "s", rests=True)
    rate_ml_s = Range("Injection rate", 4, 1, 6, 0.5, "mL/s")
    iodine_mg_per_kg = Range("Iodine", 500, 150, 600, 50, "mg I/kg")
    cardiac_output_l_min = Range("Cardiac output", 6.5, 2.5, 10, 0.1, "L/min")
    ctdi_vol_mgy = Range("Radiation dose (CTDIvol)", 11, 1, 22, 1, "mGy")
    timing = Choice(
        "The scanner starts",
        {"fixed": "after a fixed delay", "tracked": "when the aorta lights up (bolus tracking)"},
        "fixed",
    )

    def __init__(
        self,
        patient: Patient,
        lesions: Sequence[str],
        title: str | None = None,
        look: str | None = None,
        *,
        window: str = "liver",
        markers: bool = True,
        vessels: Sequence[str] = ("aorta", "portal_vein"),
        **values: Any,
    ) -> None:
        if window not in windows():
            raise ValueError(f"there is no window '{window}'; windows are {', '.join(windows())}")
        self.patient, self.lesions = patient, [patient.lesion(id) for id in lesions]
        if not self.lesions or any(lesion_tissue(one) is None for one in self.lesions):
            raise ValueError("name at least one lesion, and only lesions that CT shows")
        self.window, self.markers, self.vessels = window, markers, tuple(vessels)
        self.title = title or type(self).title  # type: ignore[misc]  # one lab's own heading
        self.look = type(self).look if look is None else look  # type: ignore[misc]
        usual = round(Circulation.of(patient).usual_output_l_min, 1)
        super().__init__(**({"cardiac_output_l_min": usual} | values))

    def set(self, **values: Any) -> None:
        """Set parameters as every model does; a picture taken at the start of a phase moves with that
        start when the scanner follows the bolus, or no longer does.
        """
        taken = self._phase_taken() if "phase_s" not in values else None
        super().set(**values)
        if taken is not None and self.start_s(taken) != self.phase_s:
            super().set(phase_s=self.start_s(taken))

    def _phase_taken(self) -> Phase | None:
        """The phase at whose start the picture was taken, None between phases."""
        starts = (phase for phase in PHASES if self.start_s(phase) == self.phase_s)
        return next(starts, None)

    @cached_property
    def mix(self) -> SliceMix:
        """The slice through the first lesion, as a mixture of tissues."""
        return slice_over_time(self.patient, self.where[self.lesions[0].id][0])

    @cached_property
    def where(self) -> dict[str, tuple[float, float, float]]:
        """Where the lesions lie, (z, y, x) in mm."""
        return positions(self.patient)

    @property
    def scan(self) -> CtScan:
        """The scan at the present settings."""
        injection = Injection(iodine_mg_per_kg=self.iodine_mg_per_kg, rate_ml_s=self.rate_ml_s)
        return CtScan(
            self.phase_s, injection, self.cardiac_output_l_min, ctdi_vol_mgy=self.ctdi_vol_mgy
        )

    @property
    def kinetics(self) -> Kinetics:
        """Where the contrast goes at the present settings."""
        return self.scan.kinetics(self.patient)

    def curve(self, tissue: str) -> NDArray[np.float64]:
        """Return a tissue's HU at every whole second."""
        if tissue not in self.kinetics.curves:
            id = f"ct.oral.{self.scan.oral}" if tissue == "bowel_fluid" else f"ct.plain.{tissue}"
            return np.full(LAST_S + 1, figure(id).value)
        return np.asarray(
            np.interp(np.arange(LAST_S + 1), self.kinetics.times_s, self.kinetics.curves[tissue])
        )

    def delta_hu(self, lesion: str | None = None) -> NDArray[np.float64]:
        """Return how much a lesion (default: the first) differs from what surrounds it, HU at every
        whole second.
        """
        found = self._of(lesion)
        return self.curve(_tissue(found)) - self.curve(surrounding_tissue(found))

    def best_s(self, lesion: str | None = None) -> int:
        """Return the second at which a lesion stands out most."""
        return int(np.abs(self.delta_hu(lesion)).argmax())

    def faintest(self, second: int) -> str:
        """Return the lesion that differs least from what surrounds it at a second."""
        away = {lesion.id: abs(self.delta_hu(lesion.id)[second]) for lesion in self.lesions}
        return min(away, key=away.__getitem__)

    def ever_seen(self) -> list[str]:
        """Return the lesions that differ from what surrounds them at some second, by the course's
        threshold.
        """
        return [
            one.id
            for one in self.lesions
            if np.abs(self.delta_hu(one.id)).max() >= figure("enhancement.class").value
        ]

    def patterns(self) -> Prose:
        """Return each lesion's pattern of enhancement with its reasons, folded away on the page."""
        found = {}
        for one in self.lesions:
            delta = self.delta_hu(one.id)
            found[one.id] = enhancement_pattern(
                *(round(float(delta[round(phase_start_s(phase))]), 1) for phase in _MARKED)
            )
        rows = "".join(f"<h4>{id}</h4>{decision._repr_html_()}" for id, decision in found.items())
        plain = "\n".join(f"{id} {decision}" for id, decision in found.items())
        return Prose(
            plain,
            "<details><summary>The patterns by the rule (tells the"
            f" answer)</summary>{rows}</details>",
        )

    @property
    def noise_hu(self) -> float:
        """The noise of the scan, HU."""
        return noise_sd(self.scan)

    def start_s(self, phase: Phase) -> float:
        """Return when a phase is scanned: after its fixed delay, or as long after the trigger as
        usual where it is tracked.
        """
        if self.timing == "fixed":
            return phase_start_s(phase)
        trigger, usual = self.kinetics.trigger_s, enhance().trigger_s
        if trigger is None or usual is None:
            return phase_start_s(phase)
        return min(float(round(trigger + phase_start_s(phase) - usual)), float(LAST_S))

    @property
    def result(self) -> str:
        return f"{self.phase_s:g} s: {self.sentence()}"

    def sentence(self, lesion: str | None = None) -> str:
        """Say what a lesion (default: the first) stands out by now."""
        found, now = self._of(lesion), round(self.phase_s)
        own, around = (
            float(self.curve(tissue)[now]) for tissue in (_tissue(found), surrounding_tissue(found))
        )
        delta = own - around
        sign, word = "−" if delta < 0 else "+", appearance(own, around)
        organ = surrounding_tissue(found).replace("_", " ")
        return (
            f"{found.id} {own:.0f} HU, {organ} {around:.0f} HU: difference {sign}{abs(delta):.0f}"
            f" HU ({word}), contrast-to-noise {abs(delta) / self.noise_hu:.1f}"
        )

    @property
    def graph(self) -> Graph:
        """The curves of lesions, organs and vessels at the present settings."""
        names: dict[str, str] = {}
        for lesion in self.lesions:
            names[_tissue(lesion)] = ", ".join(
                one.id for one in self.lesions if _tissue(one) == _tissue(lesion)
            )
        for tissue in (*(surrounding_tissue(one) for one in self.lesions), *self.vessels):
            names.setdefault(tissue, tissue.replace("_", " "))
        drawn = [tissue for tissue in names if tissue in self.kinetics.curves]
        lines = [
            Line(tissue, names[tissue], COLOURS[i % len(COLOURS)], self.curve(tissue))
            for i, tissue in enumerate(drawn)
        ]
        return Graph(lines, [(phase, self.start_s(phase)) for phase in _MARKED])

    @cached_property
    def crop(self) -> tuple[slice, slice]:
        """The rows and columns of the slice that hold the body."""
        beside = [
            i for i, tissue in enumerate(self.mix.tissues) if tissue in ("air", "table", "foam")
        ]
        inside = self.mix.weights[beside].sum(axis=0) < 0.5
        edge = round(_CROP_MM / self.mix.spacing_mm[0])
        spans = [np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0)]
        rows, columns = (
            slice(max(int(span[0]) - edge, 0), int(span[-1]) + edge + 1) for span in spans
        )
        return rows, columns

    def picture(self) -> NDArray[np.uint8]:
        """Return the slice now, as grey levels in the lab's window."""
        hu = self.mix.at(
            {tissue: float(self.curve(tissue)[round(self.phase_s)]) for tissue in self.mix.tissues}
        )
        return grey(
            (hu + self.mix.noise * (self.noise_hu / noise_sd(CtScan())))[self.crop],
            windows()[self.window],
        )

    def before(self) -> LabFigure:
        drawn, high = self._slice(_ALONE_WIDE)
        alt = f"Axial CT of a synthetic patient, {self.phase_s:g} s after the injection started"
        return LabFigure(drawn, (round(_ALONE_WIDE), round(high) + 24), alt)

    def draw(self) -> LabFigure:
        graph, (drawn, high) = self.graph, self._slice(_PAPER_WIDE)
        drawn += (
            f'<g transform="translate({n(_PAPER_WIDE + 16)}'
            f' 0)">{graph.drawing}{graph.cursor(self.phase_s)}</g>'
        )
        size = (round(_PAPER_WIDE) + 16 + graph.size[0], max(round(high) + 24, graph.size[1]))
        return LabFigure(drawn, size, f"Axial CT of a synthetic patient. {self.result}")

    def _slice(self, wide: float) -> tuple[str, float]:
        """The slice now, so wide, and its height."""
        shades = self.picture()
        high = wide * shades.shape[0] / shades.shape[1]
        drawn = raster(0, 18, wide, high, shades)
        for x, y, word, anchor in (
            (6, 18 + high / 2, "R", "start"),
            (wide - 6, 18 + high / 2, "L", "end"),
            (6, 35, f"{self.phase_s:g} s", "start"),
            (6, 12 + high, "SYNTHETIC, not for patient care", "start"),
        ):
            drawn += text(x, y, word, fill=ON_PICTURE, anchor=anchor)
        return drawn, high

    def _of(self, id: str | None) -> Lesion:
        return self.lesions[0] if id is None else self.patient.lesion(id)


def phase_names() -> list[str]:
    """Return the name of the phase at every whole second, empty between phases."""
    names = [""] * (LAST_S + 1)
    for phase in reversed(PHASES):
        window = figure(f"phase.{phase.replace(' ', '_')}.start")
        low, high = round(window.low or window.value), round(window.high or window.value)
        for second in range(low, min(high, LAST_S) + 1):
            names[second] = f"{phase} phase"
    names[0] = "unenhanced"
    return names


def _tissue(lesion: Lesion) -> str:
    found = lesion_tissue(lesion)
    if found is None:
        raise ValueError(f"CT does not show {lesion.id}")
    return found


__all__ = ["LAST_S", "OverTime", "phase_names"]
