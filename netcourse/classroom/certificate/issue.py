"""Certificates for a class: who has earned one, a page for each, a list to mail from, and checking
one that somebody shows.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.classroom.certificate.code import Certificate
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.report.drilled import Drilled
from netcourse.classroom.report.outcome import Graded
from netcourse.classroom.report.tables import cell
from netcourse.decisions.core import DISCLAIMER

if TYPE_CHECKING:
    from jinja2 import Template

LIST, SIGNING_KEY = "certificates.csv", "signing.key"
COLUMNS = ("name", "email", "file", "course", "date", "hours", "code")
_LARGEST = 200_000


@dataclass(frozen=True)
class Course:
    """What all certificates of a course have in common; `organiser` and `signer` stand at the
    lines to sign on.
    """

    title: str
    date: str
    hours: float
    organiser: str = ""
    signer: str = ""


def earned(
    works: Mapping[Person, Graded],
    least_per_cent: float = 0.0,
    drilled: Sequence[Drilled] = (),
    least_cases: int = 0,
) -> tuple[list[Person], list[tuple[Person, str]]]:
    """Return who has earned a certificate, by name, and who has not with the reason.

    It takes at least one answer, so many per cent of the points of what was begun, and so many
    cases of the drill, or competency before. A person whom the roster does not name gets none.
    """
    drills = {one.learner: one for one in drilled}
    given, refused = [], []
    for person, work in sorted(works.items(), key=lambda one: one[0].shown):
        answered = sum(result.answered for result in work.results)
        share = 100 * work.points / work.max_points if work.max_points else 0.0
        drill = drills.get(work.pseudonym)
        if not person.name:
            refused.append((person, "the roster has no name"))
        elif not answered:
            refused.append((person, "nothing was answered"))
        elif share < least_per_cent:
            refused.append((person, f"{share:.0f} % of the points, {least_per_cent:g} % needed"))
        elif least_cases and not (drill and drill.has_done(least_cases)):
            signed = drill.cases if drill else 0
            refused.append((person, f"{signed} cases of the drill, {least_cases} needed"))
        else:
            given.append(person)
    return given, refused


def issue(
    people: Sequence[Person], course: Course, key: bytes, out: Path, result: str = ""
) -> list[Path]:
    """Write a page for each of the people and certificates.csv to mail from; return what was
    written.

    `result` is a sentence that stands on every page. OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows: list[Sequence[object]] = []
    written, names = [], set[str]()
    for person in people:
        one = Certificate(person.name, course.title, course.date, course.hours)
        stem = _file_name(person.name)
        name = next(
            candidate
            for n in range(1, len(people) + 1)
            if (candidate := stem if n == 1 else f"{stem}-{n}") not in names
        )
        names.add(name)
        path = out / f"{name}.html"
        write_atomically(path, certificate_page(one, course, key, result).encode(), PRIVATE)
        written.append(path)
        mail = next((handle for handle in sorted(person.handles) if "@" in handle), "")
        rows.append((one.name, mail, path.name, one.course, one.date, one.hours, one.code(key)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in rows)
    write_atomically(out / LIST, ("\ufeff" + text.getvalue()).encode(), PRIVATE)
    return [*written, out / LIST]


def certificate_page(one: Certificate, course: Course, key: bytes, result: str = "") -> str:
    """Return a certificate as an HTML page to print on A4 or letter paper."""
    return _template().render(
        one=one,
        fields=json.dumps({**asdict(one), "code": one.code(key)}),
        when=_in_words(one.date),
        hours=f"{one.hours:g} hour{'' if one.hours == 1 else 's'}",
        result=result,
        organiser=course.organiser or "Organiser",
        signer=course.signer,
        code=one.code(key),
        disclaimer=DISCLAIMER,
    )


def verify(page: Path, key: bytes) -> tuple[Certificate, bool]:
    """Return what a certificate's page says of itself, and whether this key has certified that.

    Raises ValueError where the page is no certificate. What the page shows beside those fields is
    not looked at: compare them with the print.
    """
    reader = _Fields()
    with page.open("rb") as file:
        reader.feed(file.read(_LARGEST).decode("utf-8", "replace"))
    try:
        rows = json.loads(reader.found)
        one = Certificate(
            str(rows["name"]), str(rows["course"]), str(rows["date"]), float(rows["hours"])
        )
        return one, one.has(str(rows["code"]), key)
    except (KeyError, TypeError, ValueError, RecursionError):
        raise ValueError(f"{page.name} is no certificate of this course") from None


class _Fields(HTMLParser):
    """Finds what a certificate's page says of itself for checking."""

    found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the content of the one meta tag."""
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "netcourse-certificate":
            self.found = given.get("content") or ""


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = (resources.files(__package__) / "certificate.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)


def _in_words(days: str) -> str:
    first, *last = (date.fromisoformat(day) for day in days.split("/"))
    return " to ".join(f"{day.day} {day:%B} {day.year}" for day in (first, *last))


def _file_name(name: str) -> str:
    """A file name of plain letters, so that every mail program finds it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:80] or "certificate"
