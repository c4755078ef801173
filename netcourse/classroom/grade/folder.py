"""Grading a folder: every answers file in it, one after the other, and the files that come of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netcourse.assessment.answers.store import write_atomically
from netcourse.assessment.exercise.load import course_exercises, find_exercise, load_exercise
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.problems import ExerciseError
from netcourse.assessment.marking.scoring import grade
from netcourse.classroom.collect.submissions import Rejected, Submission, collect
from netcourse.classroom.pack.key_file import KeyFile, TicketError
from netcourse.classroom.report.class_page import class_page, to_picture
from netcourse.classroom.report.gradebook import grades_csv, items_csv, rejected_csv
from netcourse.classroom.report.gradebook_sqlite import write_book
from netcourse.classroom.report.outcome import Graded, Report
from netcourse.classroom.report.pages import learner_page
from netcourse.evidence import figure

if TYPE_CHECKING:
    from netcourse.scanner import Study


def grade_folder(
    folder: Path | str,
    out: Path | str | None = None,
    exercises: Path | str | Iterable[Exercise] | None = None,
    pictures: bool = False,
    names: bool = False,
    key: KeyFile | None = None,
) -> Report:
    """Grade every answers file under a folder, loose or in zip archives, and say what became of
    each.

    `exercises` are the course's own, those of another folder, or given ones. With `out`, a folder,
    gradebook.sqlite, grades.csv, items.csv, rejected.csv, class.html and feedback/<pseudonym>.html
    are written there, each replaced in one step; `pictures` scans the patients of the questions to
    discuss for the class report (seconds each), `names` lists the marks in it. With the `key` of a
    graded pack only answers with one of its tickets are graded, each by the variant that was dealt.
    What lies in the folder raises nothing: look at the report's `rejected`, `problem` and
    `exit_status`.
    """
    folder, out = Path(folder), None if out is None else Path(out)
    if not folder.is_dir():
        return Report(
            folder,
            problem=f"{folder} is no folder; give the folder with the learners' answers files",
        )
    try:
        known = (key.exercise,) if key else _exercises(exercises)
    except (ExerciseError, OSError) as error:
        return Report(
            folder, problem=f"the exercises cannot be read, so nothing was graded:\n{error}"
        )
    if not known:
        return Report(
            folder,
            problem=(
                "there are no exercises to grade by; give the folder in which the *.toml files lie"
            ),
        )
    found, rejected = collect(folder, out)
    graded: list[Graded] = []
    for one in found:
        mark = _grade(one, known) if key is None else _grade_pack(one, key)
        (graded if isinstance(mark, Graded) else rejected).append(mark)  # type: ignore[arg-type]
    graded = _copies(graded, found)
    report = Report(folder, tuple(graded), tuple(rejected), known)
    if not graded and not rejected:
        return Report(
            folder,
            exercises=known,
            problem=f"there is no answers file in {folder}: no *.json and no *.zip",
        )
    if out is None:
        return report
    try:
        return Report(
            folder,
            report.graded,
            report.rejected,
            known,
            tuple(_write(out, report, pictures, names)),
        )
    except OSError as error:
        return Report(
            folder,
            report.graded,
            report.rejected,
            known,
            problem=f"{out} cannot be written: {error.strerror or error}",
        )


def only(names: Iterable[str]) -> list[Exercise]:
    """Return exercises of the course by id, or of files; FileNotFoundError names what there is."""
    return [load_exercise(find_exercise(name)) for name in names]


def _exercises(given: Path | str | Iterable[Exercise] | None) -> tuple[Exercise, ...]:
    if given is None or isinstance(given, str | Path):
        return tuple(load_exercise(path) for path in course_exercises(given))
    return tuple(given)


def _grade_pack(one: Submission, key: KeyFile) -> Graded | Rejected:
    try:
        ticket = key.ticket_of(one.file)
    except TicketError as refused:
        return Rejected(one.source, refused.reason, str(refused))
    end = datetime.fromisoformat(ticket.ends)
    in_time = [answer for answer in one.file.answers if datetime.fromisoformat(answer.time) <= end]
    late = len(one.file.answers) - len(in_time)
    notes = (f"{late} answers after the end ({ticket.ends}) were not counted",) if late else ()
    return Graded(
        ticket.pseudonym, one.source, (grade(key.exercise, ticket.variant, in_time),), notes
    )


def _grade(one: Submission, exercises: Sequence[Exercise]) -> Graded | Rejected:
    answers = one.file.answers
    if one.file.ticket is not None:
        return Rejected(
            one.source,
            "key needed",
            "it answers a graded pack: grade it with the pack's key (--key key.json)",
        )
    begun = {answer.exercise for answer in answers}
    mine = [exercise for exercise in exercises if exercise.id in begun]
    ids = {exercise.id for exercise in exercises}
    if begun and not mine:
        text = (
            f"it answers no exercise of this course; it names {', '.join(sorted(begun)[:3])}, the"
            f" course has {', '.join(sorted(ids))}"
        )
        return Rejected(one.source, "foreign course", text)
    notes = (
        [f"answers to {len(begun - ids)} unknown exercises were passed over"] if begun - ids else []
    )
    # Nothing answered yet is no error: it counts as the first exercise, still open.
    try:
        results = tuple(
            grade(exercise, one.file.course_seed, answers) for exercise in mine or exercises[:1]
        )
    except ExpressionError as error:
        return Rejected(
            one.source, "exercise", f"the exercise has no key for this learner's patient: {error}"
        )
    return Graded(one.file.pseudonym, one.source, results, tuple(notes))


def _copies(graded: Sequence[Graded], found: Sequence[Submission]) -> list[Graded]:
    """Note where two learners handed in answers at the very same instants, or the very same answers
    with the same errors.
    """
    files = {one.file.pseudonym: one.file for one in found}
    times = {
        one.pseudonym: tuple(answer.time for answer in files[one.pseudonym].answers)
        for one in graded
    }
    errors = {one.pseudonym: _answers_with_errors(one) for one in graded}
    noted = []
    for one in graded:
        notes = list(one.notes)
        if others := _twins(one, times):
            notes.append(f"answers given at the very same instants as those of {', '.join(others)}")
        if others := _twins(one, errors):
            notes.append(f"the very same answers and errors as {', '.join(others)}")
        noted.append(replace(one, notes=tuple(notes)))
    return noted


def _answers_with_errors(one: Graded) -> tuple[Any, ...]:
    """Everything a learner answered, if it holds enough errors that two would hardly make them all
    alike; else nothing.
    """
    items = [item for result in one.results for item in result.items if item.answered]
    wrong = sum(not item.correct for item in items)
    return (
        tuple((item.item, item.value) for item in items)
        if wrong >= figure("assessment.class.same_errors").value
        else ()
    )


def _twins(one: Graded, alike: dict[str, tuple[Any, ...]]) -> list[str]:
    mine = alike[one.pseudonym]
    return (
        [name for name, theirs in alike.items() if name != one.pseudonym and theirs == mine]
        if mine
        else []
    )


def _write(out: Path, report: Report, pictures: bool, names: bool) -> Iterable[Path]:
    pages = out / "feedback"
    pages.mkdir(parents=True, exist_ok=True)
    yield write_book(out / "gradebook.sqlite", report)
    files = {
        out / "grades.csv": (
            "\ufeff" + grades_csv(report.graded)
        ),  # spreadsheets know UTF-8 by this mark
        out / "items.csv": "\ufeff" + items_csv(report.graded, report.exercises),
        out / "rejected.csv": "\ufeff" + rejected_csv(report.rejected),
        out / "class.html": class_page(report, _pictures(report) if pictures else None, names),
    }
    for path, text in files.items():
        write_atomically(path, text.encode("utf-8"))
        yield path
    for one in report.graded:
        path = pages / f"{one.pseudonym}.html"
        path.write_text(learner_page(one, report.exercises), encoding="utf-8")
        yield path


def _pictures(report: Report) -> dict[tuple[str, str], bytes]:
    from netcourse.classroom.report.picture import case_picture, take

    studies: dict[tuple[str, str], Study | None] = {}
    found = {}
    for exercise, item, truth in to_picture(report):
        shows = exercise.case(str(item.case)).shows
        taken = (truth.patient.id, shows)
        if taken not in studies:
            studies[taken] = take(truth.patient, shows)
        if (study := studies[taken]) is not None:
            found[exercise.id, item.id] = case_picture(study, shows, item.lesions)
    return found
