"""A patient under radioligand therapy: each lesion over time, the sum that RECIST adds up, and what
both scans then show. All T.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any

import numpy as np

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figure, statement
from netcourse.patients import Lesion, Patient
from netcourse.patients.organs import ScanOf
from netcourse.reading.lab.axes import Axes
from netcourse.reading.lab.curves import COLOURS
from netcourse.reading.lab.drawing import INK, SOFT, line, rect, text
from netcourse.reading.lab.parameters import LabFigure, Model, Range
from netcourse.reading.lab.prose import with_mark
from netcourse.simulation.follow_up import follow_up, patient_course, targets
from netcourse.simulation.therapy import Course, Prrt

_MONTHS = 36.0
_ALPHA = figure("dose_response.alpha")
_LOW, _HIGH = -60.0, 100.0


class TherapyLab(Model):
    """Treat a patient, wait, and scan again.

    >>> from netcourse.patients import generate
    >>> lab = TherapyLab(generate("dedifferentiated_metastasis"))
    >>> [lab.tried(months=m) for m in (3, 9)]
    ['3 months: sum +9 %, stable disease', '9 months: sum +31 %, progression; mixed: P1 −6 %, L2 +113 %']
    """

    title = "Treat, wait, scan again"
    look = (
        "Move the time of the second scan. The thick line is the sum that a report gives; the thin"
        " ones are the lesions."
    )

    months = Range("Second scan after", 0, 0, _MONTHS, 1, "months")
    cycles = Range("Cycles", figure("therapy.cycles").value, 0, 8, 1)
    alpha_per_gy = Range("Radiosensitivity (α)", _ALPHA.value, 0.0, 0.05, 0.005, "1/Gy")

    def __init__(
        self, patient: Patient, title: str | None = None, look: str | None = None, **values: Any
    ) -> None:
        self.patient, self.lesions = patient, targets(patient)
        if not self.lesions:
            raise ValueError(f"patient {patient.id} has no target lesion to follow")
        self.title = title or type(self).title  # type: ignore[misc]  # one lab's own heading
        self.look = type(self).look if look is None else look  # type: ignore[misc]
        self._kept = lru_cache(maxsize=64)(self._followed)
        super().__init__(**values)

    @property
    def course(self) -> Course:
        """The target lesions over time at the present settings."""
        return self._kept(round(self.cycles), self.alpha_per_gy)

    @property
    def later(self) -> Patient:
        """The patient at the second scan."""
        return follow_up(
            self.patient, self.months, Prrt(cycles=round(self.cycles)), self.alpha_per_gy
        )

    def change(self, lesion: str) -> float:
        """Return how much a target lesion's diameter has changed by the second scan, %."""
        found = self.course
        n = found.names.index(lesion)
        return 100 * float(
            found.diameter_mm[n, found.place(self.months)] / found.diameter_mm[n, 0] - 1
        )

    @property
    def unlike(self) -> tuple[str, str] | None:
        """A lesion that has shrunk and one that has grown as much as progression asks for; None
        where there are not both.
        """
        changes = {lesion.id: self.change(lesion.id) for lesion in self.lesions}
        least, most = (
            min(changes, key=lambda id: changes[id]),
            max(changes, key=lambda id: changes[id]),
        )
        return (
            (least, most)
            if changes[least] < -0.5 and changes[most] >= figure("recist.progressive").value
            else None
        )

    @property
    def result(self) -> str:
        found = self.course
        whole = float(found.change_percent[found.place(self.months)])
        mixed = (
            f"; mixed: {', '.join(f'{id} {_signed(self.change(id))}' for id in self.unlike)}"
            if self.unlike
            else ""
        )
        return f"{self.months:g} months: sum {_signed(whole)}, {found.response(self.months)}{mixed}"

    def draw(self) -> LabFigure:
        found = self.course
        axes = Axes(58, 30, 470, 300, (0, _MONTHS), (_LOW, _HIGH))
        drawn = [
            axes.frame(
                (0, 6, 12, 18, 24, 30, 36),
                (-60, -30, 0, 20, 60, 100),
                "months after the first cycle",
                "change of diameter, %",
            )
        ]
        for value, words in (
            (-figure("recist.partial").value, "partial response"),
            (figure("recist.progressive").value, "progression"),
        ):
            drawn.append(
                line(axes.left, axes.y(value), axes.right, axes.y(value), stroke=SOFT, dash="5 4")
            )
            drawn.append(
                text(axes.right - 4, axes.y(value) - 4, words, size=12, fill=SOFT, anchor="end")
            )
        for day in Prrt(cycles=round(self.cycles)).starts:
            x = axes.x(float(day) / 30.44)
            drawn.append(line(x, axes.bottom - 10, x, axes.bottom, stroke=INK, width=3))
        weeks = range(0, len(found.months), 7)
        for number in range(len(self.lesions)):
            change = 100 * (found.diameter_mm[number] / found.diameter_mm[number, 0] - 1)
            points = ((float(found.months[i]), float(change[i])) for i in weeks)
            drawn.append(axes.curve(points, stroke=COLOURS[number % len(COLOURS)], width=1.8))
        drawn.append(
            axes.curve(
                ((float(found.months[i]), float(found.change_percent[i])) for i in weeks),
                stroke=INK,
                width=4,
            )
        )
        drawn.append(axes.model_mark())
        x = axes.x(self.months)
        drawn.append(line(x, axes.top, x, axes.bottom, stroke="#c25e00", width=2))
        drawn += self._bars(found)
        alt = (
            f"Change of {len(self.lesions)} lesions and of their sum over {_MONTHS:g} months."
            f" {self.result}."
        )
        return LabFigure("".join(drawn), (860, 378), alt, self._words(found))

    def _bars(self, found: Course) -> list[str]:
        """Each lesion's change at the second scan, and the sum's."""
        rows = [
            (lesion.id, self.change(lesion.id), COLOURS[n % len(COLOURS)])
            for n, lesion in enumerate(self.lesions)
        ]
        rows.append(("sum", float(found.change_percent[found.place(self.months)]), INK))
        wide = Axes(612, 52, 170, 30.0 * len(rows), (_LOW, _HIGH), (0, 1))
        drawn = [
            text(556, 38, f"At {self.months:g} months", size=14, weight=600),
            line(wide.x(0), wide.top - 4, wide.x(0), wide.bottom, stroke=SOFT),
        ]
        for row, (name, change, colour) in enumerate(rows):
            y, x = wide.top + 30.0 * row, wide.x(change)
            drawn.append(
                rect(min(x, wide.x(0)), y + 3, max(abs(x - wide.x(0)), 1.5), 20, fill=colour)
            )
            drawn.append(rect(556, y + 7, 12, 12, fill=colour))
            drawn.append(text(574, y + 19, name, size=14, weight=700 if name == "sum" else 400))
            drawn.append(text(850, y + 19, _signed(change), size=14, anchor="end"))
        return drawn

    def _words(self, found: Course) -> str:
        unlike = ""
        if self.unlike:
            down, up = self.unlike
            unlike = (
                f" <strong>{down} shrinks while {up} grows.</strong> {with_mark(statement('S57'))}"
            )
        ttp = float(found.ttp_months)
        when = (
            "No progression while followed."
            if np.isinf(ttp)
            else f"The sum progresses at {ttp:.1f} months."
        )
        head = f"<p><strong>{escape(self.result)}.</strong> {when}{unlike}</p>"
        after = self.later
        there = {lesion.id for lesion in after.lesions}
        rows = "".join(
            self._row(lesion, after if lesion.id in there else None) for lesion in self.lesions
        )
        names = "<tr><th>Lesion</th><th>Size, mm</th><th>SSR SUVmax</th><th>FDG SUVmax</th></tr>"
        tm4 = f"<p>{with_mark(statement('TM4'))}</p>" if self.months and self.cycles else ""
        foot = (
            f"<p><small>{with_mark(statement('TM1'))} Uptake falls with the cells that live."
            f" {DISCLAIMER}.</small></p>"
        )
        return f"{head}<table class='nc-table'>{names}{rows}</table>{tm4}{foot}"

    def _row(self, lesion: Lesion, after: Patient | None) -> str:
        cells = [
            f"{lesion.id}, {escape(lesion.where)}",
            f"{lesion.size_mm:.0f} → {after.lesion(lesion.id).size_mm:.0f}" if after else "gone",
        ]
        scans: tuple[ScanOf, ...] = ("ssr", "fdg")
        for scan in scans:
            known = self.patient.fdg is not None or scan == "ssr"
            if not known or lesion.suv(scan) is None:
                cells.append("not done")
                continue
            before = self.patient.uptake(lesion, scan=scan).suv_max
            cells.append(
                f"{before:.1f} → {after.uptake(lesion.id, scan=scan).suv_max:.1f}"
                if after
                else f"{before:.1f} → –"
            )
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    def _followed(self, cycles: int, alpha: float) -> Course:
        return patient_course(self.patient, Prrt(cycles=cycles), alpha, self.lesions)


def _signed(change: float) -> str:
    """A change in per cent with its sign.

    >>> _signed(-5.6), _signed(0.2), _signed(113)
    ('−6 %', '0 %', '+113 %')
    """
    whole = round(change)
    return f"{'−' if whole < 0 else '+' if whole > 0 else ''}{abs(whole)} %"
