"""Which tracer for this patient: the rules in order with the patient's path lit, the reasons, and
what would change them.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcourse.decisions.core import Decision
from netcourse.decisions.tracer import (
    Department,
    TracerQuestion,
    second_tests,
    tracer,
    tracer_path,
    tracer_question,
    tracer_rules,
)
from netcourse.decisions.tracer.question import PURPOSE_WORDS
from netcourse.patients import Patient, archetypes, generate
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Switch
from netcourse.reading.lab.rule_path import Step, in_words, path

_DEPARTMENTS: dict[str, tuple[str, Department | None]] = {
    "all": (
        "everything",
        Department(ga68=True, f18_ssr=True, cu64=True, hynic_toc=True, exendin=True),
    ),
    "generator": ("a 68Ga generator, FDG", Department(ga68=True)),
    "f18": ("18F tracers delivered", Department(f18_ssr=True)),
    "spect": ("no PET: SPECT only", Department(pet=False, hynic_toc=True)),
}
_AS_IT_IS = "usual"


class TracerChoice(Model):
    """Ask the rules of tracer choice for one of some patients (ids of archetypes).

    >>> lab = TracerChoice(["insulinoma", "gastric_type_1"])
    >>> lab.tried(patient="insulinoma"), lab.tried(patient="gastric_type_1")
    ('Insulinoma: exendin PET/CT, then MRI and EUS, SSR PET/CT', 'Gastric NET type I: endoscopy and EUS')
    """

    title = "Which tracer for whom?"
    look = (
        "Choose a patient, read the story, and say aloud what you would order. Then show the path,"
        " and change the situation."
    )

    purpose = Choice(
        "Asked",
        {_AS_IT_IS: "as the story says"} | dict(PURPOSE_WORDS.items()),
        _AS_IT_IS,
        menu=True,
    )
    fast_growth = Switch("Fast growth", False)
    lesion_without_receptors = Switch("A lesion on CT or MRI lacks receptors", False)
    department = Choice(
        "The department has",
        {id: words for id, (words, _) in _DEPARTMENTS.items()},
        "all",
        menu=True,
    )

    shown = Switch("I have said it: show the path", False)

    def __init__(self, patients: Sequence[str], **values: object) -> None:
        self._patients = {id: archetypes()[id] for id in patients}
        self._choice = Choice("Patient", self._patients, patients[0], menu=True)
        self._choice.name = "patient"
        super().__init__(**values)

    def parameters(self) -> dict[str, Choice | Switch]:  # type: ignore[override]  # one parameter more, made of the patients given
        return {"patient": self._choice, **super().parameters()}  # type: ignore[dict-item]

    def set(self, **values: object) -> None:
        """Set parameters as every model does; another patient hides the path until the learner has said
        what to order.
        """
        if "patient" in values and values["patient"] != self.values.get("patient"):
            values = {"shown": False} | values
        super().set(**values)

    @property
    def patient(self) -> Patient:
        """The patient at hand."""
        return generate(str(self.values["patient"]))

    @property
    def question(self) -> TracerQuestion:
        """What is put to the rules now."""
        findings = {
            name: True for name in ("fast_growth", "lesion_without_receptors") if self.values[name]
        }
        purpose = None if self.purpose == _AS_IT_IS else self.purpose
        supply = _DEPARTMENTS[str(self.department)][1]
        return tracer_question(self.patient, purpose, supply, **findings)  # type: ignore[arg-type]

    @property
    def decision(self) -> Decision:
        """What the rules answer."""
        return tracer(self.question)

    @property
    def steps(self) -> list[Step]:
        """Every rule in order, with this patient's path."""
        asked = {id(rule): fact for rule, fact in tracer_path(self.question)}
        return [
            Step(
                rule.id,
                rule.in_words,
                " + ".join(rule.first),
                id(rule) in asked,
                asked[id(rule)].holds if id(rule) in asked else None,
            )
            for rule in tracer_rules()
        ]

    @property
    def result(self) -> str:
        later = second_tests(self.question)
        then = f", then {', '.join(later)}" if later else ""
        return f"{self._patients[str(self.values['patient'])]}: {self.decision.verdict}{then}"

    def draw(self) -> LabFigure:
        story = f"<p><strong>{self.patient.title}.</strong> {self.patient.history.story}</p>"
        if not self.shown:
            return LabFigure("", (860, 20), "The path is hidden until you show it.", story)
        drawn, high = path(self.steps)
        nothing = (
            "<p>Nothing here to treat with a radioligand: the tumour is localised.</p>"
            if self._asks_too_much
            else ""
        )
        return LabFigure(
            drawn,
            (860, round(high)),
            in_words(self.steps),
            f"{story}{nothing}{self.decision._repr_html_()}",
        )

    @property
    def _asks_too_much(self) -> bool:
        return (
            self.question.purpose == "prrt_candidate"
            and self.patient.pathology.stage == "localised"
        )
