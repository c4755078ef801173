"""Grading a folder: every answers file in it, one after the other, and the files that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netcourse.assessment.exercise import Exercise
from netcourse.assessment.expressions import ExpressionError
from netcourse.assessment.load import course_exercises, find_exercise, load_exercise
from netcourse.assessment.problems import ExerciseError
from netcourse.assessment.scoring import grade
from netcourse.assessment.store import write_atomically
from netcourse.classroom.book import write_book
from netcourse.classroom.class_page import class_page, to_picture
from netcourse.classroom.collect import Rejected, Submission, collect
from netcourse.classroom.gradebook import grades_csv, items_csv, rejected_csv
from netcourse.classroom.pages import learner_page
from netcourse.classroom.report import Graded, Report

if TYPE_CHECKING:
    from netcourse.scanner import Study


def grade_folder(
    folder: Path | str,
    out: Path | str | None = None,
    exercises: Path | str | Iterable[Exercise] | None = None,
    pictures: bool = False,
    names: bool = False,
) -> Report:
    """Grade every answers file under a folder, loose or in zip archives, and say what became of each.

    `exercises` are the course's own, those of another folder, or given ones. With `out`, a folder, gradebook.sqlite, grades.csv,
    items.csv, rejected.csv, class.html and feedback/<pseudonym>.html are written there, each replaced in one step; `pictures`
    scans the patients of the questions to discuss for the class report (seconds each), `names` lists the marks in it. What lies
    in the folder raises nothing: look at the report's `rejected`, `problem` and `exit_status`.
    """
    folder, out = Path(folder), None if out is None else Path(out)
    if not folder.is_dir():
        return Report(folder, problem=f"{folder} is no folder; give the folder with the learners' answers files")
    try:
        known = _exercises(exercises)
    except (ExerciseError, OSError) as error:
        return Report(folder, problem=f"the exercises cannot be read, so nothing was graded:\n{error}")
    if not known:
        return Report(folder, problem="there are no exercises to grade by; give the folder in which the *.toml files lie")
    found, rejected = collect(folder, out)
    graded: list[Graded] = []
    for one in found:
        mark = _grade(one, known)
        (graded if isinstance(mark, Graded) else rejected).append(mark)  # type: ignore[arg-type]
    graded = _copies(graded, found)
    report = Report(folder, tuple(graded), tuple(rejected), known)
    if not graded and not rejected:
        return Report(folder, exercises=known, problem=f"there is no answers file in {folder}: no *.json and no *.zip")
    if out is None:
        return report
    try:
        return Report(folder, report.graded, report.rejected, known, tuple(_write(out, report, pictures, names)))
    except OSError as error:
        return Report(folder, report.graded, report.rejected, known, problem=f"{out} cannot be written: {error.strerror or error}")


def only(names: Iterable[str]) -> list[Exercise]:
    """Return exercises of the course by id, or of files; FileNotFoundError names what there is."""
    return [load_exercise(find_exercise(name)) for name in names]


def _exercises(given: Path | str | Iterable[Exercise] | None) -> tuple[Exercise, ...]:
    if given is None or isinstance(given, str | Path):
        return tuple(load_exercise(path) for path in course_exercises(given))
    return tuple(given)


def _grade(one: Submission, exercises: Sequence[Exercise]) -> Graded | Rejected:
    answers = one.file.answers
    begun = {answer.exercise for answer in answers}
    mine = [exercise for exercise in exercises if exercise.id in begun]
    ids = {exercise.id for exercise in exercises}
    if begun and not mine:
        text = f"it answers no exercise of this course; it names {', '.join(sorted(begun)[:3])}, the course has {', '.join(sorted(ids))}"
        return Rejected(one.source, "foreign course", text)
    notes = [f"answers to {len(begun - ids)} unknown exercises were passed over"] if begun - ids else []
    # Nothing answered yet is no error: it counts as the first exercise, still open.
    try:
        results = tuple(grade(exercise, one.file.course_seed, answers) for exercise in (mine or exercises[:1]))
    except ExpressionError as error:
        return Rejected(one.source, "exercise", f"the exercise has no key for this learner's patient: {error}")
    return Graded(one.file.pseudonym, one.source, results, tuple(notes))


def _copies(graded: Sequence[Graded], found: Sequence[Submission]) -> list[Graded]:
    """Note where two learners handed in the very same answers, down to the microsecond of each."""
    by_times: dict[tuple[str, ...], list[str]] = {}
    for one in found:
        if one.file.answers:
            by_times.setdefault(tuple(answer.time for answer in one.file.answers), []).append(one.file.pseudonym)
    twins = {name: [other for other in names if other != name] for names in by_times.values() if len(names) > 1 for name in names}
    return [
        Graded(
            one.pseudonym,
            one.source,
            one.results,
            (*one.notes, f"answers given at the very same instants as those of {', '.join(twins[one.pseudonym])}"),
        )
        if one.pseudonym in twins
        else one
        for one in graded
    ]


def _write(out: Path, report: Report, pictures: bool, names: bool) -> Iterable[Path]:
    pages = out / "feedback"
    pages.mkdir(parents=True, exist_ok=True)
    yield write_book(out / "gradebook.sqlite", report)
    files = {
        out / "grades.csv": "\ufeff" + grades_csv(report.graded),  # spreadsheets know UTF-8 by this mark
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
    from netcourse.classroom.picture import case_picture, take

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
