"""The exercise on the screen: the viewer with the case at hand, and the answer sheet beside it
(below it where there is no room).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets as t

from netcourse.assessment.answers.model import AnswersError
from netcourse.assessment.answers.store import Answers
from netcourse.assessment.answers.upload import answers_kept
from netcourse.assessment.exercise.load import find_exercise, load_exercise
from netcourse.assessment.marking.feedback import Feedback
from netcourse.assessment.marking.scoring import Result
from netcourse.assessment.marking.summary import Summary
from netcourse.assessment.sheet.pictures import Pictures
from netcourse.assessment.sheet.session import Session
from netcourse.assessment.sheet.state import sheet_state, static_html
from netcourse.patients import Patient

if TYPE_CHECKING:
    from netcourse.reading import Viewer
    from netcourse.scanner import Study

ANSWERS_VARIABLE = "NETCOURSE_ANSWERS"
_HERE = Path(__file__).parent
# The sheet's JavaScript: plain files without imports, joined in this order.
_SCRIPTS = ("answers", "sheet")
# The form of a structured report is the same in a lesson's lab.
_FORM = Path(__file__).parents[2] / "reading" / "lessons" / "sstr_rads" / "report_form.js"


def open_exercise(
    name: Path | str, answers: Answers | Path | str | None = None, folder: Path | str | None = None
) -> ExerciseView:
    """Open an exercise for the learner whose answers file it is, and return what a notebook
    displays.

    `name` is an id such as "03_krenning" or a TOML file; `folder` says where to look for an id.
    `answers` is the answers file: without it the one of the course folder (or of the environment
    variable NETCOURSE_ANSWERS). Nothing is scanned before the learner comes to a question that has
    pictures. Raises ExerciseError, FileNotFoundError or AnswersError.
    """
    exercise = load_exercise(find_exercise(name, folder))
    if answers is None or isinstance(answers, str | Path):
        answers = answers_kept(answers_path() if answers is None else answers)
    return ExerciseView(Session(exercise, answers))


def answers_path() -> Path:
    """Return where the learner's answers lie: beside the course's `exercises` folder, found from
    here upwards.

    The environment variable NETCOURSE_ANSWERS names another place.
    """
    if given := os.environ.get(ANSWERS_VARIABLE):
        return Path(given)
    here = Path.cwd()
    home = next((up for up in (here, *here.parents) if (up / "exercises").is_dir()), here)
    return home / "answers.json"


def script() -> str:
    """Return the sheet's JavaScript as one module; it needs no other file."""
    files = (_FORM, *(_HERE / "js" / f"{name}.js" for name in _SCRIPTS))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


class AnswerSheet(anywidget.AnyWidget):
    """Questions, answers and feedback in the browser; Python marks."""

    _esm = script()
    _css = _HERE / "sheet.css"

    state = t.Dict().tag(sync=True)
    current = t.Unicode("").tag(sync=True)
    busy = t.Unicode("").tag(sync=True)

    def __repr__(self) -> str:
        return (
            f"AnswerSheet({self.state.get('answered', 0)} of {len(self.state.get('items', ()))}"
            " answered)"
        )


class ExerciseView(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets carries no types
    """An exercise at work: `answer`, `hint` and `summary` do from Python what the sheet does by
    hand.

    `scan` makes a study from a patient (default: the course's scanner).
    """

    def __init__(self, session: Session, scan: Callable[[Patient], Study] | None = None) -> None:
        self.session = session
        self._taken: dict[str, tuple[Any, dict[str, Any] | None]] = {}
        self.pictures = Pictures(self._tell_busy, scan)
        self.sheet = AnswerSheet(state=sheet_state(session))
        self.sheet.observe(self._moved, "current")
        self.sheet.on_msg(self._heard)
        self.sheet.layout = ipywidgets.Layout(flex="1 1 340px")
        super().__init__([self.sheet], layout=ipywidgets.Layout(flex_flow="row wrap", width="100%"))
        self.add_class("nc-exercise")

    def __repr__(self) -> str:
        return repr(self.session)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return (
            data
            | {
                "text/plain": repr(self),
                "text/html": static_html(self.session.exercise, self.session.graded),
            },
            metadata,
        )

    @property
    def result(self) -> Result:
        """The mark as it stands."""
        return self.session.result

    def answer(
        self,
        item: str,
        value: Any,
        confidence: str | None = None,
        voi: Mapping[str, Any] | None = None,
    ) -> Feedback:
        """Check an answer and return feedback on it; errors as in `Session.answer`."""
        told = self.session.answer(item, value, confidence, voi)
        self._renew()
        return told

    def check(self, item: str) -> Feedback:
        """Return the feedback on what was answered to an item; ValueError while it is open,
        KeyError for an unknown one.
        """
        told = self.session.feedback(item)
        if told is None:
            raise ValueError(f"item '{item}' has no answer yet: give one with answer('{item}', …)")
        return told

    def hint(self, item: str) -> str:
        """Open an item's hint at its cost."""
        text = self.session.hint(item)
        self._renew()
        return text

    def summary(self) -> Summary:
        """Return the mark in words and what to look at again."""
        return self.session.summary()

    def go_to(self, item: str) -> None:
        """Turn to an item and show its pictures; KeyError for an unknown one."""
        self.session.exercise.item(item)
        self.sheet.current = item

    def take(self, item: str) -> tuple[Any, str]:
        """Return what the pictures hold for an item (a VOI's value, a second, the mark) and how to
        say it; ValueError without one.
        """
        value, words, voi = self.pictures.take(self.session.exercise.item(item))
        self._taken[item] = (value, voi)
        return value, words

    @property
    def viewer(self) -> Viewer | None:
        """The viewer beside the sheet, None before the first question with pictures in it."""
        return self.pictures.viewer

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
            self.answer(
                item,
                message.get("value"),
                message.get("confidence"),
                self._voi_of(item, message.get("value")),
            )
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
        taken, voi = self._taken.get(item, (None, None))
        return voi if taken == value else None

    def _moved(self, _change: Any) -> None:
        self._show(self.sheet.current)

    def _renew(self) -> None:
        self.sheet.state = sheet_state(self.session)

    # ------------------------------------------------------------------ pictures

    def _show(self, id: str) -> None:
        """Show the pictures of an item, those hidden that the learner has still to find."""
        if not id:
            return
        exercise, result = self.session.exercise, self.session.result
        item = exercise.item(id)
        if item.case is None or not self.pictures.are_made(item.case):
            self.pictures.clear()  # the last patient's beside this question would mislead
            self._hang()
        if item.case is None:
            return
        same_case = [
            other for other in exercise.items if other.case == item.case and other.hides_lesions
        ]
        sought = {
            lesion
            for other in same_case
            if not result[other.id].answered
            for lesion in other.lesions
        }
        self.pictures.show(item, exercise.case(item.case).shows, self.session.truth(item), sought)
        self._hang()

    def _hang(self) -> None:
        """Put the pictures beside the sheet, or the sheet alone."""
        shown = self.pictures.on_show
        self.children = (self.sheet,) if shown is None else (shown, self.sheet)

    def _tell_busy(self, words: str) -> None:
        self.sheet.busy = words


__all__ = ["AnswerSheet", "ExerciseView", "answers_path", "open_exercise"]
