"""A share of a cohort with its interval, so that no figure of a simulation stands without the
chance in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Proportion:
    """How many of how many, with the 95 % interval after Wilson."""

    found: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0–1; 0 of none."""
        return self.found / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval.

        >>> tuple(round(end, 3) for end in Proportion(65, 100).interval)
        (0.553, 0.736)
        """
        if not self.of:
            return 0.0, 1.0
        z, n, p = _Z, self.of, self.value
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = ((middle + step) / (1 + z * z / n) for step in (-half, half))
        return low if self.found else 0.0, high if self.found < n else 1.0

    def __repr__(self) -> str:
        low, high = self.interval
        return f"{self.value:.0%} ({low:.0%}–{high:.0%}), {self.found} of {self.of}"
