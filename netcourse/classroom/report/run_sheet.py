"""The instructor's sheet for an hour: minutes, and for each question what is right, what will be
said instead, and what to say to that.

All of it is drawn from the exercise itself, over many variants of its patients, so it cannot
disagree with the marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from typing import Any

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.kinds.options import OptionsItem, TickedOption
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.truth import Truth
from netcourse.assessment.marking.scoring import mark_value
from netcourse.classroom.report.pages import page
from netcourse.evidence import figure

VARIANTS = 40
MINUTES = ("welcome", "lesson", "own_pace", "exercise", "debrief")


def run_sheet(exercise: Exercise, variants: int = VARIANTS) -> str:
    """Return the sheet as one HTML page that prints on few pages."""
    items = "".join(
        _question(exercise, item, n, variants) for n, item in enumerate(exercise.items, 1)
    )
    aims = "".join(f"<li>{escape(aim)}</li>" for aim in exercise.objectives)
    body = (
        "<section><h2>The hour</h2><table"
        f' class="nc-page-hour"><tbody>{_minutes()}</tbody></table></section><section><h2>Afterwards'
        f" they can</h2><ul>{aims}</ul></section><section><h2>Question by question</h2><p>Right"
        f" answers are counted over {variants} variants: each learner has one of their own, so talk"
        f" about reasons, not answers.</p>{items}</section>"
    )
    return page(f"Run-sheet: {exercise.title}", body)


def right_answers(exercise: Exercise, item: Item, variants: int = VARIANTS) -> Counter[str]:
    """Return the right answers in words, each with the number of variants in which it is right.

    >>> from netcourse.assessment import find_exercise, load_exercise
    >>> right_answers(load_exercise(find_exercise("03_krenning")), load_exercise(find_exercise("03_krenning")).item("q4"), 5)
    Counter({'1': 5})
    """
    found: Counter[str] = Counter()
    for seed in range(1, variants + 1):
        truth = exercise.truth(item, seed)
        try:
            found[item.words(item.key(truth).value, truth)] += 1
        except ExpressionError:
            continue
    return found


def wrong_answers(exercise: Exercise, item: Item) -> Iterator[tuple[str, str, bool]]:
    """Yield what will be said instead in one variant, what to say to that, and whether it would
    change management.
    """
    truth = exercise.truth(item, 1)
    if item.kind == "score":
        key = item.key(truth).value
        for level in (key - 1, key + 1):
            if 0 <= level <= 4:
                marked = mark_value(exercise, item, level, 1)
                yield f"{level}, where {key} is right", marked.note, marked.changes_management
    elif isinstance(item, OptionsItem):
        right = _ids(item, truth)
        for option in item.all_options:
            if option.id not in right and isinstance(option, TickedOption):
                yield truth.fill(option.text), truth.fill(option.because), False


def _ids(item: OptionsItem, truth: Truth) -> set[Any]:
    return item.picked(item.key(truth).value)


def _question(exercise: Exercise, item: Item, n: int, variants: int) -> str:
    truth = exercise.truth(item, 1)
    told = (
        ""
        if item.kind in ("number", "point", "report")
        else _right(right_answers(exercise, item, variants), variants)
    )
    wrong = "".join(
        f"<li><b>{escape(said)}</b>{f': {escape(answer)}' if answer else ''}{' Changes management.' if alarm else ''}</li>"
        for said, answer, alarm in wrong_answers(exercise, item)
    )
    expect = f"<p><b>Expect</b></p><ul>{wrong}</ul>" if wrong else ""
    point = f"<p><b>Say</b> {escape(truth.fill(item.explain))}</p>" if item.explain else ""
    hint = f"<p><b>If they are stuck</b> {escape(truth.fill(item.hint))}</p>" if item.hint else ""
    return (
        f"<article><h3>{n}. {escape(item.title or item.id)} <small>({item.points:g}"
        " points)</small></h3>"
        f'<p class="nc-page-prompt">{escape(truth.fill(item.prompt))}</p>{told}{expect}{hint}{point}</article>'
    )


def _right(found: Counter[str], variants: int) -> str:
    rows = [
        f"{escape(words)}{'' if n == variants else f' ({n} of {variants})'}"
        for words, n in found.most_common(4)
    ]
    more = f" and {len(found) - 4} others" if len(found) > 4 else ""
    return f"<p><b>Right</b> {'; '.join(rows)}{more}</p>" if found else ""


def _minutes() -> str:
    start, rows = 0.0, []
    for part in MINUTES:
        entry = figure(f"assessment.hour.{part}")
        rows.append(
            f'<tr><th scope="row">{start:g}–{start + entry.value:g}'
            f" min</th><td>{escape(entry.label)}</td></tr>"
        )
        start += entry.value
    return "".join(rows)
