"""The exercise on the screen: the viewer with the case at hand, and the answer sheet beside it (below it where there is no room)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets as t

from netcourse.assessment.answers import AnswersError
from netcourse.assessment.feedback import Feedback
from netcourse.assessment.items import Item
from netcourse.assessment.kinds.number import MEASURES, NumberItem
from netcourse.assessment.load import find_exercise, load_exercise
from netcourse.assessment.scoring import Result
from netcourse.assessment.sheet_state import sheet_state, static_face
from netcourse.assessment.sitting import Sitting
from netcourse.assessment.store import Answers, StoredAnswers
from netcourse.assessment.summary import Summary
from netcourse.patients import Patient

if TYPE_CHECKING:
    from netcourse.reading import Viewer
    from netcourse.scanner import Study

ANSWERS_VARIABLE = "NETCOURSE_ANSWERS"
VIEWER_HEIGHT = 580
_HERE = Path(__file__).parent
# The sheet's JavaScript: plain files without imports, joined in this order.
_SCRIPTS = ("answers", "sheet")


def open_exercise(name: Path | str, answers: Answers | Path | str | None = None, folder: Path | str | None = None) -> ExerciseView:
    """Open an exercise for the learner whose answers file it is, and return what a notebook displays.

    `name` is an id such as "03_krenning" or a TOML file; `folder` says where to look for an id. `answers` is the answers
    file: without it the one of the course folder (or of the environment variable NETCOURSE_ANSWERS). Nothing is scanned
    before the learner comes to a question that has pictures. Raises ExerciseError, FileNotFoundError or AnswersError.
    """
    exercise = load_exercise(find_exercise(name, folder))
    if answers is None or isinstance(answers, str | Path):
        answers = StoredAnswers(answers_path() if answers is None else answers)
    return ExerciseView(Sitting(exercise, answers))


def answers_path() -> Path:
    """Return where the learner's answers lie: beside the course's `exercises` folder, found from here upwards.

    The environment variable NETCOURSE_ANSWERS names another place.
    """
    if given := os.environ.get(ANSWERS_VARIABLE):
        return Path(given)
    here = Path.cwd()
    home = next((up for up in (here, *here.parents) if (up / "exercises").is_dir()), here)
    return home / "answers.json"


def script() -> str:
    """Return the sheet's JavaScript as one module; it needs no other file."""
    return "\n".join((_HERE / "sheet_js" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)


class AnswerSheet(anywidget.AnyWidget):
    """Questions, answers and feedback in the browser; Python marks."""

    _esm = script()
    _css = _HERE / "sheet.css"

    state = t.Dict().tag(sync=True)
    current = t.Unicode("").tag(sync=True)
    busy = t.Unicode("").tag(sync=True)

    def __repr__(self) -> str:
        return f"AnswerSheet({self.state.get('answered', 0)} of {len(self.state.get('items', ()))} answered)"


class ExerciseView(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets carries no types
    """An exercise at work: `answer`, `hint` and `summary` do from Python what the sheet does by hand.

    `scan` makes a study from a patient (default: the course's scanner).
    """

    def __init__(self, sitting: Sitting, scan: Callable[[Patient], Study] | None = None) -> None:
        self.sitting = sitting
        self.viewer: Viewer | None = None
        self._scan = scan
        self._studies: dict[str, Study] = {}
        self._case: str | None = None
        self._taken: dict[str, dict[str, Any]] = {}
        self.sheet = AnswerSheet(state=sheet_state(sitting))
        self.sheet.observe(self._moved, "current")
        self.sheet.on_msg(self._heard)
        self.sheet.layout = ipywidgets.Layout(flex="1 1 340px")
        super().__init__([self.sheet], layout=ipywidgets.Layout(flex_flow="row wrap", width="100%"))
        self.add_class("nc-exercise")

    def __repr__(self) -> str:
        return repr(self.sitting)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return data | {"text/plain": repr(self), "text/html": static_face(self.sitting.exercise)}, metadata

    @property
    def result(self) -> Result:
        """The mark as it stands."""
        return self.sitting.result

    def answer(self, item: str, value: Any, confidence: str | None = None, voi: Mapping[str, Any] | None = None) -> Feedback:
        """Check an answer and return feedback on it; errors as in `Sitting.answer`."""
        told = self.sitting.answer(item, value, confidence, voi)
        self._renew()
        return told

    def check(self, item: str) -> Feedback:
        """Return the feedback on what was answered to an item; ValueError while it is open, KeyError for an unknown one."""
        told = self.sitting.feedback(item)
        if told is None:
            raise ValueError(f"item '{item}' has no answer yet: give one with answer('{item}', …)")
        return told

    def hint(self, item: str) -> str:
        """Open an item's hint at its cost."""
        text = self.sitting.hint(item)
        self._renew()
        return text

    def summary(self) -> Summary:
        """Return the mark in words and what to look at again."""
        return self.sitting.summary()

    def go_to(self, item: str) -> None:
        """Turn to an item and show its pictures; KeyError for an unknown one."""
        self.sitting.exercise.item(item)
        self.sheet.current = item

    def take(self, item: str) -> tuple[Any, str]:
        """Return what the viewer holds for an item, a VOI's value or the mark, and how to say it; ValueError without one."""
        asked = self.sitting.exercise.item(item)
        if isinstance(asked, NumberItem):
            return self._take_voi(asked)
        mark = None if self.viewer is None else self.viewer.mark_mm
        if mark is None:
            raise ValueError("There is no mark yet: choose the mark tool in the viewer and click the place.")
        return list(mark), f"Mark taken at {asked.words(mark)}."

    def _take_voi(self, item: NumberItem) -> tuple[float, str]:
        found = None if self.viewer is None else self.viewer.measurement
        value = getattr(found, item.measure, None) if found is not None and item.measure else None
        if found is None or value is None:
            raise ValueError("There is no VOI with PET in it yet: choose the VOI tool in the viewer and click the place.")
        self._taken[item.id] = {name: getattr(found, name) for name in ("centre_mm", "diameter_mm", *MEASURES)} | {"value": value}
        return round(float(value), 2), f"{MEASURES[str(item.measure)]} {value:.2f} {item.unit} in a sphere of {found.diameter_mm:.0f} mm."

    # ------------------------------------------------------------------ what the browser asks

    def _heard(self, _sheet: Any, message: Any, _buffers: Any) -> None:
        """Do what the sheet asks; what goes wrong is told there, in plain words."""
        try:
            self._do(dict(message))
        except (AnswersError, ValueError, KeyError) as error:
            self.sheet.send({"do": "refused", "text": str(error.args[0] if error.args else error)})

    def _do(self, message: dict[str, Any]) -> None:
        what, item = message.get("do"), str(message.get("item", ""))
        if what == "check":
            self.answer(item, message.get("value"), message.get("confidence"), self._voi_of(item, message.get("value")))
            self._show(item)
        elif what == "hint":
            self.hint(item)
        elif what == "take":
            value, text = self.take(item)
            self.sheet.send({"do": "took", "item": item, "value": value, "text": text})
        elif what == "shown" and self.sheet.current:
            self._show(self.sheet.current)

    def _voi_of(self, item: str, value: Any) -> dict[str, Any] | None:
        """The VOI behind a value, if the value is still the one that was taken from it."""
        taken = dict(self._taken.get(item, {}))
        if not taken or round(float(taken.pop("value")), 2) != value:
            return None
        return taken | {"centre_mm": [float(step) for step in taken["centre_mm"]]}

    def _moved(self, _change: Any) -> None:
        self._show(self.sheet.current)

    def _renew(self) -> None:
        self.sheet.state = sheet_state(self.sitting)

    # ------------------------------------------------------------------ pictures

    def _show(self, id: str) -> None:
        """Show the pictures of an item, scanning its patient at the first need."""
        if not id:
            return
        item = self.sitting.exercise.item(id)
        if item.case is None or self.sitting.exercise.case(item.case).shows != "pet_ct":
            return
        if self._case != item.case:
            study = self._study(item)
            self._put(study)
            self._case = item.case
        self._mark(item)

    def _study(self, item: Item) -> Study:
        assert item.case is not None
        if item.case not in self._studies:
            self.sheet.busy = "Preparing the pictures of this patient; a few seconds …"
            try:
                self._studies[item.case] = self._make(self.sitting.truth(item).patient)
            finally:
                self.sheet.busy = ""
        return self._studies[item.case]

    def _make(self, patient: Patient) -> Study:
        if self._scan is not None:
            return self._scan(patient)
        from netcourse.scanner import scan

        return scan(patient)

    def _put(self, study: Study) -> None:
        if self.viewer is None:
            from netcourse.reading import Viewer

            self.viewer = Viewer(study, height=VIEWER_HEIGHT)
            self.viewer.layout = ipywidgets.Layout(flex="2.2 1 704px")
            self.children = (self.viewer, self.sheet)
        else:
            self.viewer.show(study)

    def _mark(self, item: Item) -> None:
        """Mark the item's lesions in the pictures, save those that the learner has still to find."""
        from netcourse.reading import Marker

        assert self.viewer is not None
        exercise, result = self.sitting.exercise, self.sitting.result
        sought = {
            id
            for other in exercise.items
            if other.case == item.case and other.hides_lesions and not result[other.id].answered
            for id in other.lesions
        }
        truth, places = self.sitting.truth(item), self.viewer.study.lesions_mm
        shown = [truth.lesions[id] for id in item.lesions if id in places and id not in sought]
        self.viewer.markers = [Marker(one.id, one.id, places[one.id]) for one in shown]
        if shown:
            self.viewer.go_to(shown[0].id)


__all__ = ["AnswerSheet", "ExerciseView", "answers_path", "open_exercise"]
