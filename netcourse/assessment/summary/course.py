"""The whole course on one page: what was learned, objective by objective, how well confidence
fitted, the next step; and a certificate.

Everything comes from the answers file and the drill's beside it; nothing is kept besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from netcourse.assessment.answers.store import Answers, StoredAnswers
from netcourse.assessment.exercise.load import course_exercises, load_exercise
from netcourse.assessment.marking.scoring import grade
from netcourse.assessment.marking.summary import Summary, calibration_lines, summarise
from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figure

if TYPE_CHECKING:
    from netcourse.assessment.drill.curve import Curve

BOARD = "06_tumour_board"
_LEFT = ' style="text-align: left; vertical-align: top"'  # notebooks would set it to the right
_STYLE = (
    "body{font:16px/1.5 system-ui,'DejaVu Sans',sans-serif;max-width:46em;margin:3em"
    " auto;color:#1b2733}h1{font-size:1.6em;margin-bottom:.2em}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3em"
    " .8em .3em 0;border-bottom:1px solid"
    " #c3ccd6;vertical-align:top}footer{margin-top:2em;font-size:.85em;color:#4a5a6a}@media"
    " print{body{margin:0}}"
)


@dataclass(frozen=True)
class CourseSummary:
    """All exercises of a learner: their summaries by id, the pseudonym under which they were
    answered, and the curve of the drill, None where no case was signed.
    """

    pseudonym: str
    summaries: dict[str, Summary]
    curve: Curve | None = None

    @property
    def answered(self) -> tuple[int, int]:
        """Questions answered, and how many there are."""
        results = [one.result for one in self.summaries.values()]
        return sum(one.answered for one in results), sum(len(one.items) for one in results)

    @property
    def board_share(self) -> float:
        """The share of the tumour board's points, 0 to 1; 0 where the course has none."""
        board = self.summaries.get(BOARD)
        return 0.0 if board is None else board.result.points / board.result.max_points

    @property
    def passed(self) -> bool:
        """Whether everything was answered and the tumour board reached its pass mark (figure
        board.pass).
        """
        done, there = self.answered
        return there > 0 and done == there and self.board_share >= figure("board.pass").value / 100

    @property
    def next_step(self) -> str:
        """What to do next: the first exercise with open questions, else the weakest objective, else
        nothing.
        """
        for one in self.summaries.values():
            if one.result.answered < len(one.result.items):
                return (
                    f"Go on with “{one.title}”: {len(one.result.items) - one.result.answered}"
                    " questions are open."
                )
        marks = [
            (mark.points / mark.max_points, mark.objective, one.title)
            for one in self.summaries.values()
            for mark in one.objectives
        ]
        if not marks:
            return "There is nothing to answer in this course."
        share, objective, title = min(marks)
        if share >= 1:
            return "Nothing is left to improve."
        return f"Look again at “{title}”: {objective}"

    def lines(self) -> Iterator[str]:
        """Yield the summary line by line."""
        done, there = self.answered
        yield f"{done} of {there} questions answered."
        for one in self.summaries.values():
            yield f"{one.title}: {one.result.points:.1f} of {one.result.max_points:g} points"
            yield from (
                f"  {mark.objective} {mark.points / mark.max_points:.0%}"
                for mark in one.objectives
                if mark.answered
            )
            yield from (f"  {line}" for line in calibration_lines(one.result.calibration))
        yield self.drilled
        yield self.next_step

    @property
    def drilled(self) -> str:
        """How far the drill has come, in one sentence."""
        if self.curve is None:
            return "Drill: no case signed yet."
        signed = len(self.curve.scores)
        return f"Drill: {signed} case{'s' if signed > 1 else ''} signed. {self.curve.line}"

    def __repr__(self) -> str:
        return "\n".join([*self.lines(), DISCLAIMER])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return (
            f"<div>{self._table()}<p>{escape(self.drilled)}</p><p><strong>Next:</strong>"
            f" {escape(self.next_step)}</p><p><small>{DISCLAIMER}</small></p></div>"
        )

    def certificate(self) -> str:
        """Return the certificate as a page to print; ValueError that says what is missing where it
        is not yet earned.
        """
        if not self.passed:
            done, there = self.answered
            need = (
                f"{there - done} questions are open"
                if done < there
                else f"the tumour board has {self.board_share:.0%}"
            )
            mark = f"all questions and {figure('board.pass').value:g} % at the tumour board"
            raise ValueError(f"no certificate yet: {need}; it asks for {mark}")
        who = (
            f"{escape(self.pseudonym)} has worked through the course on imaging of neuroendocrine"
            " neoplasms."
        )
        mark = f"Pass mark of the tumour board {figure('board.pass').value:g} % (T)."
        head = f"<h1>Certificate of completion</h1><p>{who}</p>"
        foot = (
            f"<footer>Synthetic patients; {DISCLAIMER}. No medical qualification. {mark}</footer>"
        )
        drilled = f"<p>{escape(self.drilled)}</p>"
        return _page("Certificate of completion", f"{head}{self._table()}{drilled}{foot}")

    def save_certificate(self, path: Path | str) -> Path:
        """Write the certificate to a file and return its path; ValueError as in `certificate`."""
        path = Path(path)
        path.write_text(self.certificate(), encoding="utf-8")
        return path

    def _table(self) -> str:
        rows = "".join(_row(one) for one in self.summaries.values())
        head = "".join(
            f"<th{_LEFT}>{name}</th>"
            for name in ("Exercise", "Points", "Objectives, share of the points")
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def course_summary(answers: Answers | Path | str | None = None) -> CourseSummary:
    """Return the whole course of `answers`, an answers file (default: the learner's own);
    AnswersError when it cannot be read.

    >>> from netcourse.assessment import MemoryAnswers
    >>> found = course_summary(MemoryAnswers())
    >>> found.passed, found.next_step[:11]
    (False, 'Go on with ')
    """
    from netcourse.assessment.sheet.widget import answers_path

    if answers is None or isinstance(answers, str | Path):
        answers = StoredAnswers(answers_path() if answers is None else answers)
    file = answers.file
    found: dict[str, Summary] = {}
    for path in course_exercises():
        exercise = load_exercise(path)
        found[path.stem] = summarise(exercise, grade(exercise, file.course_seed, file.answers))
    curve = _curve(answers.path) if isinstance(answers, StoredAnswers) else None
    return CourseSummary(str(file.pseudonym), found, curve)


def _curve(answers: Path) -> Curve | None:
    """The curve of the drill beside an answers file, None where no case was signed."""
    # Loaded where it is asked for: marking needs no arrays.
    from netcourse.assessment.drill.curve import Curve
    from netcourse.assessment.drill.log import NAME, read_drill
    from netcourse.assessment.drill.scoring import score

    drill = read_drill(answers.with_name(NAME))
    return Curve([score(one) for one in drill.readings]) if drill and drill.readings else None


def _row(one: Summary) -> str:
    marks = "<br>".join(
        f"{escape(mark.objective)} {mark.points / mark.max_points:.0%}"
        for mark in one.objectives
        if mark.answered
    )
    result = one.result
    cells = (escape(one.title), f"{result.points:.1f} of {result.max_points:g}", marks or "–")
    return f"<tr>{''.join(f'<td{_LEFT}>{cell}</td>' for cell in cells)}</tr>"


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
