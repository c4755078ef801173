"""The class while it works: a folder of answers files read again and again, and what it says at
this moment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.grade.folder import grade_folder
from netcourse.classroom.pack.key_file import KeyFile
from netcourse.classroom.report.analysis import ClassAnalysis, analyse
from netcourse.classroom.report.outcome import Graded, Report


@dataclass(frozen=True)
class Moment:
    """What stands in the folder now, for one exercise."""

    exercise: Exercise
    report: Report

    @cached_property
    def learners(self) -> tuple[Graded, ...]:
        """Those who have begun, furthest first."""
        begun = [one for one in self.report.graded if self._result(one) is not None]
        return tuple(
            sorted(begun, key=lambda one: (-one_of(one, self.exercise).answered, one.pseudonym))
        )

    @cached_property
    def analysis(self) -> ClassAnalysis:
        """The answers so far."""
        return analyse(self.exercise, [one_of(one, self.exercise) for one in self.learners])

    @property
    def answers(self) -> int:
        """How many answers there are so far."""
        return sum(one_of(one, self.exercise).answered for one in self.learners)

    def _result(self, one: Graded) -> object | None:
        return next(
            (
                result
                for result in one.results
                if result.exercise == self.exercise.id and result.answered
            ),
            None,
        )


class CohortReader:
    """Reads a folder again when a file in it has changed; `reads` counts how often that was.

    `exercise` is the one to look at; of a pack its `key` tells it.
    """

    def __init__(
        self, folder: Path | str, exercise: Exercise | None = None, key: KeyFile | None = None
    ) -> None:
        self.folder, self.key = Path(folder), key
        self.exercise = exercise or (key.exercise if key else None)
        self.reads = 0
        self._seen: tuple[object, ...] | None = None
        self._moment: Moment | None = None

    def look(self) -> Moment | None:
        """Return what stands in the folder now, the same object while nothing changes, None where
        there is nothing to see.

        ValueError when the folder is none.
        """
        if not self.folder.is_dir():
            raise ValueError(
                f"{self.folder} is no folder; give the one in which the learners' answers files lie"
            )
        seen = tuple(sorted(_signs(self.folder)))
        if seen != self._seen:
            self._seen, self.reads = seen, self.reads + 1
            self._moment = self._read()
        return self._moment

    def _read(self) -> Moment | None:
        only = None if self.exercise is None or self.key else [self.exercise]
        report = grade_folder(self.folder, exercises=only, key=self.key)
        exercise = self.exercise or _busiest(report)
        return None if exercise is None else Moment(exercise, report)


def one_of(graded: Graded, exercise: Exercise) -> Result:
    """Return a learner's result of an exercise; KeyError where they have not begun it."""
    for result in graded.results:
        if result.exercise == exercise.id:
            return result
    raise KeyError(exercise.id)


def _busiest(report: Report) -> Exercise | None:
    """The exercise that most answers belong to."""
    answers = {exercise.id: 0 for exercise in report.exercises}
    for one in report.graded:
        for result in one.results:
            answers[result.exercise] += result.answered
    most = max(answers, key=lambda id: answers[id], default=None)
    return next((one for one in report.exercises if one.id == most and answers[one.id]), None)


def _signs(folder: Path) -> Iterable[tuple[str, int, int]]:
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.lower().endswith((".json", ".zip")):
                try:
                    about = Path(here, name).lstat()
                except OSError:
                    continue  # gone since
                yield str(Path(here, name)), about.st_mtime_ns, about.st_size
