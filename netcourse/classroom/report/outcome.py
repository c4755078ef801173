"""What came of grading a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.collect.submissions import NotAnswers, Rejected
from netcourse.classroom.report.drilled import Drilled
from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import local_changes

MOST_NOTES = 20
ALL_GRADED, SOME_REJECTED, NOTHING = 0, 1, 2


@dataclass(frozen=True)
class Shown:
    """What the files say of a result: its part of the learner's page, as HTML in UTF-8 (a class of
    pages is tens of megabytes), and every answer in words, None where it is open.
    """

    html: bytes
    words: tuple[str | None, ...]


@dataclass(frozen=True)
class Graded:
    """One learner's marks, one result for every exercise they began; `notes` are for the
    instructor.

    `shown` is by exercise, where files are to be written.
    """

    pseudonym: str
    source: str
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    shown: Mapping[str, Shown] = field(default_factory=dict, repr=False, compare=False)

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
    """The class's marks, every file that could not be marked, and what else lay in the folder;
    `problem` says why nothing was marked, where so.

    `blind` is the share (0–1) of a graded pack that a sheet filled in without looking earns.
    `drilled` is what learners signed in the drill, `asked` how many cases they were asked for.
    `written` are the files made, in the order of their making.
    """

    folder: Path
    graded: tuple[Graded, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    written: tuple[Path, ...] = ()
    problem: str = ""
    others: tuple[NotAnswers, ...] = ()
    blind: float = 0.0
    drilled: tuple[Drilled, ...] = ()
    asked: int = 0

    @property
    def exit_status(self) -> int:
        """0 when all files were graded, 1 when some were rejected, 2 when nothing could be
        graded.
        """
        if self.problem or not (self.graded or self.drilled):
            return NOTHING
        return SOME_REJECTED if self.rejected else ALL_GRADED

    def __repr__(self) -> str:
        return f"Report({len(self.graded)} graded, {len(self.rejected)} rejected)"

    def __str__(self) -> str:
        if self.problem:
            return self.problem
        lines = [f"{len(self.graded)} learners graded, {len(self.rejected)} files rejected."]
        lines += [f"  rejected: {one}" for one in self.rejected]
        notes = [f"  look at {one.pseudonym}: {note}" for one in self.graded for note in one.notes]
        lines += notes[:MOST_NOTES]
        if len(notes) > MOST_NOTES:
            lines.append(f"  and {len(notes) - MOST_NOTES} more notes, which stand in files.csv")
        if signed := [one.cases for one in self.drilled if one.cases]:
            lines.append(f"{len(signed)} learners signed {sum(signed)} cases of the drill.")
        if self.others:
            lines.append(f"  {len(self.others)} other files are no answers files.")
        if self.written:
            lines.append(
                f"Written to {self.written[0].parent}:"
                f" {', '.join(path.name for path in self.written[:5])}"
            )
        lines += [f"  marked with {change}" for change in local_changes()]
        return "\n".join([*lines, DISCLAIMER])
