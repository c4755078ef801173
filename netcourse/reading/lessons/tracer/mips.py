"""MIPs in labs: which tracer made this picture, and what is normal on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figures, statement
from netcourse.evidence.tracers import tracer_of
from netcourse.patients import OrganUptake, Patient, Tracer
from netcourse.reading.lab.drawing import INK, LESION, SOFT, circle, line, raster, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter, Switch
from netcourse.reading.lab.prose import with_mark
from netcourse.scanner import PetScan, Scan, Study, Volume, organ_positions, scan
from netcourse.scanner.study import Point

_TOP, _SUV_TOP = 26.0, 10.0
_STANDS_OUT, _ALWAYS = 2.0, ("liver", "spleen")
_HOW_TO_TELL = {"sst": "UP1", "glucose": "UP2", "amines": "UP3"}

# What is labelled: the label of the anatomy, and what readers call it.
_ORGANS = {
    "striatum": "striatum",
    "brain_grey": "brain",
    "pituitary": "pituitary",
    "salivary_gland": "salivary gland",
    "thyroid": "thyroid",
    "myocardium": "heart",
    "liver": "liver",
    "spleen": "spleen",
    "adrenal": "adrenal",
    "stomach_wall": "stomach",
    "pancreas": "pancreas",
    "bile": "gallbladder",
    "kidney_cortex": "kidney",
    "jejunum_wall": "small bowel",
    "colon_wall": "colon",
    "urine": "bladder",
}
_UPTAKE = {
    "brain_grey": "brain",
    "stomach_wall": "stomach",
    "bile": "gallbladder",
    "jejunum_wall": "small_bowel",
    "colon_wall": "colon",
}


def tracer_scan(tracer: Tracer) -> PetScan:
    """Return the scan that shows a tracer, FDG too.

    >>> tracer_scan("f18_fdg").of, tracer_scan("f18_sitate").tracer
    ('fdg', 'f18_sitate')
    """
    return PetScan(of="fdg") if tracer == "f18_fdg" else PetScan(tracer=tracer)


def mip_shades(volume: Volume, suv_top: float = _SUV_TOP) -> NDArray[np.uint8]:
    """Return the maximum-intensity projection from the front, head up, as inverted grey levels [z,
    x].
    """
    share = np.clip(volume.array.max(axis=1) / suv_top, 0, 1)[::-1]
    grey: NDArray[np.uint8] = (255 - np.rint(share * 255)).astype(np.uint8)
    return grey


class Mip:
    """A MIP on a sheet: its box, and where a point of the patient lies on it."""

    def __init__(self, volume: Volume, left: float, high: float) -> None:
        self.shades = mip_shades(volume)
        self.left, self.high = left, high
        self.wide = (
            high
            * self.shades.shape[1]
            * volume.spacing_mm[2]
            / (self.shades.shape[0] * volume.spacing_mm[0])
        )
        self._z, self._x, self._scale = (
            volume.centres_mm(0)[-1],
            volume.centres_mm(2)[0],
            high / (len(self.shades) * volume.spacing_mm[0]),
        )

    def at(self, point: Point) -> tuple[float, float]:
        """Where a point of the patient lies on the sheet."""
        return (
            self.left + (point[2] - self._x) * self._scale,
            _TOP + (self._z - point[0]) * self._scale,
        )

    @property
    def drawn(self) -> str:
        """The picture with its sides and watermark."""
        low = _TOP + self.high
        return (
            raster(self.left, _TOP, self.wide, self.high, self.shades)
            + text(self.left + 4, _TOP + 14, "R", size=12)
            + text(self.left + self.wide - 4, _TOP + 14, "L", size=12, anchor="end")
            + text(self.left + 4, low - 5, "SYNTHETIC", size=10, fill=SOFT)
        )


class UptakeAtlas(Model):
    """The normal uptake of each tracer on one patient's MIP, with labels that can be hidden.

    >>> from netcourse.patients import generate
    >>> atlas = UptakeAtlas(generate("small_metastases"), ["ga68_dotatoc", "f18_fdopa"])
    >>> atlas.tried(tracer="ga68_dotatoc").split("; ")[0]
    '68Ga-DOTATOC, SUV, hottest first: bladder 25'
    """

    title = "What is normal?"
    look = "Name every spot aloud from the head down, then show the labels."

    labels = Switch("Show the labels", False)

    def __init__(
        self, patient: Patient, tracers: Sequence[Tracer], study: Study | None = None, **values: Any
    ) -> None:
        self.patient = (
            patient
            if patient.fdg
            else patient.model_copy(update={"fdg": OrganUptake(tracer="f18_fdg")})
        )
        self._volumes = dict(study.volumes) if study else {}
        self._places: dict[str, dict[str, tuple[Point, ...]]] = {}
        self._choice = Choice("Tracer", {id: tracer_of(id).name for id in tracers}, tracers[0])
        self._choice.name = "tracer"
        super().__init__(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        """The tracer, one of those given, and the labels."""
        return {"tracer": self._choice, **super().parameters()}

    @property
    def tracer(self) -> Tracer:
        """The tracer on show."""
        return self.values["tracer"]  # type: ignore[no-any-return]

    @property
    def volume(self) -> Volume:
        """The scan with it."""
        if self.tracer not in self._volumes:
            self._volumes |= scan(self.patient, {self.tracer: tracer_scan(self.tracer)}).volumes
        return self._volumes[self.tracer]

    @property
    def places(self) -> dict[str, tuple[Point, ...]]:
        """Where the organs are seen on the MIP of the tracer on show."""
        if self.tracer not in self._places:
            self._places[self.tracer] = organ_positions(self.patient, self.volume)
        return self._places[self.tracer]

    @property
    def normal(self) -> dict[str, float]:
        """SUV of each organ that stands out from blood, and of liver and spleen, hottest first."""
        how = tracer_scan(self.tracer)
        suv = how.seen(self.patient).organs(how.of).suv
        least = _STANDS_OUT * suv["blood_pool"]
        found = {
            label: suv.get(_UPTAKE.get(label, label), 0.0)
            for label in _ORGANS
            if label in self.places
        }
        return dict(
            sorted(
                (
                    (label, value)
                    for label, value in found.items()
                    if value > least or label in _ALWAYS
                ),
                key=lambda item: -item[1],
            )
        )

    @property
    def result(self) -> str:
        row = tracer_of(self.tracer)
        return (
            f"{row.name}, SUV, hottest first:"
            f" {'; '.join(f'{_ORGANS[label]} {value:.3g}' for label, value in self.normal.items())}"
        )

    def draw(self) -> LabFigure:
        mip = Mip(self.volume, 270, 560)
        drawn = [mip.drawn]
        sides: dict[bool, list[tuple[str, Point]]] = {
            True: [],
            False: [],
        }  # of the sheet: left shows the patient's right
        for label in sorted(self.normal, key=lambda label: -self.places[label][0][0]):
            pair = self.places[label]
            left = len(sides[True]) <= len(sides[False]) if len(pair) == 2 else pair[0][2] < 0
            sides[left].append((label, pair[0 if left else -1]))
        for left, found in sides.items():
            y = 0.0
            for label, point in found:
                x, there = mip.at(point)
                y = max(there, y + 30)
                drawn.append(self._label(label, x, there, y, left=left, mip=mip))
        row = tracer_of(self.tracer)
        tell = statement("UP4" if row.camera == "SPECT" else _HOW_TO_TELL[row.target])
        shown = (
            f"<p>{with_mark(tell)}</p>"
            if self.labels
            else "<p>Name them, then show the labels.</p>"
        )
        alt = self.result if self.labels else f"MIP with {row.name}, labels hidden"
        return LabFigure(
            "".join(drawn),
            (860, round(_TOP + mip.high) + 8),
            alt,
            f"{shown}<p><small>{DISCLAIMER}.</small></p>",
        )

    def _is_max(self, label: str) -> bool:
        found = figures(f"uptake.{self.tracer}").get(_UPTAKE.get(label, label))
        return found is not None and found.statistic == "max"

    def _label(self, label: str, x: float, there: float, y: float, *, left: bool, mip: Mip) -> str:
        edge, at = (
            (mip.left - 16, mip.left - 22)
            if left
            else (mip.left + mip.wide + 16, mip.left + mip.wide + 22)
        )
        words = (
            f"{_ORGANS[label]}  {self.normal[label]:.3g}{' max' if self._is_max(label) else ''}"
            if self.labels
            else "?"
        )
        return (
            line(x, there, edge, y, stroke="#1f5f99")
            + circle(x, there, 5, fill="none", stroke="#ffffff", width=3.5)
            + circle(x, there, 5, fill="none", stroke="#1f5f99", width=1.8)
            + text(
                at,
                y + 5,
                words,
                size=14,
                anchor="end" if left else "start",
                fill=INK if self.labels else LESION,
            )
        )


class FourScans(Model):
    """Scans of one patient without their names: say which tracer made each.

    >>> from netcourse.patients import generate
    >>> four = FourScans(generate("small_metastases"), {"A": "f18_fdopa", "B": "ga68_dotatoc"})
    >>> four.tried(A="f18_fdopa"), four.tried(A="f18_fdopa", B="f18_fdopa")
    ('1 of 2 named: 1 right', '2 of 2 named: 1 right')
    """

    title = "Which tracer is which?"
    look = (
        "One patient, one scale. Look at the brain, the pituitary, the spleen, the gallbladder and"
        " the sharpness."
    )

    def __init__(
        self,
        patient: Patient,
        scans: Mapping[str, Tracer],
        study: Study | None = None,
        **values: Any,
    ) -> None:
        self.scans = dict(scans)
        wanted: dict[str, Scan] = {id: tracer_scan(id) for id in sorted(set(scans.values()))}
        self._study = study or scan(patient, wanted)
        self._parameters: dict[str, Parameter[Any]] = {}
        for letter in scans:
            parameter = Choice(f"{letter} is", {id: tracer_of(id).name for id in wanted}, menu=True)
            parameter.name = letter
            self._parameters[letter] = parameter
        super().__init__(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        """One choice per picture."""
        return self._parameters

    @property
    def result(self) -> str:
        said = {letter: id for letter, id in self.values.items() if id is not None}
        right = sum(self.scans[letter] == id for letter, id in said.items())
        return f"{len(said)} of {len(self.scans)} named: {right} right"

    def draw(self) -> LabFigure:
        step, drawn, told = 860 / len(self.scans), [], []
        high = min(400.0, step * 1.75)
        for place, (letter, tracer) in enumerate(self.scans.items()):
            mip = Mip(self._study[tracer], step * place, high)
            mip.left += (step - mip.wide) / 2
            drawn += [
                mip.drawn,
                text(mip.left + mip.wide / 2, 19, letter, size=18, anchor="middle", weight=700),
            ]
            said = self.values[letter]
            if said is not None:
                told.append(self._told(letter, tracer, said))
                mark, colour = ("✓", "#17602f") if said == tracer else ("✕", LESION)
                drawn.append(
                    text(mip.left + mip.wide / 2 + 18, 19, mark, size=18, fill=colour, weight=700)
                )
        words = f"<p><strong>{self.result}.</strong></p><ul>{''.join(told)}</ul>"
        return LabFigure(
            "".join(drawn),
            (860, round(_TOP + high) + 8),
            f"{len(self.scans)} MIPs, lettered. {self.result}",
            words,
        )

    @staticmethod
    def _told(letter: str, tracer: Tracer, said: str) -> str:
        row = tracer_of(tracer)
        tell = statement("UP4" if row.camera == "SPECT" else _HOW_TO_TELL[row.target])
        verdict = "right" if said == tracer else f"no, it is {row.name}"
        return f"<li><strong>{letter}</strong>: {escape(verdict)}. {with_mark(tell)}</li>"
