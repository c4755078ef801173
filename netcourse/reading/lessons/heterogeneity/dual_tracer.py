"""Two tracers, lesion by lesion: every lesion a point between its receptors and its FDG, and what
three scales make of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from netcourse.decisions.core import CANNOT_DECIDE, DISCLAIMER, Decision
from netcourse.decisions.heterogeneity import (
    CLASSES,
    DISAGREE,
    Cuts,
    DualUptake,
    joint_read,
    karfis,
    netpet,
    reads,
    schemes_disagree,
    zidan,
)
from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.reading.lab.drawing import LESION, LINE, SOFT, line, rect, text
from netcourse.reading.lab.lab import Lab, Question, script
from netcourse.reading.lab.linked import MANY, link
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter, Range
from netcourse.reading.lessons.heterogeneity.plane import BOTTOM, FILLS, TOP, Dot, drawn, plane_of
from netcourse.reading.viewer.viewer import Viewer

_SIDE = 566.0
_CUT, _SCORE = figure("netpet.fdg_positive"), figure("netpet.ssr_positive")
_ABOVE = {2: "background (NETPET, Karfis)", 3: "the liver (Zidan)"}


class DualTracer(Model):
    """Read a patient on two tracers; each read can be moved, and the cuts too.

    `lesion` names the read that `ssr` and `fdg` belong to, a lesion or a part of one. Raises
    ValueError for a patient without FDG on every lesion.

    >>> from netcourse.patients import generate
    >>> lab = DualTracer(generate("ileum_three_classes"))
    >>> lab.result
    'L1: P1; NETPET P3a, Karfis C2, Zidan 3'
    >>> lab.tried(lesion="L3", ssr=4.0)
    'L3: P4; NETPET P4a, Karfis C2, Zidan 4, they disagree'
    """

    title = "Two tracers, one plane"
    look = (
        "Choose a lesion or drag its dot. The grade is that of the most discordant one. Then move"
        " the cuts."
    )

    ssr = Range("Its SSR", 5, 0.1, 60, 0.1, "SUV")
    fdg = Range("Its FDG", 2, 0.1, 30, 0.1, "SUV")
    stand = Choice(
        "Lesions stand",
        {"moved": "where I move them", "measured": "where they were measured"},
        "moved",
    )
    fdg_cut = Range("FDG-positive above", _CUT.value, 0.5, 3, 0.1, "× liver")
    ssr_cut = Choice(
        "SSR-positive above",
        {str(score): words for score, words in _ABOVE.items()},
        f"{_SCORE.value:g}",
    )
    axes = Choice("Axes", {"times": "multiples of the liver", "suv": "SUVmax"}, "times")

    def __init__(
        self, patient: Patient, title: str | None = None, look: str | None = None, **values: Any
    ) -> None:
        self.patient = patient
        self.measured: Mapping[str, DualUptake] = {read.name: read for read in reads(patient)}
        if not self.measured or any(read.missing() for read in self.measured.values()):
            raise ValueError(f"patient {patient.id} has not every lesion on both scans")
        self.title = title or type(self).title  # type: ignore[misc]  # one lab's own heading
        self.look = type(self).look if look is None else look  # type: ignore[misc]
        options = {
            name: f"{name}, {patient.lesion(read.lesion).where}"
            for name, read in self.measured.items()
        }
        self._choice = Choice("Lesion", options, next(iter(options)), menu=len(options) > MANY)
        self._choice.name = "lesion"
        self._moved: dict[str, tuple[float, float]] = {}
        first = str(values.get("lesion", self._choice.start))
        super().__init__(
            **({"lesion": first} | (self._at(first) if first in options else {}) | values)
        )

    def parameters(self) -> dict[str, Parameter[Any]]:
        """The lesion, one of the patient's, and the rest."""
        return {"lesion": self._choice, **super().parameters()}

    def set(self, **values: Any) -> None:
        """Set parameters; another lesion brings its own uptake, and moving one shows lesions where they
        were moved.
        """
        name = values.get("lesion", self.values["lesion"])
        if name in self.measured:
            if name != self.values["lesion"] or values.get("stand") == "measured":
                values = self._at(name, values.get("stand", self.stand)) | values
            elif {"ssr", "fdg"} & set(values):
                values = {"stand": "moved"} | values
        super().set(**values)

    def changed(self) -> None:
        name, now = self.lesion, {"ssr": self.ssr, "fdg": self.fdg}
        if self.stand == "moved":
            if now == self._at(name, "measured"):
                self._moved.pop(name, None)
            else:
                self._moved[name] = (self.ssr, self.fdg)
        super().changed()

    @property
    def lesion(self) -> str:
        """The read at hand, by its name."""
        return str(self.values["lesion"])

    @property
    def cuts(self) -> Cuts:
        """Above what a scan is positive now."""
        return Cuts(fdg_times_liver=self.fdg_cut, ssr_score=int(str(self.ssr_cut)))

    @property
    def reads(self) -> tuple[DualUptake, ...]:
        """Every read as it stands now."""
        return tuple(self._stands(name) for name in self.measured)

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """What the three scales say of the patient, and whether they part."""
        return _decided(self.reads, self.cuts)

    @property
    def result(self) -> str:
        level, said = self._stands(self.lesion).level(self.cuts), self.decisions
        scales = ", ".join(f"{name} {said[name].verdict}" for name in ("NETPET", "Karfis", "Zidan"))
        parts = ", they disagree" if said["disagree"].verdict == DISAGREE else ""
        return f"{self.lesion}: {'open' if level is None else CLASSES[level]}; {scales}{parts}"

    def draw(self) -> LabFigure:
        read, cuts, said = self._stands(self.lesion), self.cuts, self.decisions
        assert read.fdg is not None
        livers = (read.ssr.liver or 1.0, read.fdg.liver or 1.0)
        dots = [self._dot(name) for name in self.measured]
        plane = drawn(
            plane_of(self.measured[self.lesion], cuts),
            dots,
            self.lesion,
            livers if self.axes == "suv" else None,
        )
        alt = (
            f"Plane of SSR and FDG uptake with {len(dots)} lesions."
            f" {'; '.join(dot.words for dot in dots)}. {self.result}."
        )
        same = joint_read([one for one in self.reads if one.lesion == read.lesion], cuts)
        return LabFigure(plane + self._side(dots, said), (860, 452), alt, self._words(same, said))

    def _side(self, dots: list[Dot], said: Mapping[str, Decision]) -> str:
        """The three scales, and the lesion at hand."""
        found = [text(_SIDE, TOP + 14, "The patient", size=13, fill=SOFT)]
        parted = said["disagree"].verdict == DISAGREE
        for row, name in enumerate(("NETPET", "Karfis", "Zidan")):
            y, verdict = TOP + 26 + 44 * row, said[name].verdict
            top = int(verdict[1]) if name == "NETPET" and verdict[:1] == "P" else None
            found += [
                rect(
                    _SIDE,
                    y,
                    286,
                    36,
                    fill=FILLS[top] if top is not None else "#f4f6f8",
                    stroke=LINE,
                ),
                text(_SIDE + 12, y + 24, name, size=15),
                text(
                    _SIDE + 274,
                    y + 25,
                    verdict,
                    size=20 if len(verdict) < 6 else 15,
                    anchor="end",
                    weight=700,
                ),
            ]
        words = "The scales disagree: see below" if parted else "The scales give the same advice"
        found.append(
            text(
                _SIDE,
                TOP + 178,
                words,
                size=14,
                fill=LESION if parted else SOFT,
                weight=600 if parted else 400,
            )
        )
        dot = next(dot for dot in dots if dot.name == self.lesion)
        y = TOP + 216
        lesion = self.patient.lesion(self.measured[self.lesion].lesion)
        found += [
            line(_SIDE, y - 20, _SIDE + 286, y - 20, stroke=LINE),
            text(
                _SIDE, y, f"{dot.name}, {lesion.where}, {dot.size_mm:.0f} mm", size=14, weight=600
            ),
            text(
                _SIDE, y + 24, f"SSR SUVmax {dot.suv[0]:.1f}, {dot.times[0]:.2f} × liver", size=14
            ),
            text(
                _SIDE, y + 46, f"FDG SUVmax {dot.suv[1]:.1f}, {dot.times[1]:.2f} × liver", size=14
            ),
            text(
                _SIDE, y + 68, f"FDG ÷ SSR = {dot.times[1] / max(dot.times[0], 1e-6):.2f}", size=14
            ),
            text(
                _SIDE,
                BOTTOM - 4,
                f"{len(self._moved)} moved by you" if self._moved and self.stand == "moved" else "",
                size=13,
                fill=SOFT,
            ),
        ]
        if dot.level is not None:
            found.append(rect(_SIDE, y + 82, 66, 34, fill=FILLS[dot.level], stroke=LINE))
            found.append(
                text(_SIDE + 33, y + 106, CLASSES[dot.level], size=20, anchor="middle", weight=700)
            )
        return "".join(found)

    def _words(self, lesion: Decision, said: Mapping[str, Decision]) -> str:
        grade, parting = said["NETPET"], said["disagree"]
        row = next((one for one in reversed(lesion.reasons) if one.rule.startswith("JR")), None)
        first = (
            f"<p><strong>{escape(self.measured[self.lesion].lesion)}:</strong>"
            f" {escape(row.text) if row else CANNOT_DECIDE}</p>"
        )
        why = "".join(
            f"<li>{escape(one.text)} <small>{one.rule} {one.mark}</small></li>"
            for one in grade.reasons
        )
        flips = "".join(f"<li>{escape(flip.text)}</li>" for flip in grade.flips[:3])
        parts = ""
        if parting.verdict == DISAGREE:
            rows = "".join(
                f"<li>{escape(one.text)} <small>{one.rule} {one.mark}</small></li>"
                for one in parting.reasons
            )
            parts = f"<p><strong>Where the scales part:</strong></p><ul>{rows}</ul>"
        near = f"<p>What would change it:</p><ul>{flips}</ul>" if flips else ""
        cited = "; ".join(dict.fromkeys(one.source for one in (*grade.reasons, *parting.reasons)))
        foot = f"<p><small>Sources: {escape(cited)}. {DISCLAIMER}</small></p>"
        return (
            f"<div class='nc-decision'>{first}<p><strong>NETPET"
            f" {grade.verdict}</strong></p><ul>{why}</ul>{parts}{near}{foot}</div>"
        )

    def _at(self, name: str, stand: Any = "moved") -> dict[str, float]:
        """The uptake of a read: where it was moved, or as measured; within what the parameters can
        show.
        """
        read = self.measured[name]
        assert read.fdg is not None
        ssr, fdg = (
            self._moved.get(name, (read.ssr.suv_max, read.fdg.suv_max))
            if stand == "moved"
            else (read.ssr.suv_max, read.fdg.suv_max)
        )
        parameters = type(self)
        return {
            "ssr": min(max(ssr, parameters.ssr.low), parameters.ssr.high),
            "fdg": min(max(fdg, parameters.fdg.low), parameters.fdg.high),
        }

    def _stands(self, name: str) -> DualUptake:
        read, now = self.measured[name], self._at(name, self.stand)
        assert read.fdg is not None
        return read.model_copy(
            update={
                "ssr": read.ssr.model_copy(update={"suv_max": now["ssr"]}),
                "fdg": read.fdg.model_copy(update={"suv_max": now["fdg"]}),
            }
        )

    def _dot(self, name: str) -> Dot:
        read, before = self._stands(name), self.measured[name]
        assert read.fdg is not None
        assert before.fdg is not None
        livers = (read.ssr.liver or 1.0, read.fdg.liver or 1.0)
        times = (read.ssr.suv_max / livers[0], read.fdg.suv_max / livers[1])
        measured = (before.ssr.suv_max / livers[0], before.fdg.suv_max / livers[1])
        size = read.ssr.diameter_mm or 10.0
        return Dot(
            name, (read.ssr.suv_max, read.fdg.suv_max), times, read.level(self.cuts), size, measured
        )


class DualTracerLab(Lab[DualTracer]):
    """The plane on the page: a dot is chosen with a click, and where its sliders are shown it can
    be dragged too.
    """

    _esm = script(__package__, "plane.js")


@lru_cache(maxsize=64)
def _decided(found: tuple[DualUptake, ...], cuts: Cuts) -> Mapping[str, Decision]:
    scales = {
        "NETPET": netpet(found, cuts),
        "Karfis": karfis(found, cuts),
        "Zidan": zidan(found, cuts),
    }
    return scales | {"disagree": schemes_disagree(found, cuts)}


def dual_tracer(
    viewer: Viewer,
    patient: Patient,
    title: str | None = None,
    look: str | None = None,
    *,
    ask: Question | None = None,
    controls: Sequence[str] | None = None,
    **values: Any,
) -> DualTracerLab:
    """Return the lab beside a viewer of both scans: choosing a lesion moves the crosshair, and the
    crosshair chooses.
    """
    model = DualTracer(patient, title, look, **values)
    link(viewer, model, patient)
    return DualTracerLab(model, controls=controls, ask=ask)
