"""The end of an exercise: the mark, how well confidence fitted, and what to look at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from netcourse.assessment.exercise import Exercise
from netcourse.assessment.scoring import Calibration, ItemResult, Result
from netcourse.decisions import DISCLAIMER

ENOUGH_TO_JUDGE = 5
CLOSE_ENOUGH = 0.15


@dataclass(frozen=True)
class Summary:
    """A result put into words, as text (`str`) and as HTML."""

    title: str
    result: Result
    names: dict[str, str]

    @property
    def look_again(self) -> tuple[ItemResult, ...]:
        """The items without full credit: errors that change management first, then those that lost most."""
        lost = [item for item in self.result.items if item.answered and not item.correct]
        return tuple(sorted(lost, key=lambda item: (not item.changes_management, item.points - item.max_points)))

    def lines(self) -> Iterator[str]:
        """Yield the summary sentence by sentence."""
        result = self.result
        yield f"{result.points:.1f} of {result.max_points:g} points; {result.answered} of {len(result.items)} answered."
        if result.overcalls or result.undercalls:
            yield f"Scores too high: {result.overcalls}; too low: {result.undercalls}; across the threshold of therapy: {result.management_errors}."
        yield from calibration_lines(result.calibration)

    def __str__(self) -> str:
        again = [f"Look again: {self.names[item.item]} ({_why(item)})" for item in self.look_again]
        return "\n".join([self.title, *self.lines(), *again, DISCLAIMER])

    __repr__ = __str__

    @property
    def html(self) -> str:
        """The summary as HTML."""
        result = self.result
        share = 100 * result.points / result.max_points
        lines = list(self.lines())
        head = f'<p class="nc-sum-score"><strong>{result.points:.1f}</strong> of {result.max_points:g} points</p>'
        bar = f'<div class="nc-sum-bar" role="img" aria-label="{share:.0f} per cent"><span style="width:{share:.1f}%"></span></div>'
        said = "".join(f"<p>{escape(line)}</p>" for line in lines[1:])
        again = "".join(
            f'<li data-item="{escape(item.item, quote=True)}">{escape(self.names[item.item])} <small>{escape(_why(item))}</small></li>'
            for item in self.look_again
        )
        again = f"<p class='nc-sum-again'>Look at these again</p><ul>{again}</ul>" if again else ""
        return f'<div class="nc-sum">{head}{bar}<p>{result.answered} of {len(result.items)} answered.</p>{said}{again}<p class="nc-fb-foot">{DISCLAIMER}</p></div>'

    def _repr_html_(self) -> str:
        return self.html


def summarise(exercise: Exercise, result: Result) -> Summary:
    """Put a result into words."""
    return Summary(exercise.title, result, {item.id: f"{i}. {item.title or item.id}" for i, item in enumerate(exercise.items, 1)})


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """Yield what a learner's confidence was worth, in plain words.

    >>> from netcourse.assessment.scoring import calibrate
    >>> list(calibration_lines(calibrate([])))
    []
    """
    told = [level for level in calibration.levels if level.answers]
    for level in told:
        yield f"When you said '{level.confidence}' (right {level.stated * 100:.0f} % of the time) you were right {level.right} of {level.answers} times."
    answers = sum(level.answers for level in told)
    if calibration.brier is None or answers < ENOUGH_TO_JUDGE:
        return
    stated = sum(level.stated * level.answers for level in told) / answers
    right = sum(level.right for level in told) / answers
    if stated - right > CLOSE_ENOUGH:
        verdict = "You were surer than you were right: slow down where it feels easy."
    elif right - stated > CLOSE_ENOUGH:
        verdict = "You were right more often than you dared to say."
    else:
        verdict = "Your confidence fitted how often you were right."
    yield f"{verdict} Brier score {calibration.brier:.2f} (0 is best, 1 is worst)."


def _why(item: ItemResult) -> str:
    if item.changes_management:
        return "changes management"
    lost = f"{item.points:.4g} of {item.max_points:g}"
    return f"{lost}, {'too high' if item.direction == 'over' else 'too low'}" if item.direction else lost
