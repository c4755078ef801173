"""The class while it works: a folder of answers files read again and again, and what it says at
this moment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from netcourse.assessment.answers.model import Answer
from netcourse.assessment.exercise.load import course_exercises, load_exercise
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import Result, grade
from netcourse.classroom.grade.folder import grade_folder
from netcourse.classroom.pack.key_file import KeyFile
from netcourse.classroom.report.analysis import ClassAnalysis, analyse
from netcourse.classroom.report.outcome import Graded, Report


@dataclass(frozen=True)
class Moment:
    """What stands in the folder now, for one exercise; `names` are real ones by pseudonym."""

    exercise: Exercise
    report: Report
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, learner: Graded) -> str:
        """Return what to call a learner: by the pack's list where there is one, else the
        pseudonym.
        """
        return self.names.get(learner.pseudonym) or learner.pseudonym

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


class _Remembered:
    """Marks answers, and remembers each learner's last result: of a class one file changes at a
    time.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], tuple[tuple[str, ...], Result]] = {}

    def __call__(self, exercise: Exercise, course_seed: int, answers: Sequence[Answer]) -> Result:
        mine = [answer for answer in answers if answer.exercise == exercise.id]
        state, place = tuple(map(repr, mine)), (exercise.id, course_seed)
        if self._last.get(place, ((),))[0] != state or place not in self._last:
            self._last[place] = state, grade(exercise, course_seed, mine)
        return self._last[place][1]


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
        self._mark = _Remembered()
        self._known: tuple[Exercise, ...] = ()
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
        if not self._known and not self.key:
            pages = map(load_exercise, course_exercises())
            self._known = (self.exercise,) if self.exercise else tuple(pages)
        report = grade_folder(
            self.folder,
            exercises=self._known,
            key=self.key,
            mark=self._mark,
            look_for_copies=False,
        )
        exercise = self.exercise or _busiest(report)
        names = {person.pseudonym: person.name for person in self.key.people} if self.key else {}
        return None if exercise is None else Moment(exercise, report, names)


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
