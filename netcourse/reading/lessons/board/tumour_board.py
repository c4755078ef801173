"""Whole patients before a tumour board: order tests, see what they tell and cost, recommend, then
hear the board.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from netcourse.decisions.board.voices import arguments, voices
from netcourse.decisions.board.work_up import TESTS, cost, examinations, known, shortest_path
from netcourse.decisions.core import Decision
from netcourse.decisions.prrt import prrt
from netcourse.decisions.prrt.criterion import VERDICTS
from netcourse.decisions.somatostatin import correlate_of
from netcourse.patients import Patient, archetypes, generate
from netcourse.reading.lab.drawing import INK, LINE, SOFT, line, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter, Switch
from netcourse.reading.lab.prose import table
from netcourse.reading.lessons.board.patient_sheet import labs_in_writing, lesions_in_writing

_LEFT, _RIGHT, _ROW = 190.0, 840.0, 24.0
_OPEN = "not yet"


class TumourBoard(Model):
    """One of some patients, each an archetype with a seed; tests are ordered one by one, each with
    its cost in days and mSv.

    >>> lab = TumourBoard([("dedifferentiated_metastasis", 0)])
    >>> lab.result
    'Pancreatic NET G2 that grows too fast: no test yet; not yet'
    >>> lab.tried(ssr=True, fdg=True, advice="defer", board=True)
    'Pancreatic NET G2 that grows too fast: receptor PET/CT, FDG PET/CT; 12 days, 19 mSv; defer is right'
    """

    title = "The tumour board"
    look = (
        "Read the referral. Order what you need, no more. Recommend. Then open the board and"
        " compare your path with the shortest one."
    )

    laboratory = Switch("Laboratory", False)
    ct = Switch("CT, several phases", False)
    ssr = Switch("Receptor PET/CT", False)
    fdg = Switch("FDG PET/CT", False)
    mri = Switch("MRI of a doubtful lesion", False)
    echo = Switch("Echocardiography", False)
    advice = Choice(
        "Radioligand therapy", {_OPEN: "not yet", **{one: one for one in VERDICTS}}, _OPEN
    )
    board = Switch("Open the board", False)

    def __init__(self, patients: Sequence[tuple[str, int]], **values: object) -> None:
        self._patients = {f"{name}-{seed}": (name, seed) for name, seed in patients}
        titles = archetypes()
        labels = {
            id: titles[name] + (f", variant {seed}" if seed else "")
            for id, (name, seed) in self._patients.items()
        }
        self._choice = Choice("Patient", labels, next(iter(labels)), menu=True)
        self._choice.name = "patient"
        super().__init__(**values)

    def parameters(self) -> dict[str, Parameter[object]]:
        return {"patient": self._choice, **super().parameters()}

    def set(self, **values: object) -> None:
        """Set parameters as `Model.set`; another patient comes with no test done, no advice given and
        the board closed.
        """
        if "patient" in values and self._choice.check(values["patient"]) != self.values["patient"]:
            values = dict.fromkeys(TESTS, False) | {"advice": _OPEN, "board": False} | values
        super().set(**values)

    @property
    def patient(self) -> Patient:
        """The whole patient, as nobody at the board knows it yet."""
        return generate(*self._patients[str(self.values["patient"])])

    @property
    def done(self) -> tuple[str, ...]:
        """The tests that were ordered."""
        return tuple(id for id in TESTS if self.values[id])

    @property
    def decision(self) -> Decision:
        """What the course's rulebook says of the whole patient."""
        return prrt(self.patient)

    @property
    def result(self) -> str:
        days, msv = cost(self.done)
        names = ", ".join(_lower(examinations()[id].name) for id in self.done)
        path = f"{names}; {days:.0f} days, {msv:.0f} mSv" if self.done else "no test yet"
        said = str(self.advice)
        if self.board and said != _OPEN:
            right = self.decision.verdict
            said = f"{said} is right" if said == right else f"{said}, the rules say {right}"
        return f"{self._choice.options[str(self.values['patient'])]}: {path}; {said}"

    def draw(self) -> LabFigure:
        drawn, high = self._paths()
        return LabFigure(
            drawn,
            (860, high),
            self.result,
            f"<p>{escape(self.patient.history.story)}</p>{self._told()}{self._board()}",
        )

    def _paths(self) -> tuple[str, int]:
        """The way taken over the days, and the shortest one once the board is open."""
        ways = [("your way", self.done)]
        if self.board:
            ways.append(("shortest way", shortest_path(self.patient)))
        every = examinations()
        last = sum(one.days for one in every.values())
        drawn, y = [], 22.0
        for name, done in ways:
            drawn.append(text(_LEFT - 12, y + 15, name, size=14, anchor="end", weight=600))
            drawn.append(line(_LEFT, y + 21, _RIGHT, y + 21, stroke=LINE))
            day = 0.0
            for id in done:
                wide = (_RIGHT - _LEFT) * every[id].days / last
                x = _LEFT + (_RIGHT - _LEFT) * day / last
                drawn.append(
                    rect(x, y, wide - 2, 20, fill="#17497a" if name == "your way" else "#17602f")
                )
                drawn.append(
                    text(x + wide / 2, y + 14, _SHORT[id], size=12, fill="#ffffff", anchor="middle")
                )
                day += every[id].days
            days, msv = cost(done)
            drawn.append(
                text(
                    _RIGHT,
                    y + 38,
                    f"{days:.0f} days, {msv:.0f} mSv",
                    size=13,
                    fill=INK,
                    anchor="end",
                )
            )
            y += _ROW + 26
        drawn.append(text(_LEFT, y + 4, "days, one test after the other (T)", size=12, fill=SOFT))
        return "".join(drawn), round(y + 12)

    def _told(self) -> str:
        """What the ordered tests tell, line by line."""
        done = self.done
        if not done:
            return "<p>No test has been ordered.</p>"
        so_far, _ = known(self.patient, done)
        whole = self.patient
        said: dict[str, str] = {
            "laboratory": ", ".join(labs_in_writing(so_far)) or "nothing",
            "ct": _ct(so_far),
            "ssr": "; ".join(lesions_in_writing(whole, ("ssr",))) or "no lesion",
            "fdg": "; ".join(lesions_in_writing(whole, ("fdg",))) or "no lesion",
            "mri": (
                "the doubtful lesion is a metastasis"
                if not whole.history.course_confirmed
                else "nothing new"
            ),
            "echo": (
                "carcinoid heart disease"
                if whole.condition.carcinoid_heart_disease
                else "no carcinoid heart disease"
            ),
        }
        rows = [
            (f"<strong>{escape(examinations()[id].name)}</strong>", escape(said[id])) for id in done
        ]
        return table(("Test", "Result"), rows)

    def _board(self) -> str:
        """The board's voices and what the rules say, once it is open."""
        return _heard(*self._patients[str(self.values["patient"])]) if self.board else ""


_SHORT = {
    "laboratory": "lab",
    "ct": "CT",
    "ssr": "receptors",
    "fdg": "FDG",
    "mri": "MRI",
    "echo": "echo",
}


@lru_cache(maxsize=64)
def _heard(name: str, seed: int) -> str:
    """The board on one patient: it says the same whatever was ordered."""
    patient = generate(name, seed)
    rows = [
        (f"<strong>{one.who}</strong>", escape(one.says), ", ".join(one.rules))
        for one in voices(patient)
    ]
    argued = (
        "".join(f"<li>{escape(one)}</li>" for one in arguments(patient))
        or "<li>Nobody argues.</li>"
    )
    heard = (
        f"{table(('Voice', 'Says', 'Rules'), rows)}<p><strong>Where they"
        f" argue</strong></p><ul>{argued}</ul>"
    )
    return f"{heard}{prrt(patient)._repr_html_()}"


def _ct(patient: Patient) -> str:
    history = patient.history
    found = [f"{history.course} disease" if history.course else "no earlier CT to compare"]
    if history.course == "progressive" and not history.course_confirmed:
        found = ["stable on CT; a new focus elsewhere is doubtful"]
    if history.resectable is not None:
        found.append("could be resected or ablated" if history.resectable else "not resectable")
    if patient.condition.hydronephrosis:
        found.append("a dilated renal pelvis")
    sizes = [
        f"{one.id} {one.where} {one.size_mm:.0f} mm"
        for one in patient.lesions
        if correlate_of(one) != "benign" and one.pattern != "occult"
    ]
    return "; ".join([", ".join(found), *sizes])


def _lower(name: str) -> str:
    return name if name[:2].isupper() else name[0].lower() + name[1:]
