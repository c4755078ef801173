"""SSTR-RADS as a grid: what CT and the site say down the side, the uptake along the top; one
finding walks over it.
"""

from __future__ import annotations

from html import escape
from typing import Any

from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import RadsFinding, rads_categories, sstr_rads, uptake_level
from netcourse.patients import Correlate, Lesion, Patient
from netcourse.reading.lab.drawing import CLASS_FILL, CLASS_INK, INK, LESION, SOFT, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range, Switch

_CT = {
    "none": "nothing",
    "equivocal": "something unclear",
    "definite": "a tumour",
    "benign": "unmistakably benign",
}
_ROWS: tuple[tuple[Correlate, bool], ...] = (
    ("benign", True),
    ("none", False),
    ("equivocal", False),
    ("definite", False),
    ("none", True),
    ("equivocal", True),
    ("definite", True),
)
_LEVELS = ("1: not above blood pool", "2: above blood pool", "3: above liver")
_SHADE = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4}


class RadsGrid(Model):
    """Give one finding its category: turn uptake, site and correlate, and see the whole scheme
    around it.

    >>> from netcourse.patients import generate
    >>> grid = RadsGrid(generate("uncinate_and_node"), "N1")
    >>> grid.result, grid.tried(correlate="definite")
    ('SSTR-RADS 4: NET highly likely', 'SSTR-RADS 5: NET almost certain')
    >>> grid.tried(typical=False)
    'SSTR-RADS 3C: intense, at an atypical site: another tumour is likely'
    """

    title = "One finding, three questions"
    look = (
        "How hot? Typical site? What does CT show? Turn one at a time and watch where the finding"
        " goes."
    )

    suv_max = Range("SUVmax", 12, 0.3, 30, 0.1, "SUV")
    correlate = Choice("CT or MRI shows", _CT, "none")
    typical = Switch("A site typical for NET", True)
    bone = Switch("It lies in bone", False)

    def __init__(self, patient: Patient, lesion: Lesion | str, **values: Any) -> None:
        self._measured = patient.uptake(lesion)
        super().__init__(**{"suv_max": self._measured.suv_max} | values)

    @property
    def finding(self) -> RadsFinding:
        """The finding at the present settings."""
        return self._finding(self.suv_max, self.correlate, self.typical)

    def _finding(self, suv: float, correlate: Any, typical: bool) -> RadsFinding:
        seen = self._measured.model_copy(
            update={"suv_max": suv, "visible": True, "diameter_mm": None}
        )
        return RadsFinding(
            id="the finding", uptake=seen, bone=self.bone, typical=typical, correlate=correlate
        )

    @property
    def decision(self) -> Decision:
        """Its category at the present settings."""
        return sstr_rads(self.finding)

    @property
    def result(self) -> str:
        found = self.decision
        flags = f" ({', '.join(found.flags)})" if found.flags else ""
        return f"SSTR-RADS {found.verdict}{flags}: {rads_categories()[found.verdict].meaning}"

    def draw(self) -> LabFigure:
        uptake = self._measured
        pool, liver = uptake.blood_pool or 1.0, uptake.liver or 5.0
        at, drawn = uptake_level(self.finding.uptake).verdict, []
        left, top, wide, high = 250.0, 44.0, 196.0, 38.0
        drawn.append(
            text(left - 12, top - 10, "CT or MRI, and the site", size=13, anchor="end", fill=SOFT)
        )
        for column, words in enumerate(_LEVELS):
            drawn.append(
                text(
                    left + (column + 0.5) * wide,
                    top - 10,
                    words,
                    size=13,
                    anchor="middle",
                    weight=600,
                )
            )
        for row, (correlate, typical) in enumerate(_ROWS):
            y = top + row * high
            site = "" if correlate == "benign" else f", site {'typical' if typical else 'atypical'}"
            drawn.append(text(left - 12, y + 25, f"{_CT[correlate]}{site}", size=13, anchor="end"))
            for column, suv in enumerate((0.8 * pool, (pool + liver) / 2, 1.5 * liver)):
                found = sstr_rads(self._finding(suv, correlate, typical))
                here = (
                    str(column + 1) == at
                    and correlate == self.correlate
                    and (typical == self.typical or correlate == "benign")
                )
                shade = _SHADE[found.verdict[0]]
                x = left + column * wide
                drawn.append(
                    rect(x + 2, y + 2, wide - 4, high - 4, fill=CLASS_FILL[shade], stroke="#8596a7")
                )
                mark = "*" if "low-SSR metastasis" in found.flags else ""
                drawn.append(
                    text(
                        x + wide / 2,
                        y + 25,
                        found.verdict + mark,
                        size=17,
                        anchor="middle",
                        fill=CLASS_INK[shade],
                        weight=700,
                    )
                )
                if here:
                    drawn.append(
                        rect(x + 4, y + 4, wide - 8, high - 8, fill="none", stroke=LESION).replace(
                            "/>", ' stroke-width="4"/>'
                        )
                        + text(
                            x + wide - 14,
                            y + 26,
                            "◀",
                            size=16,
                            anchor="end",
                            fill=LESION if shade < 4 else "#ffffff",
                        )
                    )
        low = top + len(_ROWS) * high + 22
        drawn.append(
            text(
                left,
                low,
                "* no category in the scheme: the course's own choice (T), flagged as a low-SSR"
                " metastasis",
                size=12,
                fill=INK,
            )
        )
        alt = f"SSTR-RADS as a grid of uptake level against CT and site. {self.result}."
        return LabFigure(
            "".join(drawn),
            (860, round(low) + 12),
            alt,
            f"<p><strong>{escape(self.result)}</strong></p>{self.decision._repr_html_()}",
        )
