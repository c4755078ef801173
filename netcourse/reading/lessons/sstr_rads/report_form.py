"""A structured report of a whole scan: a form, the text that comes out of it, and how it compares
with the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any

import traitlets as t

from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin import CATEGORIES
from netcourse.decisions.somatostatin.structured_report import (
    MOST_ROWS,
    OVERALL,
    Compared,
    StructuredReport,
    compare_report,
    overall_right,
    report_text,
    sites_by_organ,
    true_report,
)
from netcourse.patients import Patient
from netcourse.reading.lab.drawing import text
from netcourse.reading.lab.lab import Lab, script, text_file
from netcourse.reading.lab.parameters import LabFigure, Model, Parameter, Switch
from netcourse.reading.lab.prose import table
from netcourse.reading.viewer.viewer import Viewer

_EMPTY = ("|",)
_OUTCOMES = {
    "found": "found",
    "missed": "missed",
    "invented": "not there",
    "over-called": "over-called",
    "benign": "rightly benign",
}


class ReportLines(Parameter[tuple[str, ...]]):
    """A report as short lines; the figure draws its form."""

    kind = "own"

    def check(self, value: Any) -> tuple[str, ...]:
        return StructuredReport.from_lines(value).lines


class ReportForm(Model):
    """A patient's scan reported line by line.

    `recommendations` gives each one's id and sentence, `right` the id that holds.

    >>> from netcourse.patients import generate
    >>> form = ReportForm(generate("breast_and_spleen"), {"us": "Ultrasound of the breast."}, "us")
    >>> form.tried(report=["3C|us", "breast_left|15|8.5|3|3C"])
    '1 lesion, 1 found, 0 missed, 0 invented, 0 mis-scored; overall right'
    >>> form.tried(report=["5|us", "pancreas_tail|14|15|3|5"])
    '1 lesion, 0 found, 1 missed, 1 invented, 0 mis-scored; overall wrong'
    """

    title = "Structured report"
    look = (
        "Report the scan: one entry per lesion, the overall score, a recommendation. The text below"
        " is ready to copy. Then compare."
    )

    report = ReportLines("Report", _EMPTY)
    compare = Switch("Compare with the truth", False)

    def __init__(
        self,
        patient: Patient,
        recommendations: Mapping[str, str],
        right: str,
        title: str | None = None,
        **values: Any,
    ) -> None:
        if right not in recommendations:
            raise ValueError(
                f"the right recommendation is '{right}'; it must be one of"
                f" {', '.join(recommendations)}"
            )
        self.patient, self.recommendations, self.right = patient, dict(recommendations), right
        if title is not None:
            self.title = title  # type: ignore[misc]  # one lab's own heading
        super().__init__(**values)

    @property
    def read(self) -> StructuredReport:
        """The report as filled in."""
        return StructuredReport.from_lines(self.report)

    @property
    def text(self) -> str:
        """The report as it reads."""
        return report_text(self.read, self.patient, self.recommendations)

    @property
    def compared(self) -> tuple[Compared, ...]:
        """How each line, and each lesion of the patient, comes out."""
        return compare_report(self.read, self.patient)

    @property
    def result(self) -> str:
        if self.read == StructuredReport():
            return "nothing reported yet"
        found = self.compared
        count = {outcome: sum(one.outcome == outcome for one in found) for outcome in _OUTCOMES}
        off = sum(one.outcome == "found" and not one.scored_right for one in found)
        rows = len(self.read.rows)
        overall = "right" if overall_right(self.read, self.patient) else "wrong"
        return (
            f"{rows} lesion{'s' if rows != 1 else ''}, {count['found']} found, {count['missed']}"
            f" missed, {count['invented'] + count['over-called']} invented, {off} mis-scored;"
            f" overall {overall}"
        )

    def draw(self) -> LabFigure:
        lines = [
            piece
            for line in self.text.splitlines()
            for piece in wrap(line, 104, break_on_hyphens=False) or [""]
        ]
        drawn = "".join(
            text(14, 26 + 19 * n, line, weight=600 if line.isupper() else 400)
            for n, line in enumerate(lines)
        )
        return LabFigure(
            drawn,
            (860, 32 + 19 * len(lines)),
            f"A report of {len(self.read.rows)} lesions.",
            self._words() if self.compare else "",
        )

    def _words(self) -> str:
        right = true_report(self.patient, self.right)
        rows = [self._row(one) for one in self.compared]
        head = ("Line", "Lesion of the patient", "Outcome", "Krenning", "SSTR-RADS")
        told = self.read.recommendation == self.right
        advice = (
            "Your recommendation is right."
            if told
            else f"Recommended: {escape(self.recommendations[self.right])}"
        )
        return (
            f"<p><strong>{escape(self.result)}.</strong> Overall: {escape(str(right.overall))}."
            f" {advice}</p>{table(head, rows)}<p><small>SSTR-RADS rows are K."
            f" {DISCLAIMER}.</small></p>"
        )

    def _row(self, one: Compared) -> tuple[str, ...]:
        line = "" if one.row is None else f"{one.row + 1}"
        where = "nothing there"
        score = ""
        if one.lesion is not None:
            lesion = self.patient.lesion(one.lesion)
            where = (
                f"{escape(lesion.where)}, {lesion.size_mm:.0f} mm, SUVmax"
                f" {self.patient.uptake(lesion).suv_max:.1f}"
            )
        if one.outcome == "found":
            off = one.krenning_off
            score = (
                "open"
                if off is None
                else "right"
                if off == 0
                else f"{abs(off)} too {'high' if off > 0 else 'low'}"
            )
        good = one.outcome == "benign" or (one.outcome == "found" and one.scored_right)
        name = f"<span class='{'nc-good' if good else 'nc-bad'}'>{_OUTCOMES[one.outcome]}</span>"
        rads = (
            ""
            if one.rads_true is None
            else f"{one.rads_said} is right"
            if one.rads_right
            else f"is {one.rads_true}"
        )
        return line, where, name, score, rads


class ReportLab(Lab[ReportForm]):
    """The form in the browser; with a viewer its "From my VOI" takes the SUVmax of the sphere
    there.
    """

    _esm = f"{text_file(__package__, 'report_form.js')}\n{script(__package__, 'report_lab.js')}"

    _form = t.Dict().tag(sync=True)
    _text = t.Unicode("").tag(sync=True)

    def __init__(self, model: ReportForm, viewer: Viewer | None = None, **how: Any) -> None:
        self._viewer = viewer
        super().__init__(model, **how)
        sites = [
            {"organ": organ, "sites": [{"id": id, "text": label} for id, label in rows]}
            for organ, rows in sites_by_organ()
        ]
        self._form = {
            "sites": sites,
            "levels": list(range(5)),
            "categories": list(CATEGORIES),
            "overall": list(OVERALL),
            "most": MOST_ROWS,
            "options": [{"id": id, "text": words} for id, words in model.recommendations.items()],
            "voi": viewer is not None,
        }
        self.on_msg(ReportLab._hear_voi)

    def _put(self) -> None:
        figure = self.model.draw()
        self._text = self.model.text
        self._figure = f'<div class="nc-words" aria-live="polite">{figure.words}</div>'

    def _hear_voi(self, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("do") != "take" or self._viewer is None:
            return
        found = self._viewer.measurement
        suv = None if found is None else found.suv_max
        self.send(
            {
                "do": "took",
                "value": suv,
                "text": "" if suv is not None else "Place a VOI in the viewer first (key V).",
            }
        )
