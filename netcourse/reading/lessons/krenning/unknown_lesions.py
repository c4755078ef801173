"""A row of unknown findings: score each, and be told at once."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from netcourse.decisions.core import DISCLAIMER, Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.patients import Patient
from netcourse.reading.lab.drawing import CLASS_FILL, CLASS_INK, LESION, SOFT, rect, text
from netcourse.reading.lab.lab import Lab
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer

_SCORES = {score: score for score in "01234"}


class UnknownLesions(Model):
    """Score a patient's lesions (all, or those named); each answer is compared with the rule on the
    patient's own uptake.

    >>> from netcourse.patients import generate
    >>> row = UnknownLesions(generate("ileum_disseminated"))
    >>> row.set(L1="4", N1="4")
    >>> row.result
    '2 of 4 scored: 1 right, 1 too high, 0 too low'
    """

    title = "Score the findings"
    look = (
        "Show takes the crosshair there. Place a VOI, compare with blood pool, liver and spleen,"
        " choose. Each choice is answered below."
    )

    def __init__(
        self,
        patient: Patient,
        title: str | None = None,
        lesions: Sequence[str] | None = None,
        **values: Any,
    ) -> None:
        self.patient = patient
        findings = patient.lesions if lesions is None else [patient.lesion(id) for id in lesions]
        if title is not None:
            self.title = title  # type: ignore[misc]  # one lab's own heading
        self._parameters: dict[str, Parameter[Any]] = {}
        for lesion in findings:
            parameter = Choice(
                f"{lesion.id}  {lesion.where}, {lesion.size_mm:.0f} mm", _SCORES, place=lesion.id
            )
            parameter.name = lesion.id
            self._parameters[lesion.id] = parameter
        self.keys: dict[str, Decision] = {
            lesion.id: krenning(patient.uptake(lesion)) for lesion in findings
        }
        super().__init__(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        """One choice per lesion."""
        return self._parameters

    @property
    def scored(self) -> dict[str, int]:
        """Answer minus key, for the findings scored so far."""
        return {
            id: int(said) - self.keys[id].score
            for id, said in self.values.items()
            if said is not None
        }

    @property
    def result(self) -> str:
        off = list(self.scored.values())
        high, low = sum(o > 0 for o in off), sum(o < 0 for o in off)
        return (
            f"{len(off)} of {len(self.keys)} scored: {off.count(0)} right, {high} too high, {low}"
            " too low"
        )

    def draw(self) -> LabFigure:
        wide = min(84.0, 830 / len(self.keys))
        drawn = []
        for i, (id, key) in enumerate(self.keys.items()):
            said, x = self.values[id], 14 + i * wide
            wrong = said is not None and int(said) != key.score
            fill = "#ffffff" if said is None else CLASS_FILL[key.score]
            drawn.append(
                rect(x, 20, wide - 8, 40, fill=fill, stroke=LESION if wrong else "#8596a7")
            )
            if said is not None:
                drawn.append(
                    text(
                        x + wide / 2 - 4,
                        47,
                        key.verdict,
                        size=20,
                        fill=CLASS_INK[key.score],
                        anchor="middle",
                        weight=700,
                    )
                )
            words = id if said is None else f"{id}: right" if not wrong else f"{id}: you {said}"
            drawn.append(
                text(
                    x + wide / 2 - 4,
                    78,
                    words,
                    size=12,
                    fill=LESION if wrong else SOFT,
                    anchor="middle",
                )
            )
        rows = "".join(self._row(id) for id in self.scored)
        head = "<tr><th>Finding</th><th>You</th><th>Rule</th><th>Why</th></tr>"
        table = f"<table class='nc-table'>{head}{rows}</table>" if rows else ""
        cited = {r.rule: r for id in self.scored for r in self.keys[id].reasons}
        sources = "; ".join(
            f"{rule}: {r.source} [{r.mark}: {r.mark.meaning}]" for rule, r in sorted(cited.items())
        )
        words = (
            f"<p><strong>{escape(self.result)}</strong></p>{table}<p><small>{escape(sources)}"
            f" {DISCLAIMER}</small></p>"
        )
        return LabFigure("".join(drawn), (860, 90), self.result, words)

    def _row(self, id: str) -> str:
        key, said = self.keys[id], self.values[id]
        right = said == key.verdict
        why = " ".join(reason.text for reason in key.reasons)
        rules = ", ".join(dict.fromkeys(f"{r.rule} [{r.mark}]" for r in key.reasons))
        flip = (
            f" {key.flips[0].text}"
            if key.flips and (not right or "borderline" in key.flags)
            else ""
        )
        mark = f"<span class='{'nc-good' if right else 'nc-bad'}'>{said}</span>"
        return (
            f"<tr><td>{id}</td><td>{mark}</td><td>{key.verdict}</td><td>{escape(why + flip)}"
            f" <small>{escape(rules)}</small></td></tr>"
        )


def unknown_lesions(
    viewer: Viewer, patient: Patient, title: str | None = None, lesions: Sequence[str] | None = None
) -> Lab[UnknownLesions]:
    """Return the row beside a viewer; its Show buttons move the viewer's crosshair, and its
    findings are numbered there.
    """
    row = UnknownLesions(patient, title, lesions)
    viewer.markers = [
        Marker(id, f"{id} {patient.lesion(id).where}", viewer.study.lesions_mm[id])
        for id in row.keys
    ]
    return Lab(row, go_to=viewer.go_to)
