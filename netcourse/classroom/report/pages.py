"""The page that grading writes for each learner, and the paper that all pages share. No script,
nothing from elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from html import escape
from importlib import resources
from typing import cast

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.feedback import feedback
from netcourse.assessment.marking.scoring import ItemResult, Result, probability
from netcourse.assessment.marking.summary import summarise
from netcourse.classroom.report.outcome import Graded, Shown
from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import local_changes

FOOT = f"SYNTHETIC patients · {DISCLAIMER}"


def learner_page(graded: Graded) -> str:
    """Return a learner's marks and feedback as one HTML page, from what is `shown` of them."""
    parts = [graded.shown[result.exercise].html.decode() for result in graded.results]
    notes = dict.fromkeys(note for result in graded.results for note in result.notes)
    if notes:
        shown = "".join(f"<li>{escape(note)}</li>" for note in list(notes)[:10])
        parts.append(f"<section><h2>Not counted</h2><ul>{shown}</ul></section>")
    return page(f"Feedback for {graded.pseudonym}", "".join(parts))


def show(exercise: Exercise, result: Result) -> Shown:
    """Return what the files say of a result: worked out right after marking, while the learner's
    patients are still at hand.
    """
    shown, words = [], []
    for n, (item, marked) in enumerate(zip(exercise.items, result.items, strict=True), 1):
        prompt, told, said = _told(exercise, item, marked, result.course_seed)
        confidence = marked.confidence
        sure = (
            f'<p class="nc-page-sure">You said: {escape(confidence)}'
            f" ({probability(confidence) * 100:.0f} % right).</p>"
            if confidence
            else ""
        )
        title = f"{n}. {escape(item.title or item.id)}"
        shown.append(
            f'<article><h3>{title}</h3><p class="nc-page-prompt">{prompt}</p>{sure}{told}</article>'
        )
        words.append(said)
    head = f"<section><h2>{escape(exercise.title)}</h2>{summarise(exercise, result).html}</section>"
    return Shown(f"{head}<section>{''.join(shown)}</section>".encode(), tuple(words))


def _told(
    exercise: Exercise, item: Item, marked: ItemResult, course_seed: int
) -> tuple[str, str, str | None]:
    """The prompt and the feedback as HTML, and the answer in words, None where it is open.

    Learners of one variant whose marks differ in confidence and attempts alone are told the same,
    so it is kept with the case; not for answers of which no two need be alike.
    """
    truth = exercise.truth(item, course_seed)
    # The item goes along with its id: no other can get that id while it is kept.
    alike = replace(marked, confidence=None, attempts=0)
    place = id(item), replace(alike, right=None)
    if not item.by_error and place in truth.told:
        return cast("tuple[str, str, str | None]", truth.told[place][1:])
    # What would change a decision takes as long as everything else: told where it was missed.
    told = feedback(exercise, course_seed, alike, flips=not alike.correct)
    found = (
        escape(truth.fill(item.prompt)),
        told.html,
        item.words(alike.value, truth) if alike.answered else None,
    )
    if not item.by_error:
        truth.told[place] = item, *found
    return found


def page(title: str, body: str) -> str:
    """Return a whole HTML page; `body` is HTML whose texts are escaped already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
        ' content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; img-src data:; style-src"
        f" 'unsafe-inline'\"><title>{escape(title)}</title><style>{_style()}</style></head><body><main"
        f' class="nc-sheet nc-page"><h1>{escape(title)}</h1><p'
        f' class="nc-page-foot">{FOOT}</p>{body}{_local()}<p'
        f' class="nc-page-foot">{FOOT}</p></main></body></html>\n'
    )


@cache
def _local() -> str:
    """What the institution's own folder sets: it marks these answers too."""
    rows = "".join(f"<li>{escape(change)}</li>" for change in local_changes())
    return f"<section><h2>Local figures</h2><ul>{rows}</ul></section>" if rows else ""


@cache
def _style() -> str:
    sheet = (resources.files("netcourse.assessment.sheet") / "sheet.css").read_text(
        encoding="utf-8"
    )
    return sheet + (resources.files(__package__) / "page.css").read_text(encoding="utf-8")
