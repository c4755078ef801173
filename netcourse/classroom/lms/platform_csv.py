"""Marks into the learning platform: the CSV that Moodle, Canvas, Blackboard, ILIAS or Open edX
exported, with its column filled.

Marks are scaled to the maximum that the file states. Every other byte stays as it was: order,
delimiter, byte order mark, quotes, checksums. What could not be matched is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from netcourse.assessment.keys.problems import did_you_mean
from netcourse.classroom.collect.csv_sheet import read_csv
from netcourse.classroom.collect.roster import Person, find_columns, person_in

_CANVAS_COLUMN = re.compile(r".+\(\d+\)")
_BLACKBOARD_COLUMN = re.compile(
    r"(?P<name>.+?) \[[^\]:]+:[^\]\d]*(?P<points>[\d.,]+)[^\]]*\](?: ?\|\d+)?"
)
_OTHER_KIND = re.compile(r"\((?:letter|buchstabe|buchstaben|lettre|letra)\)$", re.IGNORECASE)
_PERCENT = re.compile(
    r"\((?:percentage|prozentsatz|prozent|pourcentage|porcentaje)\)$", re.IGNORECASE
)
_MAXIMUM = (
    "maximum grade",
    "maximum mark",
    "bestwertung",
    "maximale bewertung",
    "note maximale",
    "calificación máxima",
)
_SCALE = ("scale", "skala", "barème", "escala")
_CHANGEABLE = (
    "grade can be changed",
    "mark can be changed",
    "bewertung kann geändert werden",
    "la note peut être modifiée",
    "la calificación puede ser cambiada",
)
_NO = ("no", "nein", "non")
_EMPTY = ("", "-", "--", "needs grading", "erfordert bewertung")
_NOT_FOR_MARKS = (
    "section",
    "institution",
    "department",
    "group",
    "last downloaded from this course",
    "abteilung",
    "last access",
    "availability",
    "letzter zugriff",
    "verfügbarkeit",
    "child course id",
)


@dataclass(frozen=True)
class Mark:
    """What one person has earned."""

    person: Person
    points: float
    max_points: float


@dataclass(frozen=True)
class Placed:
    """A mark in its row: what stood there before, what is written, and how it came about."""

    person: Person
    row: int
    before: str
    written: str
    points: float
    max_points: float
    maximum: float | None

    @property
    def replaces(self) -> bool:
        """Whether another mark stood there already."""
        same = self.before == self.written or (
            _value(self.before) == _value(self.written) is not None
        )
        return self.before.casefold() not in _EMPTY and not same

    def __str__(self) -> str:
        scaled = self.maximum is not None and self.maximum != self.max_points
        out_of = f" ({self.points:g} of {self.max_points:g})" if scaled else ""
        of = "" if self.maximum is None else f" of {self.maximum:g}"
        instead = f", REPLACES {self.before}" if self.replaces else ""
        return f"row {self.row + 1}: {self.person.shown}: {self.written}{of}{out_of}{instead}"


@dataclass(frozen=True)
class Filled:
    """A platform's file with marks in it, and what became of each; `notes` are for the
    instructor.
    """

    data: bytes
    column: str
    placed: tuple[Placed, ...]
    missing: tuple[Person, ...]
    notes: tuple[str, ...] = ()

    @property
    def matched(self) -> tuple[Person, ...]:
        """Whose marks were written."""
        return tuple(placed.person for placed in self.placed)

    def __str__(self) -> str:
        lines = [f"{len(self.placed)} marks in column '{self.column}'."]
        lines += [f"  {placed}" for placed in self.placed]
        lines += [f"  not in the platform's list: {person.shown}" for person in self.missing]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


class MarkSheet:
    """A platform's exported CSV and the column of it that takes marks."""

    def __init__(self, data: bytes, column: str | None = None) -> None:
        """Read the file; `column` names the column, or a part of its name, and without it the only
        one that can take marks is taken. Raises ValueError in plain words.
        """
        self.sheet = read_csv(data)
        self._columns = find_columns(self.sheet)
        if not self._columns.all:
            raise ValueError(
                "no column says who the learners are; give the CSV as the platform exported it"
            )
        names = [name.casefold() for name in self.sheet.head]
        self._maximum = next((n for n, name in enumerate(names) if name in _MAXIMUM), None)
        self._changeable = next((n for n, name in enumerate(names) if name in _CHANGEABLE), None)
        self._update = names.index("update") if {"update", "mark"} <= {*names} else None
        self._comma = self.sheet.decimal_comma
        self.target = self._target(column)
        self.people = {
            row: person
            for row in range(1, len(self.sheet.raw))
            if (person := person_in(self.sheet, row, self._columns)) is not None
        }

    @property
    def column(self) -> str:
        """The name of the column that takes the marks."""
        return self.sheet.head[self.target]

    def maximum(self, row: int) -> float | None:
        """The points that can be had, where the file says so, for a row."""
        if self._maximum is not None and self.target == self._maximum - 1:
            return _value(self.sheet.value(row, self._maximum)) or None
        if match := _BLACKBOARD_COLUMN.fullmatch(self.column):
            return _value(match["points"]) or None
        if _PERCENT.search(self.column):
            return 100.0
        for above in range(1, min(4, len(self.sheet.raw))):
            if self.sheet.value(above, 0).casefold().startswith("points possible"):
                return _value(self.sheet.value(above, self.target)) or None
        return None

    def fill(self, marks: Sequence[Mark]) -> Filled:
        """Put marks in, scaled to the stated maximum, and return the file with what became of
        each.
        """
        rows = {
            row: [mark for mark in marks if mark.person.is_also(person)]
            for row, person in self.people.items()
        }
        placed: list[Placed] = []
        missing: list[Person] = []
        notes: list[str] = []
        for mark in marks:
            places = [row for row, those in rows.items() if mark in those]
            if not places:
                missing.append(mark.person)
            elif len(places) > 1 or len(rows[places[0]]) > 1:
                notes.append(
                    f"more than one row or learner answers to {mark.person.shown}: nothing was"
                    " written for them"
                )
            elif self._locked(places[0]):
                notes.append(
                    f"the platform does not let the mark of {mark.person.shown} be changed:"
                    " nothing was written for them"
                )
            else:
                placed.append(self._put(mark, places[0]))
        notes += self._remarks(placed)
        return Filled(
            self.sheet.to_bytes(), self.column, tuple(placed), tuple(missing), tuple(notes)
        )

    def _put(self, mark: Mark, row: int) -> Placed:
        maximum = self.maximum(row)
        scale = maximum / mark.max_points if maximum is not None and mark.max_points else 1.0
        before = self.sheet.value(row, self.target)
        self.sheet.put(row, self.target, _number(mark.points * scale, self._comma))
        if self._update is not None:
            self.sheet.put(row, self._update, "1")
        written = self.sheet.value(row, self.target)
        return Placed(mark.person, row, before, written, mark.points, mark.max_points, maximum)

    def _locked(self, row: int) -> bool:
        return (
            self._changeable is not None
            and self.sheet.value(row, self._changeable).casefold() in _NO
        )

    def _remarks(self, placed: Sequence[Placed]) -> Iterator[str]:
        scaled = {one.maximum for one in placed if one.maximum not in (None, one.max_points)}
        if scaled:
            most = ", ".join(f"{maximum:g}" for maximum in sorted(scaled, key=str))
            yield f"the platform counts to {most} points: marks were scaled"
        if unscaled := {one.max_points for one in placed if one.maximum is None}:
            most = ", ".join(f"{points:g}" for points in sorted(unscaled))
            yield (
                f"this file does not say how many points can be had: marks are out of {most}, so"
                " the platform's maximum must be the same"
            )
        if replaced := sum(one.replaces for one in placed):
            yield f"{replaced} marks that stood there already are replaced in this copy"
        if formulas := sum(
            cell.strip('" ')[:1] in ("=", "+", "@")
            for cells in self.sheet.raw[1:]
            for cell in cells
        ):
            yield (
                f"{formulas} of the platform's own cells begin like formulas and stand as they"
                " were: open the file in no spreadsheet"
            )

    def _target(self, wanted: str | None) -> int:
        head = self.sheet.head
        taken = {*self._columns.all, self._maximum, self._changeable, self._update}
        free = [
            n
            for n in range(len(head))
            if n not in taken and head[n].casefold() not in _NOT_FOR_MARKS
        ]
        if wanted is not None:
            exact = [n for n in free if head[n].casefold() == wanted.casefold()]
            chosen = exact or [n for n in free if wanted.casefold() in head[n].casefold()]
        else:
            chosen = list(self._likely(free))
        names = ", ".join(f"'{head[n]}'" for n in free) or "none"
        if len(chosen) == 1:
            self._refuse_scales(chosen[0])
            return chosen[0]
        if wanted is None:
            raise ValueError(
                f"more than one column could take the marks, or none; name it. Columns are {names}"
            )
        near = did_you_mean(wanted, [head[n] for n in free])
        raise ValueError(
            f"{len(chosen) or 'no'} columns are called '{wanted}'{near}; columns are {names}"
        )

    def _likely(self, free: Sequence[int]) -> Iterator[int]:
        """Moodle's worksheet has the mark left of its maximum, Open edX beside a checksum, ILIAS
        beside a status; Canvas numbers its assignments and Blackboard names their points; elsewhere
        the only free column.
        """
        head = self.sheet.head
        if self._maximum:
            yield self._maximum - 1
        elif "csum" in head and "points" in head:
            yield head.index("points")
        elif self._update is not None:
            yield [name.casefold() for name in head].index("mark")
        elif numbered := [n for n in free if _CANVAS_COLUMN.fullmatch(head[n])]:
            yield from numbered
        elif pointed := [n for n in free if _BLACKBOARD_COLUMN.fullmatch(head[n])]:
            yield from pointed
        else:
            yield from free

    def _refuse_scales(self, column: int) -> None:
        head = self.sheet.head
        beside = head[column + 1].casefold() if column + 1 < len(head) else ""
        if _OTHER_KIND.search(head[column]) or beside in _SCALE:
            raise ValueError(
                f"column '{head[column]}' takes letters or words of a scale, not points; give a"
                " column that counts points or per cent"
            )


def fill(data: bytes, marks: Sequence[Mark], column: str | None = None) -> Filled:
    """Return a platform's exported CSV with the marks put in; errors as in `MarkSheet`."""
    return MarkSheet(data, column).fill(marks)


def _value(text: str) -> float | None:
    """A number, written with a point or a comma; None for anything else.

    >>> _value("100,00"), _value("-")
    (100.0, None)
    """
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if isfinite(value) else None


def _number(points: float, comma: bool) -> str:
    text = f"{round(points, 2):.10g}"
    return text.replace(".", ",") if comma else text
