"""The gradebook as one SQLite file: what the folder said when it was last graded, no more and no
less.

It is built anew at every run and put in place in one step. So a run can be repeated, an interrupted
one leaves the old book, and a learner whose file is taken out of the folder is out of the book as
well.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.classroom.report.outcome import Graded, Report
from netcourse.decisions.core import DISCLAIMER

TABLES = """
create table about (what text primary key, says text not null) strict;
create table learner (
  pseudonym text primary key, file text not null, points real not null, max_points real not null, notes text not null
) strict;
create table result (
  pseudonym text not null references learner, exercise text not null, version integer not null, points real not null,
  max_points real not null, answered integer not null, items integer not null, over_calls integer not null, under_calls integer not null,
  management_errors integer not null, brier real, notes text not null, primary key (pseudonym, exercise)
) strict;
create table item_result (
  pseudonym text not null, exercise text not null, item text not null, kind text not null, answered integer not null, answer text,
  points real not null, max_points real not null, share real not null, correct integer not null, direction text,
  changes_management integer not null, confidence text, attempts integer not null, hints integer not null,
  primary key (pseudonym, exercise, item), foreign key (pseudonym, exercise) references result
) strict;
create table rejected (file text not null, reason text not null, explanation text not null) strict;
"""
ABOUT = {
    "note": DISCLAIMER,
    "personal data": (
        "pseudonyms, answers and marks; names only where the platform wrote them into the paths of"
        " files. Delete this file when the marks have been handed over."
    ),
}


def write_book(path: Path, report: Report) -> Path:
    """Write the gradebook of a report in one step; OSError leaves the old one."""
    with closing(sqlite3.connect(":memory:")) as book:
        book.executescript(f"pragma foreign_keys = on; {TABLES}")
        with book:
            book.executemany("insert into about values (?, ?)", ABOUT.items())
            for table, rows in _rows(report):
                for row in rows:
                    book.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
        write_atomically(path, book.serialize(), PRIVATE)
    return path


def _rows(report: Report) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
    yield (
        "learner",
        (
            (one.pseudonym, one.source, one.points, one.max_points, "; ".join(one.notes))
            for one in report.graded
        ),
    )
    yield "result", (row for one in report.graded for row in _results(one))
    yield "item_result", (row for one in report.graded for row in _items(one))
    yield "rejected", ((one.source, one.reason, one.text) for one in report.rejected)


def _results(one: Graded) -> Iterator[tuple[Any, ...]]:
    for result in one.results:
        yield (
            one.pseudonym,
            result.exercise,
            result.version,
            result.points,
            result.max_points,
            result.answered,
            len(result.items),
            result.overcalls,
            result.undercalls,
            result.management_errors,
            result.calibration.brier,
            "; ".join(result.notes),
        )


def _items(one: Graded) -> Iterator[tuple[Any, ...]]:
    for result in one.results:
        for item in result.items:
            yield (
                one.pseudonym,
                result.exercise,
                item.item,
                item.kind,
                item.answered,
                json.dumps(item.value) if item.answered else None,
                item.points,
                item.max_points,
                item.share,
                item.correct,
                item.direction,
                item.changes_management,
                item.confidence,
                item.attempts,
                item.hints,
            )
