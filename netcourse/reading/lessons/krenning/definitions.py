"""Three published definitions of the Krenning score on the same lesion."""

from __future__ import annotations

from html import escape
from typing import Any

from netcourse.decisions.core import DISCLAIMER, Decision
from netcourse.decisions.somatostatin import VARIANTS, Variant, krenning
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, Uptake
from netcourse.reading.lab.drawing import SOFT, LogAxis, text
from netcourse.reading.lab.parameters import LabFigure, Model, Range
from netcourse.reading.lab.suv_scale import (
    HIGHEST,
    LOWEST,
    TICKS,
    lesion_above,
    organ,
    references,
    strip,
)

NAMES: dict[Variant, str] = {"planar": "Planar scintigraphy", "visual": "Visual", "pet": "PET"}


class Definitions(Model):
    """Score one lesion by all three definitions.

    >>> from netcourse.patients import generate
    >>> Definitions(generate("ileum_disseminated"), "N1", suv_max=5.4).result
    'SUVmax 5.4: planar 2, visual 3, pet 3'
    """

    title = "Three definitions, one lesion"
    look = (
        "Between blood pool and a little above the liver the definitions part. Find every stretch"
        " where they do."
    )

    suv_max = Range("Lesion SUVmax", 3.4, 0.3, 40, 0.1, "SUV")

    def __init__(self, patient: Patient, lesion: Lesion | str, **values: Any) -> None:
        self._measured = patient.uptake(lesion)
        super().__init__(**values)

    @property
    def uptake(self) -> Uptake:
        """What is measured at the present setting."""
        return self._measured.model_copy(update={"suv_max": self.suv_max})

    @property
    def decisions(self) -> dict[Variant, Decision]:
        """The decision by each definition, oldest definition first."""
        return {variant: krenning(self.uptake, variant) for variant in reversed(VARIANTS)}

    @property
    def result(self) -> str:
        return f"SUVmax {self.suv_max:.1f}: " + ", ".join(
            f"{variant} {found.verdict}" for variant, found in self.decisions.items()
        )

    def draw(self) -> LabFigure:
        uptake, axis = self.uptake, LogAxis(LOWEST, HIGHEST, 170, 780)
        suv_top, top, high, gap = figure("reading.suv_top").value, 92, 36, 14
        decided = self.decisions
        bottom = top + len(decided) * (high + gap) - gap
        drawn = []
        for row, (variant, found) in enumerate(decided.items()):
            y = top + row * (high + gap)
            drawn.append(text(14, y + high / 2 + 5, NAMES[variant], size=14, weight=600))
            drawn.append(strip(uptake, variant, axis, y, high))
            drawn.append(
                text(822, y + high / 2 + 9, found.verdict, size=26, anchor="middle", weight=700)
            )
        drawn += [
            organ(axis, name, suv, 54, top, suv_top) for name, suv in references(uptake).items()
        ]
        drawn += [
            text(822, 82, "score", size=12, fill=SOFT, anchor="middle"),
            axis.ticks(bottom + 72, TICKS),
        ]
        drawn.append(text(780, bottom + 106, "SUV, logarithmic", size=12, fill=SOFT, anchor="end"))
        drawn.append(lesion_above(axis, self.suv_max, top, bottom, suv_top))
        scores = {found.verdict for found in decided.values()}
        agree = (
            "All three agree." if len(scores) == 1 else f"They give {' and '.join(sorted(scores))}."
        )
        rows = "".join(
            f"<tr><th>{NAMES[variant]}</th><td>{found.verdict}</td><td>{escape(found.reasons[0].text)}</td>"
            f"<td><small>{escape(found.reasons[0].source)} <abbr"
            f" title='{escape(found.reasons[0].mark.meaning)}'>"
            f"{found.reasons[0].mark}</abbr></small></td></tr>"
            for variant, found in decided.items()
        )
        head = "<tr><th>Definition</th><th>Score</th><th>Why</th><th>Source</th></tr>"
        words = (
            f"<p><strong>{agree}</strong></p><table"
            f" class='nc-table'>{head}{rows}</table><p><small>{DISCLAIMER}</small></p>"
        )
        return LabFigure("".join(drawn), (860, int(bottom + 116)), f"{self.result}. {agree}", words)
