"""Who takes the course: a CSV of the instructor's own, or the very list that a learning platform
exported.
"""

from __future__ import annotations

import re
import unicodedata
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
WHOLE = (
    "name",
    "full name",
    "fullname",
    "full_name",
    "student",
    "user full name",
    "vollständiger name",
    "nom complet",
    "nombre completo",
)
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
    "benutzername",
    "login",
)
PSEUDONYM = ("pseudonym",)
IDENTIFIER = ("identifier", "id", "identifiant", "identificador")
"""What Moodle calls the column of a grading worksheet that holds "Participant 8006"."""
STATUS = ("status", "statut", "estado", "état")
_PARTICIPANT = re.compile(r"[^\W\d_][^\d@]*?(\d+)")


@dataclass(frozen=True)
class Person:
    """A learner as a list knows them.

    `handles` are addresses, logins and numbers in lower case; `participant` is Moodle's number of
    them in one assignment, `user` the number that Canvas, ILIAS or Open edX keeps of them.

    >>> Person("Ott, Eva", frozenset({"eva@example.org"})).goes_by("EVA@example.org")
    True
    """

    name: str = ""
    handles: frozenset[str] = frozenset()
    pseudonym: str = ""
    participant: str = ""
    user: str = ""

    def goes_by(self, handle: str) -> bool:
        """Whether something like an address or number names this person."""
        return folded(handle) in self.handles

    @property
    def shown(self) -> str:
        """What the instructor calls them."""
        number = f"participant {self.participant}" if self.participant else self.user
        return self.name or next(iter(sorted(self.handles)), "") or number or self.pseudonym

    def named(self, name: str) -> bool:
        """Whether a full name is theirs, in either order and with or without a comma."""
        return bool(self.name) and _parts(name) == _parts(self.name)

    def may_be_called(self, name: str) -> bool:
        """Whether a name does not speak against this being them: a part is shared, or either is
        empty.
        """
        return not (self.name and name) or bool({*_parts(name)} & {*_parts(self.name)})

    def is_also(self, other: Person) -> bool:
        """Whether two lists speak of the same person.

        A platform's own number decides. Else a shared address, or a shared number or login unless
        the names contradict it; the name alone only where no such thing can be compared.

        >>> Person("Ada One", frozenset({"1001"})).is_also(Person("Ben Two", frozenset({"1001"})))
        False
        """
        for mine, theirs in ((self.participant, other.participant), (self.user, other.user)):
            if mine and theirs:
                return mine == theirs
        mine_by_mail, mine_by_id = _kinds(self)
        theirs_by_mail, theirs_by_id = _kinds(other)
        if mine_by_mail & theirs_by_mail:
            return True
        if mine_by_id & theirs_by_id:
            return self.may_be_called(other.name)
        comparable = (mine_by_mail and theirs_by_mail) or (mine_by_id and theirs_by_id)
        return not comparable and self.named(other.name)


@dataclass(frozen=True)
class Columns:
    """Where a list of people says who they are."""

    first: int | None
    last: int | None
    whole: int | None
    handles: tuple[int, ...]
    pseudonym: int | None
    participant: int | None
    user: int | None

    @property
    def all(self) -> set[int]:
        """All of them."""
        known = (self.first, self.last, self.whole, self.pseudonym, self.participant, self.user)
        return {n for n in (*known, *self.handles) if n is not None}


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
    columns = find_columns(sheet)
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


def participants(roster: Path | None, learners: int | None) -> tuple[Person, ...]:
    """Return who takes part, from a roster or by number alone; ValueError where neither or both are
    given, or for a roster that cannot be read.
    """
    if (roster is None) == (learners is None):
        raise ValueError("say who takes part: either --roster FILE or --learners NUMBER")
    return read_roster(roster) if roster else nobody(learners or 0)


def nobody(count: int) -> tuple[Person, ...]:
    """Return that many learners of whom nothing is known; each gets a pseudonym."""
    return (Person(),) * count


def find_columns(sheet: CsvSheet) -> Columns:
    """Return which columns say who someone is, by their headings and by what stands in them."""
    names = [name.casefold() for name in sheet.head]

    def first_of(wanted: Sequence[str]) -> int | None:
        return next((n for n, name in enumerate(names) if name in wanted), None)

    participant = first_of(IDENTIFIER)
    if participant is not None and not _holds_participants(sheet, participant):
        participant = None
    canvas = "student" in names and "section" in names
    user = first_of(("id",)) if canvas else first_of(("usr_id", "user_id"))
    own = {participant, user}
    return Columns(
        first_of(FIRST),
        first_of(LAST),
        first_of(WHOLE),
        tuple(n for n, name in enumerate(names) if name in HANDLES and n not in own),
        first_of(PSEUDONYM),
        participant,
        user,
    )


def _holds_participants(sheet: CsvSheet, column: int) -> bool:
    """Whether this is Moodle's worksheet, where every row names a participant by one word and a
    number, like "Teilnehmer/in8006"; a hospital's own ids may look alike.
    """
    if not {*STATUS} & {name.casefold() for name in sheet.head}:
        return False
    cells = [text for row in range(1, len(sheet.raw)) if (text := sheet.value(row, column))]
    found = [_PARTICIPANT.fullmatch(cell) for cell in cells]
    words = {match[0].removesuffix(match[1]) for match in found if match}
    return all(found) and len(words) == 1


def person_in(sheet: CsvSheet, row: int, columns: Columns) -> Person | None:
    """Return who a row speaks of, None for an empty row or one that is about points."""

    def say(column: int | None) -> str:
        return "" if column is None else sheet.value(row, column)

    name = say(columns.whole) or " ".join(
        part for part in (say(columns.first), say(columns.last)) if part
    )
    number = _PARTICIPANT.fullmatch(say(columns.participant))
    person = Person(
        name,
        frozenset(folded(text) for column in columns.handles if (text := say(column))),
        say(columns.pseudonym).casefold(),
        number[1] if number else "",
        say(columns.user),
    )
    about_points = name.casefold().startswith("points possible")
    return None if about_points or person == Person() else person


def folded(text: str) -> str:
    """Return a text as names and addresses are compared: composed accents, lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _parts(name: str) -> tuple[str, ...]:
    # File names lose apostrophes on the platforms.
    bare = re.sub(r"['’`´]", "", folded(name))
    return tuple(sorted(part for part in re.split(r"[\s,_]+", bare) if part))


def _kinds(person: Person) -> tuple[set[str], set[str]]:
    ids = {*person.handles, *({person.user} - {""})}
    by_mail = {handle for handle in ids if "@" in handle}
    return by_mail, ids - by_mail


def _problems(people: Sequence[Person], file: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for line, person in enumerate(people, 2):
        numbers = {
            f"{word} {number}"
            for word, number in (("participant", person.participant), ("user", person.user))
            if number
        }
        for handle in sorted({*person.handles, person.pseudonym, *numbers} - {""}):
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
