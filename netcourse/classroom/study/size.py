"""How many learners a study needs."""

from __future__ import annotations

from math import ceil, sqrt

from scipy import stats

MOST = 100_000


def learners_needed(
    gain: float,
    sd: float,
    power: float = 0.8,
    alpha: float = 0.05,
    loss: float = 0.0,
    cohorts: int = 1,
) -> int:
    """Return how many learners to invite so that a two-sided t test finds a gain with this power.

    `gain` and `sd` are in one unit, such as shares of the points; `sd` is that of the learners'
    gains. One cohort is compared with itself (before and after), of two each needs that many.
    `loss` is the share who will not take the last test. Raises ValueError outside the ranges.

    >>> learners_needed(0.5, 1.0), learners_needed(0.5, 1.0, cohorts=2)
    (34, 64)
    >>> learners_needed(0.5, 1.0, loss=0.2)
    43
    """
    if not (gain and sd > 0):
        raise ValueError("give a gain other than 0 and a standard deviation above 0")
    if not (0 < power < 1 and 0 < alpha < 1 and 0 <= loss < 1 and cohorts in (1, 2)):
        raise ValueError("power, alpha and loss lie between 0 and 1; cohorts are 1 or 2")
    for n in range(3, MOST):
        if power_of(n, abs(gain) / sd, alpha, cohorts) >= power:
            return ceil(round(n / (1 - loss), 9))
    raise ValueError(f"so small a gain would need more than {MOST} learners")


def power_of(n: int, effect: float, alpha: float = 0.05, cohorts: int = 1) -> float:
    """Return the power with n learners in each cohort for a gain of so many standard deviations.

    >>> round(power_of(34, 0.5), 3)
    0.808
    """
    free, away = cohorts * (n - 1), effect * sqrt(n / cohorts)
    limit = stats.t.ppf(1 - alpha / 2, free)
    return float(stats.nct.sf(limit, free, away) + stats.nct.cdf(-limit, free, away))
