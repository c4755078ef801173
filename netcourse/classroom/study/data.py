"""All answers of a study as one table: a row for each learner, session and question, as R and others
read it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from netcourse.assessment.answers.model import Answer
from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.collect.folder import collect
from netcourse.classroom.collect.settle import settle
from netcourse.classroom.grade.folder import grade_folder
from netcourse.classroom.pack.key_file import KeyFile, TicketError
from netcourse.classroom.report.tables import cell
from netcourse.classroom.study.plan import Study

COLUMNS = (
    "learner",
    "session",
    "item",
    "kind",
    "variant",
    "key",
    "answer",
    "credit",
    "points",
    "max_points",
    "correct",
    "confidence",
    "seconds",
    "voi",
    "version",
)


@dataclass(frozen=True)
class Session:
    """One test of a study: the results by learner, the answers behind them, and what could not be
    used.
    """

    name: str
    key: KeyFile
    results: Mapping[str, Result]
    answers: Mapping[str, Sequence[Answer]]
    refused: tuple[str, ...]


def merge(study: Study) -> list[Session]:
    """Return the sessions of a study with what was collected so far, marked with their keys.

    Errors as in `Study.key`; a session that nobody has handed in yet is there without results.
    """
    return [_session(study, name) for name in study.sessions]


def _session(study: Study, name: str) -> Session:
    key, folder = study.key(name), study.answers(name)
    report = grade_folder(folder, key=key)
    sound = []
    for one in collect(folder).found if folder.is_dir() else ():
        try:
            key.ticket_of(one.file)
        except TicketError:
            continue
        sound.append(one)
    files = {one.submission.file.pseudonym: one.submission.file for one in settle(sound)[0]}
    results = {one.pseudonym: one.results[0] for one in report.graded}
    return Session(
        name,
        key,
        results,
        {learner: files[learner].of(key.exercise.id) for learner in results},
        tuple(map(str, report.rejected)),
    )


def tidy_csv(sessions: Sequence[Session]) -> str:
    """Return the table; open answers are empty cells, and nobody is named."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        [cell(value) for value in row] for session in sessions for row in _rows(session)
    )
    return text.getvalue()


def _rows(session: Session) -> Iterator[Sequence[object]]:
    exercise = session.key.exercise
    for learner, result in sorted(session.results.items()):
        given = {one.item: (one, took) for one, took in _timed(session.answers[learner])}
        for item, mark in zip(exercise.items, result.items, strict=True):
            truth = exercise.truth(item, result.course_seed)
            answer, seconds = given.get(item.id, (None, None))
            voi = answer.voi if answer else None
            yield (
                learner,
                session.name,
                item.id,
                item.kind,
                result.course_seed,
                item.words(item.key(truth).value, truth),
                item.words(mark.value, truth) if mark.answered else None,
                round(mark.share, 4) if mark.answered else None,
                mark.points,
                mark.max_points,
                mark.correct if mark.answered else None,
                mark.confidence,
                seconds,
                voi.model_dump_json() if voi else None,
                result.version,
            )


def _timed(answers: Sequence[Answer]) -> Iterator[tuple[Answer, float | None]]:
    """Yield each answer with the seconds since the one before it, None for the first; the last to an
    item comes last.
    """
    before: datetime | None = None
    for one in answers:
        now = datetime.fromisoformat(one.time)
        if one.value is not None:
            yield one, None if before is None else round((now - before).total_seconds(), 1)
        before = now
