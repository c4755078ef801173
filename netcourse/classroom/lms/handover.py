"""Marks for people: whose work each file is, a plain list of marks by name, and the platform's own
file filled.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.assessment.exercise.model import Exercise
from netcourse.classroom.collect.hand_in import hand_in
from netcourse.classroom.collect.roster import Person, folded
from netcourse.classroom.grade.one_each import by_person, put_together, whose
from netcourse.classroom.grade.results import MARKS, PLATFORM
from netcourse.classroom.lms.platform_csv import Filled, Mark, MarkSheet
from netcourse.classroom.report.outcome import Graded, Report
from netcourse.classroom.report.tables import cell

COLUMNS = ("name", "known as", "pseudonym", "exercise", "points", "max_points", "file")


@dataclass(frozen=True)
class HandOver:
    """What goes to the platform and into marks.csv, before anything is written: it prints as a
    preview. `unknown` is work that belongs to nobody of the roster, `absent` is who handed in
    nothing.
    """

    works: Mapping[Person, Graded]
    unknown: tuple[Graded, ...]
    absent: tuple[Person, ...]
    exercise: Exercise | None = None
    filled: Filled | None = None
    file_name: str = ""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Who earned what in the exercise of the platform's column; in all together without one."""
        return tuple(
            Mark(person, points, most)
            for person, work in self.works.items()
            for points, most in [_earned(work, self.exercise)]
            if most
        )

    def __str__(self) -> str:
        lines = [f"{len(self.works)} of the roster have handed in, {len(self.absent)} have not."]
        lines += [f"  not in the roster: {one.pseudonym} ({one.source})" for one in self.unknown]
        if self.filled and self.exercise:
            lines += [
                f"  nothing in exercise {self.exercise.id}: {person.shown}"
                for person, work in self.works.items()
                if not _earned(work, self.exercise)[1]
            ]
            lines += [f"{self.file_name}, for exercise {self.exercise.id}: {self.filled}"]
        return "\n".join(lines)

    def write(self, out: Path | str) -> tuple[Path, ...]:
        """Write marks.csv by name into `out`, and the platform's file filled, under its own name;
        return what was written.
        """
        out = Path(out)
        files = {out / MARKS: ("\ufeff" + _csv(self.works)).encode("utf-8")}
        if self.filled:
            files[out / PLATFORM / self.file_name] = self.filled.data
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data, PRIVATE)
        return tuple(files)


def plan_hand_over(
    report: Report,
    roster: Sequence[Person],
    lms: Path | str | None = None,
    column: str | None = None,
) -> HandOver:
    """Return what would be handed over, with the platform's export `lms` filled.

    A column takes the marks of one exercise: the only one that was graded, or the one that the
    column's or the file's name speaks of. Files that turn out to be one person's are put
    together. Raises ValueError for a platform's file that cannot be filled.
    """
    sheet = None
    if lms is not None:
        lms = Path(lms)
        try:
            sheet = MarkSheet(lms.read_bytes(), column)
        except ValueError as error:
            raise ValueError(f"{lms.name}: {error}") from None
    listed = tuple(sheet.people.values()) if sheet else ()
    together, unknown = by_person(report.graded, roster, listed)
    works = {person: put_together(mine) for person, mine in together.items()}
    claimed = {whose(work, roster, listed) for work in report.graded}
    absent = tuple(person for person in roster if person not in claimed)
    plan = HandOver(works, tuple(unknown), absent)
    if sheet is None or lms is None:
        return plan
    plan = replace(plan, exercise=_exercise_of(report, sheet.column, lms), file_name=lms.name)
    # The platform's own number in the path finds the row, whatever the roster calls the person.
    marks = [replace(mark, person=_numbered(mark.person, works)) for mark in plan.marks]
    return replace(plan, filled=sheet.fill(marks))


def hand_over(
    report: Report,
    out: Path | str,
    roster: Sequence[Person],
    lms: Path | str | None = None,
    column: str | None = None,
) -> HandOver:
    """Plan and write in one go; errors as in `plan_hand_over`."""
    plan = plan_hand_over(report, roster, lms, column)
    plan.write(out)
    return plan


def _numbered(person: Person, works: Mapping[Person, Graded]) -> Person:
    told = hand_in(works[person].source)
    return replace(
        person,
        participant=person.participant or told.participant,
        user=person.user or (told.user if told.platform == "Canvas" else ""),
    )


def _earned(work: Graded, exercise: Exercise | None) -> tuple[float, float]:
    if exercise is None:
        return work.points, work.max_points
    mine = [result for result in work.results if result.exercise == exercise.id]
    return sum(one.points for one in mine), sum(one.max_points for one in mine)


def _exercise_of(report: Report, column: str, lms: Path) -> Exercise:
    begun = {
        result.exercise for work in report.graded for result in work.results if result.answered
    }
    graded = [exercise for exercise in report.exercises if exercise.id in begun]
    graded = graded or list(report.exercises)
    if len(graded) == 1:
        return graded[0]
    for name in (column, lms.stem):
        words = _words(name)
        shared = {one.id: len(words & _words(f"{one.id} {one.title}")) for one in graded}
        most = max(shared.values(), default=0)
        best = [one for one in graded if most and shared[one.id] == most]
        if len(best) == 1:
            return best[0]
    names = ", ".join(one.id for one in graded)
    raise ValueError(
        f"{lms.name}: the class answered several exercises ({names}) and column '{column}' takes"
        " the marks of one: say which with --exercise"
    )


def _words(text: str) -> set[str]:
    """The words of a name that tell exercises apart: of four letters at least."""
    return {word for word in re.split(r"[\W\d_]+", folded(text)) if len(word) >= 4}


def _csv(works: Mapping[Person, Graded]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in sorted(_rows(works)))
    return text.getvalue()


def _rows(
    works: Mapping[Person, Graded],
) -> Iterator[tuple[str, str, str, str, float, float, str]]:
    for person, work in works.items():
        for result in work.results:
            yield (
                person.name,
                "; ".join(sorted({*person.handles, person.participant, person.user} - {""})),
                work.pseudonym,
                result.exercise,
                round(result.points, 4),
                result.max_points,
                work.source,
            )
