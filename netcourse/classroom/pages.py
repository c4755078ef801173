"""The pages that grading writes: one for each learner, one for the class. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources

from netcourse.assessment.exercise import Exercise
from netcourse.assessment.feedback import feedback
from netcourse.assessment.items import Item
from netcourse.assessment.scoring import ItemResult, Result, probability
from netcourse.assessment.summary import summarise
from netcourse.classroom.report import Graded, Report
from netcourse.decisions import DISCLAIMER

FOOT = f"SYNTHETIC patients · {DISCLAIMER}"


def learner_page(graded: Graded, exercises: Sequence[Exercise]) -> str:
    """Return a learner's marks and feedback as one HTML page."""
    known = {exercise.id: exercise for exercise in exercises}
    parts = [_exercise(known[result.exercise], result) for result in graded.results]
    notes = dict.fromkeys(note for result in graded.results for note in result.notes)
    if notes:
        shown = "".join(f"<li>{escape(note)}</li>" for note in list(notes)[:10])
        parts.append(f"<section><h2>Not counted</h2><ul>{shown}</ul></section>")
    return _page(f"Feedback for {graded.pseudonym}", "".join(parts))


def class_page(report: Report) -> str:
    """Return what to talk about with the class: its marks, the items by difficulty, the files that were rejected."""
    parts = []
    for exercise in report.exercises:
        results = [result for one in report.graded for result in one.results if result.exercise == exercise.id]
        if results:
            parts.append(_class(exercise, results))
    if report.rejected:
        rows = "".join(
            f"<tr><td>{escape(one.source)}</td><td>{escape(one.reason)}</td><td>{escape(one.text)}</td></tr>" for one in report.rejected
        )
        parts.append(
            "<section><h2>Files that could not be graded</h2><table><thead><tr><th>File</th><th>Reason</th><th>In full</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></section>"
        )
    return _page(f"The class: {len(report.graded)} learners", "".join(parts))


@dataclass(frozen=True)
class Difficulty:
    """One item over the whole class: how many answered, their mean share of the points, and how they erred.

    `sure_and_wrong` counts those who said "sure" and were not right.
    """

    item: Item
    n: int
    answered: int
    share: float
    over: int
    under: int
    management: int
    sure_and_wrong: int


def difficulties(exercise: Exercise, results: Sequence[Result]) -> list[Difficulty]:
    """Return the items of an exercise, the hardest first; those that nobody answered last."""
    found = []
    for n, item in enumerate(exercise.items, 1):
        given = [answer for result in results if (answer := result[item.id]).answered]
        share = sum(answer.share for answer in given) / len(given) if given else 0.0
        found.append(
            Difficulty(
                item,
                n,
                len(given),
                share,
                _count(given, "over"),
                _count(given, "under"),
                sum(answer.changes_management for answer in given),
                sum(answer.confidence == "sure" and not answer.correct for answer in given),
            )
        )
    return sorted(found, key=lambda one: (not one.answered, one.share, one.n))


def _count(given: Iterable[ItemResult], direction: str) -> int:
    return sum(answer.direction == direction and not answer.correct for answer in given)


def _exercise(exercise: Exercise, result: Result) -> str:
    shown = []
    for n, item in enumerate(exercise.items, 1):
        truth = exercise.truth(item, result.course_seed)
        told = feedback(exercise, result.course_seed, result[item.id])
        confidence = result[item.id].confidence
        sure = (
            f'<p class="nc-page-sure">You said: {escape(confidence)} ({probability(confidence) * 100:.0f} % right).</p>'
            if confidence
            else ""
        )
        title = f"{n}. {escape(item.title or item.id)}"
        shown.append(f'<article><h3>{title}</h3><p class="nc-page-prompt">{escape(truth.fill(item.prompt))}</p>{sure}{told.html}</article>')
    return f"<section><h2>{escape(exercise.title)}</h2>{summarise(exercise, result).html}</section><section>{''.join(shown)}</section>"


def _class(exercise: Exercise, results: Sequence[Result]) -> str:
    shares = sorted(result.points for result in results)
    middle = shares[len(shares) // 2] if len(shares) % 2 else (shares[len(shares) // 2 - 1] + shares[len(shares) // 2]) / 2
    complete = sum(result.answered == len(result.items) for result in results)
    said = (
        f"<p>{len(results)} learners, {complete} of them answered everything. Half have {middle:.1f} of {exercise.max_points:g} points or "
        f"more; lowest {shares[0]:.1f}, highest {shares[-1]:.1f}.</p>"
    )
    rows = "".join(
        f"<tr><td>{one.n}. {escape(one.item.title or one.item.id)}</td><td>{one.answered}</td>{_share(one)}"
        f"{_errors(one)}<td>{one.sure_and_wrong}</td></tr>"
        for one in difficulties(exercise, results)
    )
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Question", "Answered", "Mean credit", "Too high", "Too low", "Changes management", "Sure, and not right")
    )
    return (
        f"<section><h2>{escape(exercise.title)}</h2>{said}<p>The hardest come first: talk about these.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _errors(one: Difficulty) -> str:
    """Over- and under-calls, and errors that change management, where the question can have them."""
    item = one.item
    cells = (one.over if item.directed else "–", one.under if item.directed else "–", one.management if item.at_stake else "–")
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _share(one: Difficulty) -> str:
    if not one.answered:
        return "<td>–</td>"
    per_cent = 100 * one.share
    return f'<td class="nc-page-share"><i><span style="width:{per_cent:.0f}%"></span></i>{per_cent:.0f} %</td>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<title>{escape(title)}</title><style>{_style()}</style></head><body><main class="nc-sheet nc-page">'
        f'<h1>{escape(title)}</h1><p class="nc-page-foot">{FOOT}</p>{body}<p class="nc-page-foot">{FOOT}</p></main></body></html>\n'
    )


@cache
def _style() -> str:
    sheet = (resources.files("netcourse.assessment") / "sheet.css").read_text(encoding="utf-8")
    return sheet + (resources.files(__package__) / "page.css").read_text(encoding="utf-8")
