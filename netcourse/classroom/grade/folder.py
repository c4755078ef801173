"""Grading a folder: every answers file in it, and the files that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from netcourse.assessment.answers.model import AnswersFile
from netcourse.assessment.exercise.load import course_exercises, find_exercise, load_exercise
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.problems import ExerciseError
from netcourse.assessment.marking.scoring import grade
from netcourse.classroom.collect.folder import Collected, collect
from netcourse.classroom.collect.receipts import read_receipts, received_after
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.collect.settle import Settled, settle
from netcourse.classroom.collect.submissions import Rejected, Submission
from netcourse.classroom.grade.one_each import one_each
from netcourse.classroom.grade.results import remove_results, write_results
from netcourse.classroom.grade.sheets import Marked, Marker, Sheet, mark_sheets
from netcourse.classroom.grade.suspicions import copies, odd_times
from netcourse.classroom.pack.key_file import KeyFile, TicketError
from netcourse.classroom.report.drilled import drilled
from netcourse.classroom.report.outcome import Graded, Report


def grade_folder(
    folder: Path | str,
    out: Path | str | None = None,
    exercises: Path | str | Iterable[Exercise] | None = None,
    pictures: bool = False,
    names: bool = False,
    key: KeyFile | None = None,
    people: Sequence[Person] = (),
    mark: Marker = grade,
    look_for_copies: bool = True,
    workers: int = 1,
    asked: int = 0,
) -> Report:
    """Grade every answers file under a folder, loose or in zip archives, and say what became of
    each.

    `exercises` are the course's own, those of another folder, or given ones. With `out`, a folder,
    gradebook.sqlite, grades.csv, items.csv, rejected.csv, files.csv, drill.csv, class.html and
    feedback/<pseudonym>.html are written there, each replaced in one step; `pictures` scans the patients of the questions to
    discuss for the class report (seconds each), `names` lists the marks in it. With the `key` of a
    graded pack only answers with one of its tickets are graded, each by the variant that was dealt.
    `people` are the roster: files that are one person's, from two computers, become one learner.
    `mark` marks the answers to an exercise; `look_for_copies` compares every learner with every
    other. `asked` is how many cases of the drill everyone was asked to sign. More than one of `workers` share a class that is large enough to be worth it, as processes of
    their own: ask for them only where the calling script may be started anew. What lies in the folder raises nothing: look at the report's `rejected`, `problem` and
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
    collected = collect(folder, out)
    report = _graded(
        collected,
        known,
        key,
        people,
        read_receipts(folder),
        partial(mark_sheets, mark=mark, shown=out is not None, workers=workers),
        look_for_copies,
    )
    report = replace(
        report,
        folder=folder,
        blind=key.blind if key else 0.0,
        drilled=drilled(collected.drills, workers),
        asked=asked,
    )
    try:
        if not (report.graded or report.rejected or report.drilled):
            if out is not None:
                remove_results(out)  # whoever was deleted from the folder leaves no trace here
            return replace(
                report, problem=f"there is no answers file in {folder}: no *.json and no *.zip"
            )
        if out is None:
            return report
        return replace(report, written=tuple(write_results(out, report, pictures, names)))
    except OSError as error:
        return replace(report, problem=f"{out} cannot be written: {error.strerror or error}")


def only(names: Iterable[str]) -> list[Exercise]:
    """Return exercises of the course by id, or of files; FileNotFoundError names what there is."""
    return [load_exercise(find_exercise(name)) for name in names]


def _exercises(given: Path | str | Iterable[Exercise] | None) -> tuple[Exercise, ...]:
    if given is None or isinstance(given, str | Path):
        return tuple(load_exercise(path) for path in course_exercises(given))
    return tuple(given)


def _graded(
    collected: Collected,
    exercises: Sequence[Exercise],
    key: KeyFile | None,
    people: Sequence[Person],
    receipts: Mapping[str, list[tuple[datetime, int]]],
    marked_of: Callable[[Sequence[Sheet]], list[Marked]],
    look_for_copies: bool,
) -> Report:
    """Mark what was collected. Whose a file is and what it answers is looked at before files in one
    name are settled: nobody's own file gives way to a forged one.
    """
    rejected = list(collected.rejected)
    sound: list[Submission] = []
    for one in collected.found:
        refused = _refused(one, exercises, key)
        if refused is None:
            sound.append(one)
        else:
            rejected.append(refused)
    settled, more = settle(sound)
    rejected += more
    begun = [
        _sheets(one, exercises)
        if key is None
        else _pack_sheet(one, key, receipts.get(one.submission.source, []))
        for one in settled
    ]
    marked = iter(marked_of([sheet for _, sheets in begun for sheet in sheets]))
    graded: list[Graded] = []
    for learner, sheets in begun:
        mine = list(islice(marked, len(sheets)))
        try:
            graded.append(_with_marks(learner, mine))
        except ExpressionError as error:
            if key is not None:
                raise
            rejected.append(
                Rejected(
                    learner.source,
                    "exercise",
                    f"the exercise has no key for this learner's patient: {error}",
                )
            )
    files = {one.submission.file.pseudonym: one.submission.file for one in settled}
    if look_for_copies:
        graded = copies(graded, files, exercises)
    graded = one_each(graded, people)
    return Report(
        Path(),
        tuple(graded),
        tuple(rejected),
        tuple(exercises),
        others=tuple(collected.others),
    )


def _refused(
    one: Submission, exercises: Sequence[Exercise], key: KeyFile | None
) -> Rejected | None:
    """Why a file cannot be marked at all, None where it can."""
    if key is not None:
        try:
            key.ticket_of(one.file)
        except TicketError as refused:
            return Rejected(one.source, refused.reason, str(refused))
        return None
    if one.file.ticket is not None:
        return Rejected(
            one.source,
            "key needed",
            "it answers a graded pack: grade it with the pack's key (--key key.json)",
        )
    begun, ids = _begun(one.file), {exercise.id for exercise in exercises}
    if begun and not begun & ids:
        return Rejected(
            one.source,
            "foreign course",
            f"it answers no exercise of this course; it names {', '.join(sorted(begun)[:3])}, the"
            f" course has {', '.join(sorted(ids))}",
        )
    return None


def _begun(file: AnswersFile) -> set[str]:
    return {answer.exercise for answer in file.answers}


def _pack_sheet(
    one: Settled, key: KeyFile, came: list[tuple[datetime, int]]
) -> tuple[Graded, list[Sheet]]:
    """What counts of answers to a graded pack, still without marks, and the sheet to mark."""
    file = one.submission.file
    ticket = key.ticket_of(file)
    end = datetime.fromisoformat(ticket.ends)
    in_time = [answer for answer in file.answers if datetime.fromisoformat(answer.time) <= end]
    late = len(file.answers) - len(in_time)
    notes = [f"{late} answers after the end ({ticket.ends}) were not counted"] if late else []
    if file.closed:
        told = datetime.fromisoformat(file.closed)
        before = [one for one in in_time if datetime.fromisoformat(one.time) <= told]
        if practised := len(in_time) - len(before):
            notes.append(f"{practised} answers after the key was told were not counted")
        in_time = before
    if after := received_after(came, end):
        notes.append(f"{after} answers reached the Hub after the end ({ticket.ends})")
    notes += [*one.notes, *odd_times(file.answers, key.made)]
    graded = Graded(ticket.pseudonym, one.submission.source, (), tuple(notes))
    return graded, [Sheet.of(key.exercise, ticket.variant, in_time)]


def _sheets(one: Settled, exercises: Sequence[Exercise]) -> tuple[Graded, list[Sheet]]:
    """A learner still without marks, and a sheet for every exercise that they began."""
    file = one.submission.file
    begun, ids = _begun(file), {exercise.id for exercise in exercises}
    mine = [exercise for exercise in exercises if exercise.id in begun]
    notes = [*one.notes, *odd_times(file.answers)]
    if begun - ids:
        notes.append(f"answers to {len(begun - ids)} unknown exercises were passed over")
    graded = Graded(file.pseudonym, one.submission.source, (), tuple(notes))
    # Nothing answered yet is no error: it counts as the first exercise, still open.
    chosen = mine or exercises[:1]
    return graded, [Sheet.of(exercise, file.course_seed, file.answers) for exercise in chosen]


def _with_marks(one: Graded, marked: Sequence[Marked]) -> Graded:
    """A learner with their marks; ExpressionError where an exercise has no key for them."""
    results = tuple(sheet.result for sheet in marked)
    shown = {sheet.result.exercise: sheet.shown for sheet in marked if sheet.shown}
    return replace(one, results=results, shown=shown)
