"""What a study found: the gain from one session to another with its interval, and agreement in
each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from netcourse.assessment.marking.agreement import Estimate
from netcourse.classroom.report.analysis import analyse
from netcourse.classroom.study.data import Session
from netcourse.decisions.core import DISCLAIMER


@dataclass(frozen=True)
class Gain:
    """Gain in the share of the points (−1 to 1) between two sessions, of learners who took both.

    `mean` has a 95 % interval of Student's t. `effect` is the mean over the standard deviation of
    the gains; `normalised` the share that was gained of what was left to gain (NaN where nothing
    was). `each` is by learner.
    """

    before: str
    after: str
    mean: Estimate
    effect: float
    normalised: float
    each: dict[str, float]

    def __str__(self) -> str:
        n = self.mean.n
        if n < 2:
            return f"{self.before} to {self.after}: {n} learners took both; two are needed"
        points = Estimate(100 * self.mean.value, 100 * self.mean.low, 100 * self.mean.high, n)
        text = (
            f"{self.before} to {self.after}: {points.value:+.1f} % of the points"
            f" ({points.low:+.1f} to {points.high:+.1f}), {n} learners"
        )
        if np.isfinite(self.effect):
            text += f"; effect size {self.effect:.2f} (mean over SD of the gains)"
        if np.isfinite(self.normalised):
            text += f"; {100 * self.normalised:.0f} % of what was left to gain"
        return text


def gain(before: Session, after: Session) -> Gain:
    """Return the gain of those who answered something in both sessions."""
    first, last = _shares(before), _shares(after)
    both = sorted(first.keys() & last.keys())
    each = {learner: last[learner] - first[learner] for learner in both}
    steps = np.array(list(each.values()))
    nan = float("nan")
    if len(steps) < 2:
        mean = Estimate(float(steps.mean()) if len(steps) else nan, nan, nan, len(steps))
        return Gain(before.name, after.name, mean, nan, nan, each)
    spread = float(steps.std(ddof=1))
    # All alike leave nothing for an interval to be made of: it is the value itself.
    reach = float(stats.t.ppf(0.975, len(steps) - 1)) * spread / len(steps) ** 0.5
    value = float(steps.mean())
    left = 1 - float(np.mean([first[learner] for learner in both]))
    return Gain(
        before.name,
        after.name,
        Estimate(value, value - reach, value + reach, len(steps)),
        value / spread if spread > 1e-12 else nan,
        value / left if left > 1e-12 else nan,
        each,
    )


def report(sessions: Sequence[Session]) -> str:
    """Return what a study found, as lines of text."""
    return "\n".join(_lines(sessions))


def _lines(sessions: Sequence[Session]) -> Iterator[str]:
    for one in sessions:
        shares = list(_shares(one).values())
        if not shares:
            yield f"{one.name}: nobody has handed in yet"
            continue
        found = analyse(one.key.exercise, list(one.results.values()))
        yield (
            f"{one.name}: {len(shares)} learners, mean {100 * np.mean(shares):.1f} % of the points"
            f" (a sheet filled in without looking earns {100 * one.key.blind:.0f} %)"
        )
        if found.scores.answers:
            yield f"  agreement with the reference: weighted kappa {found.kappa}"
            yield f"  agreement among each other: Krippendorff's alpha {found.alpha}"
        yield from (f"  not used: {text}" for text in one.refused)
    for before, after in pairwise(sessions):
        yield str(gain(before, after))
    if len(sessions) > 2:
        yield str(gain(sessions[0], sessions[-1]))
    yield (
        "Learners who missed a session are left out of its gain. A gain without a comparison group"
        " is not yet an effect of the course."
    )
    yield DISCLAIMER


def compare(one: Gain, other: Gain) -> str:
    """Return how much more one cohort gained than another, with Welch's 95 % interval."""
    a, b = (np.array(list(gained.each.values())) for gained in (one, other))
    if min(len(a), len(b)) < 2:
        return "two cohorts are compared from two learners with both tests in each"
    if a.std() < 1e-12 and b.std() < 1e-12:
        return f"difference of the gains: {100 * (a.mean() - b.mean()):+.1f} % of the points"
    found = stats.ttest_ind(a, b, equal_var=False)
    low, high = found.confidence_interval(0.95)
    return (
        f"difference of the gains: {100 * (a.mean() - b.mean()):+.1f} % of the points"
        f" ({100 * low:+.1f} to {100 * high:+.1f}), {len(a)} and {len(b)} learners, p ="
        f" {found.pvalue:.2g}"
    )


def _shares(session: Session) -> dict[str, float]:
    """Points over what could be had, of those who answered anything; open questions earn nothing."""
    return {
        learner: result.points / result.max_points
        for learner, result in session.results.items()
        if result.answered
    }
