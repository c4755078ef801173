"""A source notebook for nbgrader from an exercise: its points and questions come from the exercise,
never typed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netcourse.assessment.exercise.model import Exercise

ANSWERS = "answers.json"
NOTE = "netcourse_exercise"
"""Where the notebook says by which exercise it is marked."""
SEPARATOR = "--"
"""Between exercise and item in the id of a grade cell: no id of ours holds it."""

_HOW = """# {title}

Run all cells, answer below, then submit this assignment. Every answer is kept in `{answers}` beside this notebook, which is handed
in with it; it alone is marked. For education, not for patient care."""

CONFIG = '''"""nbgrader for netcourse: submissions are marked from their {answers} alone, and nothing that a learner wrote is run."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {course!r}
c.CourseDirectory.root = {root!r}

# Marking by data: the learner's notebook is put aside for the released one, and no kernel is started.
c.Autograde.sanitize_preprocessors = [
    "netcourse.classroom.nbgrader.marks.UseMasterNotebook", "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds", "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells", "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "netcourse.classroom.nbgrader.marks.GradeByData", "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor", "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades", "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# An {answers} in the source folder would silently replace the learner's.
c.Autograde.exclude_overwriting = {{{assignment!r}: [{answers!r}]}}
# Answers reach nbgrader with zip_collect too.
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".json"]
# Whose a file is, by the names that Moodle, Canvas, Blackboard and ILIAS give it.
c.ZipCollectApp.collector_plugin = "netcourse.classroom.nbgrader.marks.PlatformCollector"
# A link in a submission would hand in somebody else's file.
c.ExchangeFactory.collect = "netcourse.classroom.nbgrader.marks.CollectWithoutLinks"
c.CourseDirectory.max_file_size = 2000  # kB
'''


def source_notebook(exercise: Exercise, name: str) -> str:
    """Return the notebook as JSON text; `name` is how the learner's course finds the exercise.

    >>> from netcourse.assessment import find_exercise, load_exercise
    >>> exercise = load_exercise(find_exercise("03_krenning"))
    >>> points = [cell["metadata"]["nbgrader"]["points"] for cell in json.loads(source_notebook(exercise, "03_krenning"))["cells"][2:]]
    >>> sum(points) == exercise.max_points
    True
    """
    cells = list(_cells(exercise, name))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"kernelspec": kernel, NOTE: name},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def _cells(exercise: Exercise, name: str) -> Iterator[dict[str, Any]]:
    yield {
        "cell_type": "markdown",
        "id": "title",
        "metadata": {},
        "source": _HOW.format(title=exercise.title, answers=ANSWERS),
    }
    opened = (
        f'from netcourse.assessment import open_exercise\n\nexercise = open_exercise("{name}",'
        f' answers="{ANSWERS}")\nexercise'
    )
    yield _code("open", opened, {})
    for n, item in enumerate(exercise.items, 1):
        mark = {
            "schema_version": 3,
            "grade": True,
            "solution": False,
            "locked": True,
            "task": False,
            "grade_id": f"{exercise.id}{SEPARATOR}{item.id}",
            "points": item.points,
        }
        words = f'# {n}. {item.title or item.id}\nexercise.result["{item.id}"]'
        yield _code(f"item-{n:02d}", words, {"nbgrader": mark})


def _code(id: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": id,
        "metadata": metadata,
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def write_source(
    exercise: Exercise, name: str, course: Path, assignment: str | None = None
) -> tuple[Path, Path]:
    """Write source/<assignment>/<exercise>.ipynb and nbgrader_config.py into a course folder and
    return both.

    FileExistsError where either is there already.
    """
    assignment = assignment or exercise.id
    course = course.resolve()
    notebook, config = (
        course / "source" / assignment / f"{exercise.id}.ipynb",
        course / "nbgrader_config.py",
    )
    for path in (notebook, config):
        if path.exists():
            raise FileExistsError(17, "is there already", str(path))
    notebook.parent.mkdir(parents=True, exist_ok=True)
    notebook.write_text(source_notebook(exercise, name), encoding="utf-8")
    text = CONFIG.format(
        answers=ANSWERS, course=course.name, root=str(course), assignment=assignment
    )
    config.write_text(text, encoding="utf-8")
    return notebook, config
