"""Who takes the course: a CSV of the instructor's own, or the very list that a learning platform
exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netcourse.assessment.answers.pseudonym import PATTERN
from netcourse.classroom.collect.csv_sheet import CsvSheet, read_csv

FIRST = ("first name", "firstname", "given name", "vorname", "prénom", "nombre")
LAST = (
    "surname",
    "last name",
    "lastname",
    "family name",
    "nachname",
    "nom",
    "apellido(s)",
    "apellidos",
)
WHOLE = ("name", "full name", "student", "user full name", "vollständiger name")
HANDLES = (
    "email",
    "e-mail",
    "email address",
    "e-mail-adresse",
    "adresse de courriel",
    "id",
    "user id",
    "user_id",
    "id number",
    "id-nummer",
    "student id",
    "sis user id",
    "sis login id",
    "username",
    "user name",
    "anmeldename",
    "login",
)
PSEUDONYM = ("pseudonym",)


@dataclass(frozen=True)
class Person:
    """A learner as the roster knows them; `handles` are whatever names them alone, in lower case.

    >>> Person("Ott, Eva", frozenset({"eva@example.org"})).goes_by("EVA@example.org")
    True
    """

    name: str = ""
    handles: frozenset[str] = frozenset()
    pseudonym: str = ""

    def goes_by(self, handle: str) -> bool:
        """Whether something like an address or number names this person."""
        return handle.strip().casefold() in self.handles

    @property
    def shown(self) -> str:
        """What the instructor calls them."""
        return self.name or next(iter(sorted(self.handles)), "") or self.pseudonym

    def named(self, name: str) -> bool:
        """Whether a full name is theirs, in either order and with or without a comma."""
        return bool(self.name) and _parts(name) == _parts(self.name)


@dataclass(frozen=True)
class Columns:
    """Where a list of people says who they are."""

    first: int | None
    last: int | None
    whole: int | None
    handles: tuple[int, ...]
    pseudonym: int | None

    @property
    def all(self) -> set[int]:
        """All of them."""
        return {
            n
            for n in (self.first, self.last, self.whole, self.pseudonym, *self.handles)
            if n is not None
        }


def read_roster(path: Path | str) -> tuple[Person, ...]:
    """Read a roster: one row for each learner, with columns such as name, email, id, username or
    pseudonym.

    Raises ValueError that names file, line and what is allowed, FileNotFoundError.
    """
    path = Path(path)
    try:
        sheet = read_csv(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path.name} {error}") from None
    columns = find_columns(sheet.head)
    if not columns.all:
        known = ", ".join(("name", "first name", "surname", "email", "id", "username", "pseudonym"))
        raise ValueError(
            f"{path.name}, line 1: no column says who the learners are; columns may be called"
            f" {known}"
        )
    people = [
        person
        for row in range(1, len(sheet.raw))
        if (person := person_in(sheet, row, columns)) is not None
    ]
    if not people:
        raise ValueError(f"{path.name} lists nobody below its heading")
    if problems := list(_problems(people, path.name)):
        raise ValueError("\n".join(problems))
    return tuple(people)


def find_columns(head: Sequence[str]) -> Columns:
    """Return which columns say who someone is, by their headings."""
    names = [name.casefold() for name in head]

    def one(wanted: Sequence[str]) -> int | None:
        return next((n for n, name in enumerate(names) if name in wanted), None)

    return Columns(
        one(FIRST),
        one(LAST),
        one(WHOLE),
        tuple(n for n, name in enumerate(names) if name in HANDLES),
        one(PSEUDONYM),
    )


def person_in(sheet: CsvSheet, row: int, columns: Columns) -> Person | None:
    """Return who a row speaks of, None for an empty row or one that is about points."""

    def say(column: int | None) -> str:
        return "" if column is None else sheet.value(row, column)

    name = say(columns.whole) or " ".join(
        part for part in (say(columns.first), say(columns.last)) if part
    )
    handles = frozenset(text.casefold() for column in columns.handles if (text := say(column)))
    if name.casefold().startswith("points possible") or not (
        name or handles or say(columns.pseudonym)
    ):
        return None
    return Person(name, handles, say(columns.pseudonym).casefold())


def _parts(name: str) -> tuple[str, ...]:
    return tuple(sorted(part for part in re.split(r"[\s,]+", name.casefold()) if part))


def _problems(people: Sequence[Person], file: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for line, person in enumerate(people, 2):
        for handle in sorted({*person.handles, *({person.pseudonym} - {""})}):
            if handle in seen:
                yield (
                    f"{file}, line {line}: '{handle}' stands in line {seen[handle]} already; each"
                    " learner needs their own"
                )
            seen[handle] = line
        if person.pseudonym and not re.fullmatch(PATTERN, person.pseudonym):
            said = (
                f"'{person.pseudonym}' is no pseudonym; allowed are two to four words joined by"
                " hyphens, like amber-heron-4821"
            )
            yield f"{file}, line {line}: {said}"
