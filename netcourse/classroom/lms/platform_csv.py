"""Marks into the learning platform: the CSV that Moodle, Canvas or Open edX exported, with its
empty column filled.

Every other byte stays as it was: order, delimiter, byte order mark, quotes, checksums. What could
not be matched is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcourse.assessment.keys.problems import did_you_mean
from netcourse.classroom.collect.csv_sheet import CsvSheet, read_csv
from netcourse.classroom.collect.roster import Person, find_columns, person_in

_CANVAS_COLUMN = re.compile(r".+\(\d+\)")
_NOT_FOR_MARKS = (
    "section",
    "institution",
    "department",
    "group",
    "last downloaded from this course",
    "institution",
    "abteilung",
)


@dataclass(frozen=True)
class Mark:
    """What one person has earned."""

    person: Person
    points: float
    max_points: float


@dataclass(frozen=True)
class Filled:
    """A platform's file with marks in it, and what became of each; `notes` are for the
    instructor.
    """

    data: bytes
    column: str
    matched: tuple[Person, ...]
    missing: tuple[Person, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{len(self.matched)} marks in column '{self.column}'."]
        lines += [f"  not in the platform's list: {person.shown}" for person in self.missing]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def fill(data: bytes, marks: Sequence[Mark], column: str | None = None) -> Filled:
    """Return a platform's exported CSV with the marks put in.

    `column` names the column, or a part of its name; without it the only one that can take marks.
    Where the file says how many points can be had (Canvas), marks are scaled to them. Raises
    ValueError in plain words.
    """
    sheet = read_csv(data)
    people = find_columns(sheet.head)
    if not people.all:
        raise ValueError(
            "no column says who the learners are; give the CSV as the platform exported it"
        )
    target = _column(sheet, people.all, column)
    possible = _possible(sheet, target)
    matched: list[Person] = []
    notes: list[str] = []
    rows: dict[int, list[Mark]] = {}
    for row in range(1, len(sheet.raw)):
        if (there := person_in(sheet, row, people)) is not None:
            rows[row] = [mark for mark in marks if _same(mark.person, there)]
    for mark in marks:
        places = [row for row, found in rows.items() if mark in found]
        if len(places) == 1 and len(rows[places[0]]) == 1:
            points = (
                mark.points
                if possible is None or not mark.max_points
                else mark.points * possible / mark.max_points
            )
            sheet.put(places[0], target, _number(points, sheet))
            matched.append(mark.person)
        elif places:
            notes.append(
                f"more than one row or learner answers to {mark.person.shown}: nothing was written"
                " for them"
            )
    if possible is not None and any(mark.max_points != possible for mark in marks):
        notes.append(f"the platform counts to {possible:g} points: marks were scaled")
    if formulas := sum(
        cell.strip('" ')[:1] in ("=", "+", "@") for cells in sheet.raw[1:] for cell in cells
    ):
        notes.append(
            f"{formulas} of the platform's own cells begin like formulas and stand as they were:"
            " open the file in no spreadsheet"
        )
    missing = tuple(
        mark.person for mark in marks if not any(mark in found for found in rows.values())
    )
    return Filled(sheet.to_bytes(), sheet.head[target], tuple(matched), missing, tuple(notes))


def _same(one: Person, other: Person) -> bool:
    """Whether they share an address or number, or, where neither can be compared, the name."""
    if one.handles and other.handles:
        return bool(one.handles & other.handles)
    return one.named(other.name)


def _column(sheet: CsvSheet, taken: set[int], wanted: str | None) -> int:
    head = sheet.head
    free = [
        n for n in range(len(head)) if n not in taken and head[n].casefold() not in _NOT_FOR_MARKS
    ]
    if wanted is not None:
        exact = [n for n in free if head[n].casefold() == wanted.casefold()]
        found = exact or [n for n in free if wanted.casefold() in head[n].casefold()]
    else:
        found = list(_likely(head, free))
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"'{head[n]}'" for n in free) or "none"
    if wanted is None:
        raise ValueError(
            f"more than one column could take the marks, or none; name it. Columns are {names}"
        )
    near = did_you_mean(wanted, [head[n] for n in free])
    raise ValueError(
        f"{len(found) or 'no'} columns are called '{wanted}'{near}; columns are {names}"
    )


def _likely(head: Sequence[str], free: Sequence[int]) -> Iterator[int]:
    """Open edX writes points beside a checksum; Canvas gives each assignment a number; elsewhere
    the only free column.
    """
    if "csum" in head and "points" in head:
        yield head.index("points")
    elif numbered := [n for n in free if _CANVAS_COLUMN.fullmatch(head[n])]:
        yield from numbered
    else:
        yield from free


def _possible(sheet: CsvSheet, column: int) -> float | None:
    """The points that can be had, where a row of the file says so."""
    for row in range(1, min(4, len(sheet.raw))):
        if sheet.value(row, 0).casefold().startswith("points possible"):
            try:
                return float(sheet.value(row, column).replace(",", ".")) or None
            except ValueError:
                return None
    return None


def _number(points: float, sheet: CsvSheet) -> str:
    text = f"{round(points, 2):g}"
    return text.replace(".", ",") if sheet.decimal_comma and sheet.delimiter != "," else text
