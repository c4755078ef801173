"""The Krenning ladder: one lesion dragged over blood pool, liver and spleen, and references that
move under it.
"""

from __future__ import annotations

from typing import Any

from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, Uptake
from netcourse.reading.lab.drawing import SOFT, WARN, LogAxis, circle, line, rect, text
from netcourse.reading.lab.parameters import LabFigure, Model, Range, Switch
from netcourse.reading.lab.suv_scale import (
    HIGHEST,
    LOWEST,
    TICKS,
    lesion_above,
    organ,
    references,
    strip,
)

DAYS_SINCE_ANALOGUE = 14  # half a dosing interval: the analogue is on board


class Ladder(Model):
    """Score one lesion of a patient while its uptake, the spleen or an analogue changes.

    >>> from netcourse.patients import generate
    >>> ladder = Ladder(generate("ileum_disseminated"), "N1")
    >>> [ladder.tried(suv_max=suv) for suv in (5.0, 5.1)]
    ['SUVmax 5.0: score 2 (borderline)', 'SUVmax 5.1: score 3 (borderline)']
    """

    shows_start = True

    title = "One lesion, three references"
    look = (
        "Drag the uptake. Watch the sentence change where the red line crosses an organ, and what"
        " happens on the organ itself."
    )

    suv_max = Range("Lesion SUVmax", 6.2, 0.3, 40, 0.1, "SUV")
    spleen_removed = Switch("The spleen has been removed", False)
    analogue = Switch("Long-acting somatostatin analogue on board", False)

    def __init__(
        self,
        patient: Patient,
        lesion: Lesion | str,
        title: str | None = None,
        look: str | None = None,
        **values: Any,
    ) -> None:
        self._measured = patient.uptake(lesion)
        if title is not None:
            self.title = title  # type: ignore[misc]  # one lab's own heading
        if look is not None:
            self.look = look  # type: ignore[misc]
        super().__init__(**values)

    @property
    def uptake(self) -> Uptake:
        """What is measured at the present settings."""
        changed: dict[str, Any] = {"suv_max": self.suv_max, "days_since_long_acting_ssa": None}
        if self.analogue:
            for organ_name in ("liver", "spleen"):
                before = getattr(self._measured, organ_name)
                if before is not None:
                    changed[organ_name] = round(
                        before * (1 + figure(f"ssa.{organ_name}").value / 100), 2
                    )
            changed["days_since_long_acting_ssa"] = DAYS_SINCE_ANALOGUE
        if self.spleen_removed:
            changed["spleen"] = None
        return self._measured.model_copy(update=changed)

    @property
    def decision(self) -> Decision:
        """The score at the present settings."""
        return krenning(self.uptake)

    @property
    def result(self) -> str:
        decision = self.decision
        flags = f" ({', '.join(decision.flags)})" if decision.flags else ""
        return f"SUVmax {self.suv_max:.1f}: score {decision.verdict}{flags}"

    def draw(self) -> LabFigure:
        uptake, axis = self.uptake, LogAxis(LOWEST, HIGHEST, 24, 836)
        suv_top, top, bottom = figure("reading.suv_top").value, 92, 142
        drawn = [strip(uptake, "pet", axis, top, bottom - top)]
        band = figure("krenning.borderline").value
        found = references(uptake)
        for name in ("liver", "spleen"):
            if name in found:
                left, right = axis(found[name] * (1 - band)), axis(found[name] * (1 + band))
                drawn.append(rect(left, top, right - left, bottom - top, fill=WARN, opacity=0.22))
        if self.analogue:  # where the references stood before
            for suv in references(
                self._measured.model_copy(
                    update={"spleen": None if self.spleen_removed else self._measured.spleen}
                )
            ).values():
                if suv not in found.values():
                    drawn.append(
                        circle(axis(suv), 54, 15, fill="none", stroke=SOFT, dash="3 3")
                        + line(axis(suv), 69, axis(suv), top, stroke=SOFT, dash="3 3")
                    )
        drawn += [organ(axis, name, suv, 54, top, suv_top) for name, suv in found.items()]
        legend = "SUV, logarithmic. Shaded: borderline" + (
            ". Dashed: before the analogue" if self.analogue else ""
        )
        drawn += [
            axis.ticks(bottom + 72, TICKS),
            text(836, bottom + 106, legend, size=12, fill=SOFT, anchor="end"),
        ]
        drawn.append(lesion_above(axis, self.suv_max, top, bottom, suv_top))
        organs = ", ".join(f"{name} {suv:.1f}" for name, suv in found.items())
        alt = (
            f"Lesion SUVmax {self.suv_max:.1f} on a line with {organs}: Krenning score"
            f" {self.decision.verdict}."
        )
        return LabFigure("".join(drawn), (860, 256), alt, self.decision._repr_html_())
