"""Build a CT protocol for a question: phases as seconds on the curves, oral agent, rate; judged as
it is built.
"""

from __future__ import annotations

from netcourse.decisions.core import Decision
from netcourse.decisions.ct import CtProtocol, CtQuestion, ct_protocols, judge_protocol
from netcourse.decisions.ct.needs import CtPhase, window
from netcourse.evidence import figure
from netcourse.reading.lab.curves import COLOURS, Graph, Line
from netcourse.reading.lab.drawing import text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range, Switch
from netcourse.scanner import Injection, effective_dose_msv, enhance

_SHOWN = {
    "aorta": "aorta",
    "portal_vein": "portal vein",
    "liver": "liver",
    "primary": "primary",
    "hyper_hypo": "metastasis",
}
_ARTERIAL: tuple[CtPhase, ...] = ("early_arterial", "late_arterial", "pancreatic", "enteric")
_TRUNK_CM, _ABDOMEN_CM = 65.0, 30.0
_LAST_S = 240


class BuildProtocol(Model):
    """A protocol in the making; `decision` judges it against the chosen question.

    >>> lab = BuildProtocol(target="pancreas", oral="water", arterial_s=42, slice_mm=1.5)
    >>> lab.result
    'pancreas: suits; 16 mSv'
    >>> lab.tried(oral="positive").split(";")[0]
    'pancreas: does not suit'
    """

    title = "Build the protocol"
    look = (
        "Choose the question first. Set seconds, agent and rate until the verdict says that the"
        " protocol suits, at the least dose."
    )

    target = Choice(
        "The question",
        {target: needs.name for target, needs in ct_protocols().items()},
        "small_bowel",
    )
    unenhanced = Switch("Unenhanced scan", False)
    arterial = Switch("Arterial phase", True)
    arterial_s = Range("… starts at", 25, 15, 60, 1, "s")
    portal = Switch("Portal venous phase", True)
    portal_s = Range("… starts at", 68, 45, 120, 1, "s")
    delayed = Switch("Delayed phase", False)
    oral = Choice(
        "By mouth",
        {
            "none": "nothing",
            "water": "water",
            "neutral": "neutral agent",
            "positive": "positive contrast",
        },
        "none",
    )
    rate_ml_s = Range("Injection rate", 4, 1, 6, 0.5, "mL/s")
    slice_mm = Range("Slice thickness", 3, 1, 5, 0.5, "mm")
    spasmolytic = Choice(
        "Spasmolytic",
        {"none": "none", "butylscopolamine": "butylscopolamine", "glucagon": "glucagon"},
        "none",
    )
    insulinoma = Switch("An insulinoma is suspected", False)

    @property
    def question(self) -> CtQuestion:
        """What is asked, kidneys known to be well."""
        egfr = figure("contrast.egfr").value * 3
        return CtQuestion(
            target=self.target, egfr_ml_min=egfr, suspected_insulinoma=self.insulinoma
        )

    @property
    def protocol(self) -> CtProtocol:
        """The protocol as it stands; an arterial phase is called after the window that its second
        lies nearest to.
        """
        phases: dict[CtPhase, float | None] = {"unenhanced": None} if self.unenhanced else {}
        if self.arterial:
            phases[self._arterial_name()] = self.arterial_s
        if self.portal:
            phases["portal_venous"] = self.portal_s
        if self.delayed:
            phases["delayed"] = window("delayed").value
        return CtProtocol(
            phases=phases or {"unenhanced": None},
            oral=self.oral,
            rate_ml_s=self.rate_ml_s,
            iodine_mg_per_kg=figure("injection.iodine").value,
            slice_mm=self.slice_mm,
            spasmolytic=self.spasmolytic,
        )

    @property
    def decision(self) -> Decision:
        """Whether the protocol suits its question."""
        return judge_protocol(self.question, self.protocol)

    @property
    def dose_msv(self) -> float:
        """The effective dose of all phases, mSv: the trunk in the portal venous phase, the upper
        abdomen in the others.
        """
        ctdi = figure("dose.ctdi_vol.abdomen_pelvis").value
        lengths = [
            _TRUNK_CM if phase == "portal_venous" else _ABDOMEN_CM for phase in self.protocol.phases
        ]
        return sum(effective_dose_msv(ctdi, length) for length in lengths)

    @property
    def result(self) -> str:
        return f"{self.question.needs.name}: {self.decision.verdict}; {self.dose_msv:.0f} mSv"

    def draw(self) -> LabFigure:
        curves = enhance(Injection(rate_ml_s=self.rate_ml_s)).curves
        lines = [
            Line(tissue, name, COLOURS[i], curves[tissue][: 2 * _LAST_S + 1 : 2])
            for i, (tissue, name) in enumerate(_SHOWN.items())
        ]
        planned = [
            (phase.replace("_", " "), start) for phase, start in self.protocol.phases.items()
        ]
        graph = Graph(lines, [(name, start) for name, start in planned if start is not None])
        wide, high = graph.size
        words = [name if start is None else f"{name}, {start:g} s" for name, start in planned]
        rows = [
            (self.question.needs.name.capitalize(), 600),
            *((row, 400) for row in words),
            (f"{self.dose_msv:.0f} mSv in all", 600),
        ]
        aside = "".join(
            text(wide + 30, 60 + 26 * i, row, size=15, weight=weight)
            for i, (row, weight) in enumerate(rows)
        )
        return LabFigure(
            graph.drawing + aside,
            (860, high),
            f"Planned: {'; '.join(words)}. {self.result}",
            self.decision._repr_html_(),
        )

    def _arterial_name(self) -> CtPhase:
        """The arterial phase that this second belongs to: of those whose window holds it the one
        the question wants.
        """
        wanted = [
            phase
            for need in self.question.needs.needs
            for phase in need.accepted
            if phase in _ARTERIAL
        ]

        def away(phase: CtPhase) -> float:
            best = window(phase)
            low, high = best.low or best.value, best.high or best.value
            return max(low - self.arterial_s, self.arterial_s - high, 0.0)

        return min(
            _ARTERIAL,
            key=lambda phase: (
                away(phase),
                phase not in wanted,
                wanted.index(phase) if phase in wanted else 0,
            ),
        )
