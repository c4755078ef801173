"""What came of grading a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.collect.submissions import Rejected
from netcourse.decisions.core import DISCLAIMER

ALL_GRADED, SOME_REJECTED, NOTHING = 0, 1, 2


@dataclass(frozen=True)
class Graded:
    """One learner's marks, one result for every exercise they began; `notes` are for the
    instructor.
    """

    pseudonym: str
    source: str
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The points of all exercises together."""
        return sum(result.points for result in self.results)

    @property
    def max_points(self) -> float:
        """The points that could be had in them."""
        return sum(result.max_points for result in self.results)


@dataclass(frozen=True)
class Report:
    """The class's marks and every file that could not be marked; `problem` says why nothing was,
    where so.

    `written` are the files made, in the order of their making.
    """

    folder: Path
    graded: tuple[Graded, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    written: tuple[Path, ...] = ()
    problem: str = ""

    @property
    def exit_status(self) -> int:
        """0 when all files were graded, 1 when some were rejected, 2 when nothing could be
        graded.
        """
        if self.problem or not self.graded:
            return NOTHING
        return SOME_REJECTED if self.rejected else ALL_GRADED

    def __repr__(self) -> str:
        return f"Report({len(self.graded)} graded, {len(self.rejected)} rejected)"

    def __str__(self) -> str:
        if self.problem:
            return self.problem
        lines = [f"{len(self.graded)} learners graded, {len(self.rejected)} files rejected."]
        lines += [f"  rejected: {one}" for one in self.rejected]
        if self.written:
            lines.append(
                f"Written to {self.written[0].parent}:"
                f" {', '.join(path.name for path in self.written[:5])}"
            )
        return "\n".join([*lines, DISCLAIMER])
