"""Marks for people: whose work each file is, a plain list of marks by name, and the platform's own
file filled.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netcourse.assessment.answers.store import write_atomically
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.lms.platform_csv import Filled, Mark, fill
from netcourse.classroom.report.gradebook import cell
from netcourse.classroom.report.outcome import Graded, Report

MARKS = ("name", "known as", "pseudonym", "points", "max_points", "file")


@dataclass(frozen=True)
class HandedOver:
    """What was written for the platform, whose work is whose, and who is still unknown or has
    handed in nothing.
    """

    marks: tuple[Mark, ...]
    unknown: tuple[Graded, ...]
    absent: tuple[Person, ...]
    filled: Filled | None
    written: tuple[Path, ...]

    def __str__(self) -> str:
        lines = [f"{len(self.marks)} of the roster have handed in, {len(self.absent)} have not."]
        lines += [f"  not in the roster: {one.pseudonym} ({one.source})" for one in self.unknown]
        if self.filled:
            lines.append(str(self.filled))
        return "\n".join([*lines, f"Written: {', '.join(str(path) for path in self.written)}"])


def hand_over(
    report: Report,
    out: Path | str,
    roster: Sequence[Person],
    lms: Path | str | None = None,
    column: str | None = None,
) -> HandedOver:
    """Write marks.csv by name into `out`, and the platform's export `lms` filled, under its own
    name.

    Where two files turn out to be one person's, neither is taken. Raises ValueError for a
    platform's file that cannot be filled.
    """
    owners = [(one, who(one, roster)) for one in report.graded]
    mine: dict[Person, list[Graded]] = {}
    for one, person in owners:
        if person is not None:
            mine.setdefault(person, []).append(one)
    clear = {person: works[0] for person, works in mine.items() if len(works) == 1}
    marks = tuple(Mark(person, one.points, one.max_points) for person, one in clear.items())
    unknown = tuple(one for one, person in owners if person not in clear)
    absent = tuple(person for person in roster if person not in mine)
    out = Path(out)
    written = [out / "marks.csv"]
    write_atomically(written[0], ("\ufeff" + _csv(clear)).encode("utf-8"))
    filled = None
    if lms is not None:
        lms = Path(lms)
        try:
            filled = fill(lms.read_bytes(), marks, column)
        except ValueError as error:
            raise ValueError(f"{lms.name}: {error}") from None
        written.append(out / "for the platform" / lms.name)
        written[1].parent.mkdir(parents=True, exist_ok=True)
        write_atomically(written[1], filled.data)
    return HandedOver(marks, unknown, absent, filled, tuple(written))


def _csv(clear: dict[Person, Graded]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(MARKS)
    writer.writerows([cell(value) for value in row] for row in sorted(_rows(clear)))
    return text.getvalue()


def _rows(clear: dict[Person, Graded]) -> Iterator[tuple[str, str, str, float, float, str]]:
    for person, one in clear.items():
        yield (
            person.name,
            "; ".join(sorted(person.handles)),
            one.pseudonym,
            round(one.points, 4),
            one.max_points,
            one.source,
        )


def who(graded: Graded, roster: Sequence[Person]) -> Person | None:
    """Return whose work this is: by pseudonym, or by the name or number that a platform wrote into
    the file's path.

    Moodle packs "Full Name_123_assignsubmission_file/answers.json", Canvas
    "surnamefirst_123_456_answers.json".
    """
    if known := [one for one in roster if one.pseudonym and one.pseudonym == graded.pseudonym]:
        return known[0]
    pieces = [
        piece
        for part in graded.source.split("/")
        for piece in (part, part.split("_")[0], *part.split("_"))
    ]
    found = {one for one in roster for piece in pieces if one.goes_by(piece) or one.named(piece)}
    return next(iter(found)) if len(found) == 1 else None
