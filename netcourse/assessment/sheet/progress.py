"""How far a learner has come: one line per exercise of the course, from the answers file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from netcourse.assessment.answers.store import Answers, StoredAnswers
from netcourse.assessment.exercise.load import course_exercises, load_exercise
from netcourse.assessment.marking.scoring import Result, grade


@dataclass(frozen=True)
class Progress:
    """The map of the course as it fills."""

    rows: tuple[tuple[str, str, Result], ...]  # id, title, result

    def __repr__(self) -> str:
        lines = [
            f"{title}: {result.answered} of {len(result.items)} answered, {result.points:.1f} of"
            f" {result.max_points:g} points"
            for _, title, result in self.rows
        ]
        return "\n".join(lines) or "no exercise in this course"

    def _repr_html_(self) -> str:
        head = "<tr><th>Lesson</th><th>Exercise</th><th>Answered</th><th>Points</th><th></th></tr>"
        body = "".join(_row(*row) for row in self.rows)
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def progress(answers: Answers | Path | str | None = None) -> Progress:
    """Return the progress in `answers`, an answers file (default: the learner's own); AnswersError
    when it cannot be read.

    >>> from netcourse.assessment import MemoryAnswers
    >>> [id for id, title, result in progress(MemoryAnswers()).rows][:2]
    ['01_ct_phases', '02_tracer_choice']
    """
    from netcourse.assessment.sheet.widget import answers_path

    if answers is None or isinstance(answers, str | Path):
        answers = StoredAnswers(answers_path() if answers is None else answers)
    file = answers.file
    rows = []
    for path in course_exercises():
        exercise = load_exercise(path)
        rows.append((path.stem, exercise.title, grade(exercise, file.course_seed, file.answers)))
    return Progress(tuple(rows))


def _row(id: str, title: str, result: Result) -> str:
    done: Sequence[str] = "●" * result.answered + "○" * (len(result.items) - result.answered)
    cells = (
        f'<a href="{id}.ipynb">{escape(title)}</a>',
        f'<a href="../exercises/{id}.ipynb">exercise</a>',
        f"{result.answered} of {len(result.items)}",
        f"{result.points:.1f} of {result.max_points:g}",
        f'<span aria-hidden="true">{done}</span>',
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
