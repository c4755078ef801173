"""Two counts, one grade: Ki-67 and mitoses on the same scale, and the higher of the two."""

from __future__ import annotations

from netcourse.decisions.core import Decision
from netcourse.decisions.heterogeneity import who_grade
from netcourse.evidence import figure
from netcourse.patients import Pathology
from netcourse.reading.lab.drawing import INK, LESION, LINE, SOFT, line, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range

_LEFT, _RIGHT = 150.0, 836.0
_FILL = ("#eaf1f8", "#bcd4ea", "#7fabd3")


class TwoCounts(Model):
    """Grade a digestive neoplasm by its two counts and its differentiation.

    >>> lab = TwoCounts()
    >>> [lab.tried(ki67_percent=k) for k in (2.9, 3.0, 20.0, 20.1)]
    ['Ki-67 2.9 %, mitoses 1: NET G1', 'Ki-67 3 %, mitoses 1: NET G2', 'Ki-67 20 %, mitoses 1: NET G2', 'Ki-67 20.1 %, mitoses 1: NET G3']
    """

    title = "Two counts, one grade"
    look = (
        "Move one count over the borders while the other stays. Then call the same tumour poorly"
        " differentiated."
    )

    ki67_percent = Range("Ki-67", 2, 0, 60, 0.1, "%")
    mitoses = Range("Mitoses", 1, 0, 40, 1, "per 2 mm²")
    differentiation = Choice("Differentiation", {"well": "well", "poor": "poor"}, "well")

    @property
    def decision(self) -> Decision:
        """The grade at the present settings."""
        counts = {"ki67_percent": self.ki67_percent, "mitoses_per_2mm2": self.mitoses}
        return who_grade(
            Pathology(site="pancreas", differentiation=str(self.differentiation), **counts)
        )

    @property
    def result(self) -> str:
        return f"Ki-67 {self.ki67_percent:g} %, mitoses {self.mitoses:g}: {self.decision.verdict}"

    def draw(self) -> LabFigure:
        high = figure("grade.g2.to").value
        rows = (
            ("Ki-67, %", self.ki67_percent, figure("grade.g2.from").value),
            ("mitoses / 2 mm²", self.mitoses, figure("grade.g2.mitoses_from").value),
        )
        drawn = []
        for row, (words, value, low) in enumerate(rows):
            y = 34 + 82 * row
            for place, (start, end) in enumerate(((0.0, low), (low, high), (high, 60.0))):
                x, wide = _x(start), _x(end) - _x(start)
                drawn.append(rect(x, y, wide, 34, fill=_FILL[place], stroke=LINE))
                drawn.append(
                    text(x + wide / 2, y + 22, f"G{place + 1}", size=14, fill=SOFT, anchor="middle")
                )
            for border in (0.0, low, high, 60.0):
                drawn.append(
                    text(_x(border), y + 50, f"{border:g}", size=12, fill=SOFT, anchor="middle")
                )
            drawn.append(text(_LEFT - 12, y + 22, words, size=14, anchor="end"))
            drawn.append(line(_x(value), y - 6, _x(value), y + 40, stroke=LESION, width=4))
            drawn.append(
                text(
                    _x(value),
                    y - 10,
                    f"{value:g}",
                    size=14,
                    fill=LESION,
                    anchor="middle",
                    weight=700,
                )
            )
        drawn.append(text(_LEFT, 196, self.decision.verdict, size=22, weight=700, fill=INK))
        return LabFigure(
            "".join(drawn),
            (860, 208),
            f"Two scales with the borders of the grades. {self.result}.",
            self.decision._repr_html_(),
        )


def _x(value: float) -> float:
    """Where a count lies: wide below 30, where the borders are."""
    share = 0.75 * min(value, 30.0) / 30 + 0.25 * max(0.0, min(value, 60.0) - 30) / 30
    return _LEFT + (_RIGHT - _LEFT) * share
