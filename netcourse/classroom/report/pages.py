"""The page that grading writes for each learner, and the paper that all pages share. No script,
nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.feedback import feedback
from netcourse.assessment.marking.scoring import Result, probability
from netcourse.assessment.marking.summary import summarise
from netcourse.classroom.report.outcome import Graded
from netcourse.decisions.core import DISCLAIMER

FOOT = f"SYNTHETIC patients · {DISCLAIMER}"


def learner_page(graded: Graded, exercises: Sequence[Exercise]) -> str:
    """Return a learner's marks and feedback as one HTML page."""
    known = {exercise.id: exercise for exercise in exercises}
    parts = [_exercise(known[result.exercise], result) for result in graded.results]
    notes = dict.fromkeys(note for result in graded.results for note in result.notes)
    if notes:
        shown = "".join(f"<li>{escape(note)}</li>" for note in list(notes)[:10])
        parts.append(f"<section><h2>Not counted</h2><ul>{shown}</ul></section>")
    return page(f"Feedback for {graded.pseudonym}", "".join(parts))


def _exercise(exercise: Exercise, result: Result) -> str:
    shown = []
    for n, item in enumerate(exercise.items, 1):
        truth = exercise.truth(item, result.course_seed)
        told = feedback(exercise, result.course_seed, result[item.id])
        confidence = result[item.id].confidence
        sure = (
            f'<p class="nc-page-sure">You said: {escape(confidence)}'
            f" ({probability(confidence) * 100:.0f} % right).</p>"
            if confidence
            else ""
        )
        title = f"{n}. {escape(item.title or item.id)}"
        shown.append(
            f"<article><h3>{title}</h3><p"
            f' class="nc-page-prompt">{escape(truth.fill(item.prompt))}</p>{sure}{told.html}</article>'
        )
    return f"<section><h2>{escape(exercise.title)}</h2>{summarise(exercise, result).html}</section><section>{''.join(shown)}</section>"


def page(title: str, body: str) -> str:
    """Return a whole HTML page; `body` is HTML whose texts are escaped already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
        ' content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; img-src data:; style-src"
        f" 'unsafe-inline'\"><title>{escape(title)}</title><style>{_style()}</style></head><body><main"
        f' class="nc-sheet nc-page"><h1>{escape(title)}</h1><p'
        f' class="nc-page-foot">{FOOT}</p>{body}<p'
        f' class="nc-page-foot">{FOOT}</p></main></body></html>\n'
    )


@cache
def _style() -> str:
    sheet = (resources.files("netcourse.assessment.sheet") / "sheet.css").read_text(
        encoding="utf-8"
    )
    return sheet + (resources.files(__package__) / "page.css").read_text(encoding="utf-8")
