"""The assessment room: exercises as pages to edit, marking as a pure function, and the learner's
answers file.

`open_exercise` (the widget) is loaded at its first use, so that marking needs no Jupyter.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netcourse.assessment.answers.model import (
    Answer,
    AnswersError,
    AnswersFile,
    Voi,
    answers_schema,
    parse_answers,
    read_answers,
)
from netcourse.assessment.answers.store import MemoryAnswers, StoredAnswers
from netcourse.assessment.exercise.load import (
    check_exercise,
    course_exercises,
    find_exercise,
    load_exercise,
)
from netcourse.assessment.exercise.model import Case, Exercise, exercise_schema
from netcourse.assessment.exercise.template import new_exercise
from netcourse.assessment.keys.problems import ExerciseError, Problem
from netcourse.assessment.marking.feedback import Feedback, feedback
from netcourse.assessment.marking.scoring import Calibration, ItemResult, Result, grade
from netcourse.assessment.marking.summary import Summary, summarise
from netcourse.assessment.sheet.progress import Progress, progress
from netcourse.assessment.sheet.session import Session
from netcourse.assessment.summary.course import CourseSummary, course_summary

if TYPE_CHECKING:
    from netcourse.assessment.pack.session import open_pack, reveal
    from netcourse.assessment.sheet.widget import ExerciseView, answers_path, open_exercise

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
    "Session",
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
    "ExerciseView": "sheet.widget",
    "answers_path": "sheet.widget",
    "open_exercise": "sheet.widget",
    "open_pack": "pack.session",
    "reveal": "pack.session",
}


def __getattr__(name: str) -> Any:
    if name in _ON_SCREEN:
        return getattr(import_module(f"{__name__}.{_ON_SCREEN[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
