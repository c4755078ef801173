"""Where to put the needle: what pathology returns from one biopsy, and from twenty that might have
been taken instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.core.grade import Grade, grade_of
from netcourse.decisions.heterogeneity import (
    NO_TARGET,
    DualUptake,
    biopsy_part,
    biopsy_target,
    reads,
    who_grade,
)
from netcourse.evidence import figure, statement
from netcourse.patients import Patient
from netcourse.reading.lab.drawing import INK, LINE, SOFT, circle, rect, text
from netcourse.reading.lab.lab import Lab, Question
from netcourse.reading.lab.linked import MANY, link
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter, Range
from netcourse.reading.lab.prose import with_mark
from netcourse.reading.viewer.viewer import Viewer
from netcourse.simulation.biopsy import Sample, sample

NEEDLES = 20
_LEFT, _RIGHT, _TOP, _BOTTOM = 150.0, 836.0, 44.0, 190.0
_FILL = {"NET G1": "#eaf1f8", "NET G2": "#bcd4ea", "NET G3": "#7fabd3"}
_STEP = 14.0


class BiopsyLab(Model):
    """Take a biopsy of a lesion, or of a part of one, of a patient; another needle is another
    sample.

    >>> from netcourse.patients import generate
    >>> lab = BiopsyLab(generate("dedifferentiated_metastasis"))
    >>> lab.result
    'P1: NET G2, Ki-67 5.6 %; of 20 needles NET G1 6, NET G2 14'
    """

    title = "The needle"
    look = (
        "Choose where it goes and move through twenty needles: each is one that might have been"
        " taken. Then look where the rule aims."
    )

    needle = Range("Needle", 1, 1, NEEDLES, 1)

    def __init__(self, patient: Patient, title: str | None = None, **values: Any) -> None:
        self.patient = patient
        self.targets: Mapping[str, DualUptake] = {read.name: read for read in reads(patient)}
        if not self.targets:
            raise ValueError(f"patient {patient.id} has no lesion to biopsy")
        self.title = title or type(self).title  # type: ignore[misc]  # one lab's own heading
        options = {
            name: f"{name}, {patient.lesion(read.lesion).where}"
            for name, read in self.targets.items()
        }
        self._choice = Choice(
            "The needle goes to", options, next(iter(options)), menu=len(options) > MANY
        )
        self._choice.name = "lesion"
        self._taken: dict[str, tuple[Sample, ...]] = {}
        super().__init__(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        """The lesion, one of the patient's, and the needle."""
        return {"lesion": self._choice, **super().parameters()}

    @property
    def lesion(self) -> str:
        """Where the needle goes, by the name of a read."""
        return str(self.values["lesion"])

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What each of the needles would bring from there."""
        if self.lesion not in self._taken:
            read = self.targets[self.lesion]
            self._taken[self.lesion] = tuple(
                sample(self.patient, read.lesion, read.part, one) for one in range(1, NEEDLES + 1)
            )
        return self._taken[self.lesion]

    @property
    def sample(self) -> Sample:
        """What this needle brings."""
        return self.samples[round(self.needle) - 1]

    @property
    def rule(self) -> str:
        """The name of the read that the rule aims at, "none" where there is none."""
        target = biopsy_part(self.patient)
        if target is None:
            return "none"
        lesion, part = target
        return f"{lesion} part {part}" if part else lesion

    @property
    def result(self) -> str:
        told: dict[str, int] = {}
        for one in self.samples:
            told[_said(one)] = told.get(_said(one), 0) + 1
        many = ", ".join(f"{name} {count}" for name, count in sorted(told.items()))
        one = self.sample
        ki67 = f", Ki-67 {one.pathology.ki67_percent:g} %" if one.pathology else ""
        return f"{self.lesion}: {_said(one)}{ki67}; of {NEEDLES} needles {many}"

    def draw(self) -> LabFigure:
        drawn = [
            *_bands(),
            text(14, 96, "no tumour", size=13, fill=SOFT),
            text(14, 112, "in the sample", size=13, fill=SOFT),
        ]
        heights: dict[int, int] = {}
        for number, one in enumerate(self.samples, 1):
            ki67 = one.pathology.ki67_percent if one.pathology else None
            x = 120.0 if ki67 is None else _x(ki67)
            column = round(x / _STEP)
            heights[column] = heights.get(column, 0) + 1
            y = _BOTTOM - 10 - _STEP * (heights[column] - 1)
            now = number == round(self.needle)
            fill = INK if one.is_enough else "#ffffff"
            drawn.append(
                circle(
                    x if ki67 is None else column * _STEP,
                    y,
                    6 if now else 5,
                    fill=fill,
                    stroke=INK,
                    width=1.4,
                )
            )
            if now:
                drawn.append(
                    circle(
                        x if ki67 is None else column * _STEP,
                        y,
                        10,
                        fill="none",
                        stroke="#c25e00",
                        width=3,
                    )
                )
        drawn.append(
            text(
                _RIGHT,
                _BOTTOM + 42,
                "Ki-67 that pathology counts, %. Hollow: too few cells. Ring: this needle",
                size=12,
                fill=SOFT,
                anchor="end",
            )
        )
        return LabFigure(
            "".join(drawn), (860, 246), f"Ki-67 of {NEEDLES} needles. {self.result}", self._words()
        )

    def _words(self) -> str:
        one = self.sample
        graded = (
            who_grade(one.pathology)._repr_html_()
            if one.pathology
            else "<p>The needle missed the tumour.</p>"
        )
        few = f"<p>{one.cells} cells" + (
            "."
            if one.is_enough
            else f": fewer than the {figure('grade.cells').value:g} that Ki-67 asks for."
        )
        target = biopsy_target(self.patient)
        why = (
            escape(target.reasons[0].text) if target.decided and target.verdict != NO_TARGET else ""
        )
        aim = f"<p><strong>{self.rule}</strong>. {why} {with_mark(statement('HB1'))}</p>"
        aim = f"<details><summary>Where the rule aims</summary>{aim}</details>"
        stray = figure("biopsy.stray")
        caveat = f"<p>{with_mark(statement('GW6'))}</p>"
        foot = (
            f"<p><small>Needles stray by {stray.value:g} {stray.unit} (T), and a sample misses the"
            f" hot spot (T). {DISCLAIMER}</small></p>"
        )
        return (
            f"<p><strong>Needle {self.needle:g} into"
            f" {self.lesion}.</strong></p>{few}</p>{graded}{caveat}{aim}{foot}"
        )


def biopsy_lab(
    viewer: Viewer, patient: Patient, title: str | None = None, ask: Question | None = None
) -> Lab[BiopsyLab]:
    """Return the lab beside a viewer: where the needle goes and where the crosshair stands follow
    each other.
    """
    model = BiopsyLab(patient, title)
    link(viewer, model, patient)
    return Lab(model, ask=ask)


def _said(one: Sample) -> str:
    grade = grade_of(one.pathology) if one.pathology else None
    return "no tumour" if grade is None else grade.value


def _x(ki67: float) -> float:
    """Where a Ki-67 lies: wide below 30 %, where the borders are, narrow above."""
    share = 0.7 * min(ki67, 30.0) / 30 + 0.3 * max(0.0, min(ki67, 100.0) - 30) / 70
    return _LEFT + (_RIGHT - _LEFT) * share


def _bands() -> list[str]:
    low, high = figure("grade.g2.from").value, figure("grade.g2.to").value
    ends = {Grade.G1: (0.0, low), Grade.G2: (low, high), Grade.G3: (high, 100.0)}
    drawn = []
    for grade, (start, end) in ends.items():
        x, wide = _x(start), _x(end) - _x(start)
        drawn.append(
            rect(x, _TOP - 20, wide, _BOTTOM - _TOP + 20, fill=_FILL[grade.value], stroke=LINE)
        )
        drawn.append(
            text(
                x + wide / 2,
                _TOP - 4,
                grade.value.removeprefix("NET "),
                size=14,
                anchor="middle",
                weight=600,
            )
        )
    for value in (0, 5, 10, 15, 20, 25, 30, 50, 70, 100):
        drawn.append(
            text(_x(value), _BOTTOM + 18, f"{value:g}", size=12, fill=SOFT, anchor="middle")
        )
    return drawn
