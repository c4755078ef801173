"""The end of an exercise: the mark, objective by objective, how well confidence fitted, and what to
look at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.scoring import Calibration, ItemResult, Level, Result
from netcourse.decisions.core import DISCLAIMER

ENOUGH_TO_JUDGE = 5
CLOSE_ENOUGH = 0.15
ENOUGH_TO_COMPARE = 3


@dataclass(frozen=True)
class ObjectiveMark:
    """The mark under one objective of the exercise."""

    objective: str
    points: float
    max_points: float
    answered: int
    items: int


@dataclass(frozen=True)
class Summary:
    """A result put into words, as text (`str`) and as HTML."""

    title: str
    result: Result
    names: dict[str, str]
    objectives: tuple[ObjectiveMark, ...] = ()
    at_stake: tuple[str, ...] = ()

    @property
    def look_again(self) -> tuple[ItemResult, ...]:
        """The items without full credit: errors that change management first, then those that lost
        most.
        """
        lost = [item for item in self.result.items if item.answered and not item.correct]
        return tuple(
            sorted(
                lost, key=lambda item: (not item.changes_management, item.points - item.max_points)
            )
        )

    def lines(self) -> Iterator[str]:
        """Yield the summary sentence by sentence."""
        result = self.result
        yield (
            f"{result.points:.1f} of {result.max_points:g} points; {result.answered} of"
            f" {len(result.items)} answered."
        )
        for mark in self.objectives:
            yield f"{mark.objective} {round(mark.points, 2):g} of {mark.max_points:g} points."
        yield from self._errors()
        yield from calibration_lines(result.calibration)

    def _errors(self) -> Iterator[str]:
        result = self.result
        if result.overcalls or result.undercalls:
            yield f"Scores too high: {result.overcalls}; too low: {result.undercalls}."
        if n := result.management_errors:
            why = f": {'; '.join(self.at_stake)}" if self.at_stake else ""
            yield f"{n} {'error changes' if n == 1 else 'errors change'} management{why}."

    def __str__(self) -> str:
        again = [f"Look again: {self.names[item.item]} ({_why(item)})" for item in self.look_again]
        return "\n".join([self.title, *self.lines(), *again, DISCLAIMER])

    __repr__ = __str__

    @property
    def html(self) -> str:
        """The summary as HTML."""
        result = self.result
        head = (
            f'<p class="nc-sum-score"><strong>{result.points:.1f}</strong> of {result.max_points:g}'
            " points</p>"
        )
        bar = _bar(result.points, result.max_points)
        rows = "".join(
            f"<li><span>{escape(mark.objective)}</span> <b>{round(mark.points, 2):g} of"
            f" {mark.max_points:g}</b>{_bar(mark.points, mark.max_points)}</li>"
            for mark in self.objectives
        )
        aims = (
            '<p class="nc-sum-head">What you set out to learn</p><ul'
            f' class="nc-sum-aims">{rows}</ul>'
            if rows
            else ""
        )
        errors = "".join(f"<p>{escape(line)}</p>" for line in self._errors())
        sure = "".join(f"<p>{escape(line)}</p>" for line in calibration_lines(result.calibration))
        sure = f'<p class="nc-sum-head">How well you knew</p>{sure}' if sure else ""
        again = "".join(
            f'<li data-item="{escape(item.item, quote=True)}">{escape(self.names[item.item])}'
            f" <small>{escape(_why(item))}</small></li>"
            for item in self.look_again
        )
        again = f"<p class='nc-sum-head'>Look at these again</p><ul>{again}</ul>" if again else ""
        answered = f"<p>{result.answered} of {len(result.items)} answered.</p>"
        return (
            f'<div class="nc-sum">{head}{bar}{answered}{errors}{again}{aims}{sure}<p'
            f' class="nc-fb-foot">{DISCLAIMER}</p></div>'
        )

    def _repr_html_(self) -> str:
        return self.html


def summarise(exercise: Exercise, result: Result) -> Summary:
    """Put a result into words."""
    names = {item.id: f"{i}. {item.title or item.id}" for i, item in enumerate(exercise.items, 1)}
    changed = [
        item.at_stake
        for item in exercise.items
        if result[item.id].changes_management and item.at_stake
    ]
    return Summary(
        exercise.title,
        result,
        names,
        tuple(_by_objective(exercise, result)),
        tuple(dict.fromkeys(changed)),
    )


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """Yield what a learner's confidence was worth, in plain words.

    >>> from netcourse.assessment.marking.scoring import calibrate
    >>> list(calibration_lines(calibrate([])))
    []
    """
    told = [level for level in calibration.levels if level.answers]
    for level in told:
        promised = f"'{level.confidence}' ({level.stated * 100:.0f} % right)"
        yield (
            f"When you said {promised} you were right {level.right} of {level.answers}"
            f" {'time' if level.answers == 1 else 'times'}."
        )
    answers = sum(level.answers for level in told)
    if calibration.brier is None or answers < ENOUGH_TO_JUDGE:
        return
    stated = sum(level.stated * level.answers for level in told) / answers
    right = sum(level.right for level in told) / answers
    if stated - right > CLOSE_ENOUGH:
        verdict = "You were surer than you were right: slow down where it feels easy."
    elif right - stated > CLOSE_ENOUGH:
        verdict = "You were right more often than you dared to say."
    elif _no_wiser(told):
        verdict = (
            "You were no more often right when you were sure than when you were not: look at what"
            " made you sure."
        )
    else:
        verdict = "Your confidence fitted how often you were right."
    yield f"{verdict} Brier score {calibration.brier:.2f} (0 is best, 1 is worst)."


def _no_wiser(told: Sequence[Level]) -> bool:
    """Whether the surest answers were right no more often than the least sure ones, as far as a few
    answers can tell.
    """
    low, high = told[0], told[-1]
    enough = low is not high and min(low.answers, high.answers) >= ENOUGH_TO_COMPARE
    return enough and high.right * low.answers <= low.right * high.answers


def _by_objective(exercise: Exercise, result: Result) -> Iterator[ObjectiveMark]:
    for n, objective in enumerate(exercise.objectives, 1):
        mine = [result[item.id] for item in exercise.items if item.objective == n]
        if mine:
            points, top = sum(item.points for item in mine), sum(item.max_points for item in mine)
            yield ObjectiveMark(
                objective, points, top, sum(item.answered for item in mine), len(mine)
            )


def _bar(points: float, top: float) -> str:
    share = 100 * points / top
    return (
        f'<div class="nc-sum-bar" role="img" aria-label="{share:.0f} per cent"><span'
        f' style="width:{share:.1f}%"></span></div>'
    )


def _why(item: ItemResult) -> str:
    if item.changes_management:
        return "changes management"
    lost = f"{round(item.points, 2):g} of {item.max_points:g}"
    return (
        f"{lost}, {'too high' if item.direction == 'over' else 'too low'}"
        if item.direction
        else lost
    )
