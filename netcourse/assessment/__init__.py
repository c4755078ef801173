"""The assessment room: exercises as pages to edit, marking as a pure function, and the learner's
answers file.

`open_exercise` (the widget) is loaded at its first use, so that marking needs no Jupyter.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netcourse.assessment.answers import (
    Answer,
    AnswersError,
    AnswersFile,
    Voi,
    answers_schema,
    parse_answers,
    read_answers,
)
from netcourse.assessment.certificate import CourseSummary, course_summary
from netcourse.assessment.course_map import Progress, progress
from netcourse.assessment.exercise import Case, Exercise, exercise_schema
from netcourse.assessment.feedback import Feedback, feedback
from netcourse.assessment.load import check_exercise, course_exercises, find_exercise, load_exercise
from netcourse.assessment.problems import ExerciseError, Problem
from netcourse.assessment.scoring import Calibration, ItemResult, Result, grade
from netcourse.assessment.sitting import Sitting
from netcourse.assessment.store import MemoryAnswers, StoredAnswers
from netcourse.assessment.summary import Summary, summarise
from netcourse.assessment.template import new_exercise

if TYPE_CHECKING:
    from netcourse.assessment.pack_sitting import open_pack, reveal
    from netcourse.assessment.sheet import ExerciseView, answers_path, open_exercise

__all__ = [
    "Answer",
    "AnswersError",
    "AnswersFile",
    "Calibration",
    "Case",
    "CourseSummary",
    "Exercise",
    "ExerciseError",
    "ExerciseView",
    "Feedback",
    "ItemResult",
    "MemoryAnswers",
    "Problem",
    "Progress",
    "Result",
    "Sitting",
    "StoredAnswers",
    "Summary",
    "Voi",
    "answers_path",
    "answers_schema",
    "check_exercise",
    "course_exercises",
    "course_summary",
    "exercise_schema",
    "feedback",
    "find_exercise",
    "grade",
    "load_exercise",
    "new_exercise",
    "open_exercise",
    "open_pack",
    "parse_answers",
    "progress",
    "read_answers",
    "reveal",
    "summarise",
]

_ON_SCREEN = {
    "ExerciseView": "sheet",
    "answers_path": "sheet",
    "open_exercise": "sheet",
    "open_pack": "pack_sitting",
    "reveal": "pack_sitting",
}


def __getattr__(name: str) -> Any:
    if name in _ON_SCREEN:
        return getattr(import_module(f"{__name__}.{_ON_SCREEN[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
