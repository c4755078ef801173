"""What the answer sheet draws, as plain data: questions and feedback, never a key. Its static face
too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from html import escape
from typing import Any

from netcourse.assessment.answers.model import CONFIDENCES, Confidence
from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.model import Case, Exercise
from netcourse.assessment.keys.truth import Truth, shuffled
from netcourse.assessment.marking.scoring import ItemResult, probability
from netcourse.assessment.sheet.session import Session
from netcourse.decisions.core import DISCLAIMER
from netcourse.patients import Patient
from netcourse.reading.lessons.board.patient_sheet import sheet_in_writing


def sheet_state(session: Session) -> dict[str, Any]:
    """Return everything that the sheet shows of a session, ready for JSON."""
    exercise, result = session.exercise, session.result
    return {
        "title": exercise.title,
        "graded": session.graded,
        "objectives": list(exercise.objectives),
        "notice": session.answers.notice,
        "pseudonym": session.answers.file.pseudonym,
        "points": round(result.points, 4),
        "max_points": result.max_points,
        "answered": result.answered,
        "confidences": [{"word": word, "meaning": promise(word)} for word in CONFIDENCES],
        "cases": {case.id: _case(session, case.id) for case in exercise.cases},
        "items": [
            _item(session, item, n, result[item.id]) for n, item in enumerate(exercise.items, 1)
        ],
        "summary": session.summary().html,
        "foot": f"{exercise.watermark} · {DISCLAIMER}",
    }


def promise(word: Confidence) -> str:
    """Say what a word of confidence stands for.

    >>> promise("sure")
    '19 in 20'
    """
    share = Fraction(probability(word)).limit_denominator(20)
    return f"{share.numerator} in {share.denominator}"


def static_html(exercise: Exercise, graded: bool = False) -> str:
    """Return the sheet as a page that works without a kernel: the questions, for the archetypes as
    written.

    It depends on the exercise alone, never on a learner, so that committed notebooks stay the same.
    """
    rows = []
    shown: set[str] = set()
    for n, item in enumerate(exercise.items, 1):
        truth = exercise.as_written(item)
        if item.case and item.case not in shown:
            shown.add(item.case)
            told = escape(_told(truth.patient, exercise.case(item.case))).replace("\n", "<br>")
            rows.append(f'<p style="margin:.9em 0 .2em"><em>{told}</em></p>')
        control = item.control(truth)
        options = "".join(
            _list([option["text"] for option in control.get(name, ())])
            for name in ("verdicts", "options")
        )
        rows.append(
            f"<p><strong>{n}. {escape(item.title)}</strong>"
            f" ({_points(item.points)})<br>{escape(truth.fill(item.prompt))}</p>{options}"
        )
    head = (
        f"<p><strong>{escape(exercise.title)}</strong>: {len(exercise.items)} questions,"
        f" {_points(exercise.max_points)}.</p>"
    )
    how = (
        "every answer is kept, and marked afterwards"
        if graded
        else "your own cases are drawn for you, and every answer is explained"
    )
    how = f"<p>Run this notebook to answer: {how}.</p>"
    questions = f"<details><summary>The questions</summary>{''.join(rows)}</details>"
    return (
        f'<div class="nc-sheet-static">{head}{how}{questions}<p><small>{exercise.watermark} ·'
        f" {DISCLAIMER}</small></p></div>"
    )


def _list(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>" if texts else ""


def _case(session: Session, id: str) -> dict[str, Any]:
    exercise = session.exercise
    case = exercise.case(id)
    ids = [one.id for one in exercise.cases]
    item = next((item for item in exercise.items if item.case == id), None)
    story = _told(session.truth(item).patient, case) if item else ""
    return {
        "n": ids.index(id) + 1,
        "of": len(ids),
        "story": story,
        "pictures": case.shows not in ("story", "sheet"),
    }


def _told(patient: Patient, case: Case) -> str:
    """What is told of a case: its story, and the values of the record where it shows its sheet."""
    story = patient.history.story
    if case.shows not in ("sheet", "board"):
        return story
    return f"{story}\n{sheet_in_writing(patient, lesions=case.shows == 'sheet')}"


def _item(session: Session, item: Item, n: int, result: ItemResult) -> dict[str, Any]:
    truth = session.truth(item)
    told = session.feedback(item.id)
    marked = "right" if result.correct else "partly" if result.share > 0 else "wrong"
    status = "open" if not result.answered else "kept" if session.graded else marked
    last = session.last(item)
    return {
        "id": item.id,
        "n": n,
        "kind": item.kind,
        "title": item.title or f"Question {n}",
        "prompt": truth.fill(item.prompt),
        "case": item.case,
        "points": item.points,
        "got": result.points,
        "status": status,
        "attempts": result.attempts,
        "confidence": result.confidence,
        "given": list(last) if isinstance(last, tuple) else last,
        "said": item.words(last) if last is not None else "",
        "hint": session.opened_hint(item.id),
        "hint_offer": _hint_offer(item),
        "feedback": told.html if told else "",
        "text": item.as_text(last, truth) if told and not session.graded else "",
        "control": _control(session, item, truth),
    }


def _control(session: Session, item: Item, truth: Truth) -> dict[str, Any]:
    """What the item draws to be answered, its options in this learner's order."""
    control = dict(item.control(truth))
    if options := {option["id"]: option for option in control.get("options", ())}:
        control["options"] = [
            options[id]
            for id in shuffled(list(options), session.course_seed, session.exercise.id, item.id)
        ]
    return control


def _hint_offer(item: Item) -> str:
    """Say what a hint costs before it is opened."""
    if not item.hint:
        return ""
    return (
        f"Hint: costs {item.points * item.hint_cost:.3g} of {_points(item.points)}"
        if item.hint_cost
        else "Hint: free"
    )


def _points(points: float) -> str:
    return f"{points:g} {'point' if points == 1 else 'points'}"
