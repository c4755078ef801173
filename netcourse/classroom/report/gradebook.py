"""The gradebook as CSV files that a spreadsheet or a learning platform can take, and that cannot
run anything there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import chance_corrected
from netcourse.classroom.collect.submissions import Rejected
from netcourse.classroom.report.outcome import Graded, Report
from netcourse.decisions.core import DISCLAIMER

# A comment line would break every import, so the heading of the last column carries the note.
NOTES = f"notes ({DISCLAIMER})"
GRADES = (
    "pseudonym",
    "exercise",
    "version",
    "points",
    "max_points",
    "chance_corrected",
    "answered",
    "items",
    "over_calls",
    "under_calls",
    "management_errors",
    "hints",
    "brier",
    "file",
    NOTES,
)
ITEMS = (
    "pseudonym",
    "exercise",
    "item",
    "title",
    "kind",
    "answered",
    "answer",
    "points",
    "max_points",
    "correct",
    "direction",
    "changes_management",
    "confidence",
    "attempts",
    "hints",
)


def grades_csv(graded: Iterable[Graded], blind: float = 0.0) -> str:
    """Return one row for each learner and exercise; `blind` is the share (0–1) that a sheet filled
    in without looking earns, empty marks stand where that is not known.
    """
    return _csv(GRADES, _grades(graded, blind))


def items_csv(graded: Iterable[Graded], exercises: Sequence[Exercise]) -> str:
    """Return one row for each learner and item, for those who count further."""
    return _csv(ITEMS, _items(graded, {exercise.id: exercise for exercise in exercises}))


def files_csv(report: Report) -> str:
    """Return one row for each file and folder that lay there, and what became of it."""
    rows = [
        *((one.source, "graded", "", "; ".join(one.notes)) for one in report.graded),
        *((one.source, "refused", one.reason, one.text) for one in report.rejected),
        *((one.source, "not answers", "", one.text) for one in report.others),
    ]
    return _csv(("file", "outcome", "reason", "explanation"), sorted(rows))


def rejected_csv(rejected: Iterable[Rejected]) -> str:
    """Return one row for each file that could not be marked, with its reason."""
    return _csv(
        ("file", "reason", "explanation"), ((one.source, one.reason, one.text) for one in rejected)
    )


def cell(value: object) -> str:
    """Return a cell's text; one that a spreadsheet would take for a formula is made plain text.

    >>> cell("=1+1"), cell(2.5), cell(True), cell(None)
    ("'=1+1", '2.5', 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = str(value)
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def _grades(graded: Iterable[Graded], blind: float) -> Iterator[tuple[Any, ...]]:
    for one in graded:
        for result in one.results:
            brier = None if result.calibration.brier is None else round(result.calibration.brier, 3)
            yield (
                one.pseudonym,
                result.exercise,
                result.version,
                round(result.points, 4),
                result.max_points,
                round(chance_corrected(result.points, result.max_points, blind), 4)
                if blind
                else None,
                result.answered,
                len(result.items),
                result.overcalls,
                result.undercalls,
                result.management_errors,
                sum(item.hints for item in result.items),
                brier,
                one.source,
                "; ".join([*one.notes, *result.notes][:5]),
            )


def _items(graded: Iterable[Graded], exercises: dict[str, Exercise]) -> Iterator[tuple[Any, ...]]:
    for one in graded:
        for result in one.results:
            exercise, shown = exercises[result.exercise], one.shown[result.exercise]
            for item, words in zip(result.items, shown.words, strict=True):
                yield (
                    one.pseudonym,
                    result.exercise,
                    item.item,
                    exercise.item(item.item).title,
                    item.kind,
                    item.answered,
                    words,
                    item.points,
                    item.max_points,
                    item.correct if item.answered else None,
                    item.direction,
                    item.changes_management,
                    item.confidence,
                    item.attempts,
                    item.hints,
                )


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()
