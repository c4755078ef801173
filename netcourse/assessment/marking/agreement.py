"""How far readers agree: Krippendorff's alpha, weighted kappa, intraclass correlation, with
bootstrap intervals.

Alpha and kappa are ratios of what was seen to what chance would give, and both are read off a small
square matrix that is a sum over units (alpha) or readers (kappa). So a bootstrap draws sums of
matrices, never the ratings again, and costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netcourse.simulation.readers.panel import LEVELS, THERAPY_FROM

Array = NDArray[np.float64]
Scale = Literal["nominal", "ordinal", "interval"]
Weights = Literal["none", "linear", "quadratic"]
DRAWS = 2000
PUBLISHED = (
    "krenning.reader.prrt_kappa",
    "benchmark.dotatate.positive",
    "benchmark.rads_dotatoc.overall",
    "benchmark.rads_100.overall",
)
"""The figures of published readers that a class and a learner are shown beside their own."""


@dataclass(frozen=True)
class Estimate:
    """A statistic with its 95 % interval, NaN where it cannot be said; `n` counts what was
    resampled.

    >>> print(Estimate(0.64, 0.57, 0.70, 50))
    0.64 (0.57 to 0.70)
    >>> print(Estimate(float("nan"), float("nan"), float("nan"), 1))
    cannot be said
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return bool(np.isfinite(self.value))

    def __str__(self) -> str:
        if not self.known:
            return "cannot be said"
        return (
            f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"
            if np.isfinite(self.low)
            else f"{self.value:.2f}"
        )


def coincidences(ratings: ArrayLike, levels: Sequence[float]) -> Array:
    """Return each unit's coincidence matrix, [unit, level, level]: how often two readers of it gave
    this pair of levels.

    `ratings` is [reader, unit] with NaN where a reader gave none; a unit read once pairs nobody and
    counts nothing. ValueError for a rating that is no level.

    >>> coincidences([[0, 1], [0, 0]], [0, 1]).tolist()
    [[[2.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]]
    """
    given = np.asarray(ratings, float)
    counts = np.stack([(given == level).sum(axis=0) for level in levels], axis=1).astype(float)
    readers = counts.sum(axis=1)
    if int(readers.sum()) != int(np.isfinite(given).sum()):
        raise ValueError(
            f"a rating is no level; levels are {', '.join(f'{level:g}' for level in levels)}"
        )
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, range(len(levels)), range(len(levels))] -= counts
    return np.asarray(pairs / np.maximum(readers - 1, 1)[:, None, None])


def alpha_of(coincidence: Array, levels: Sequence[float], scale: Scale = "ordinal") -> Array:
    """Return Krippendorff's alpha of coincidence matrices [..., level, level]; NaN where all
    ratings are the same.
    """
    times = coincidence.sum(axis=-1)
    # On an ordinal scale levels lie as far apart as ratings lie between them.
    place = (
        times.cumsum(axis=-1) - times / 2
        if scale == "ordinal"
        else np.broadcast_to(np.asarray(levels, float), times.shape)
    )
    apart = (place[..., :, None] - place[..., None, :]) ** 2
    if scale == "nominal":
        apart = (apart > 0).astype(float)
    seen = (coincidence * apart).sum(axis=(-2, -1))
    chance = (times[..., :, None] * times[..., None, :] * apart).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.where(chance > 0, 1 - (times.sum(axis=-1) - 1) * seen / chance, np.nan)
        )


def krippendorff_alpha(
    ratings: ArrayLike, levels: Sequence[float], scale: Scale = "ordinal", seed: int = 0
) -> Estimate:
    """Return alpha among readers, [reader, unit] with NaN for none given; the interval resamples
    units.

    Readers are never resampled: a reader drawn twice would agree with himself. 1 is full agreement,
    0 what chance gives.

    >>> print(krippendorff_alpha([[0, 1, 2, 3], [0, 1, 2, 3]], range(4)))
    1.00 (1.00 to 1.00)
    """
    pairs = coincidences(ratings, levels)
    return bootstrap(
        pairs[pairs.sum(axis=(1, 2)) > 0], lambda sums: alpha_of(sums, levels, scale), seed
    )


def confusion(said: ArrayLike, truly: ArrayLike, levels: Sequence[float]) -> Array:
    """Return how often each level (column) was said where another (row) is true.

    >>> confusion([1, 1, 0], [1, 0, 0], [0, 1]).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    says, true = np.asarray(said, float), np.asarray(truly, float)
    return np.array(
        [[((true == row) & (says == column)).sum() for column in levels] for row in levels], float
    )


def kappa_of(grids: Array, weights: Weights = "quadratic") -> Array:
    """Return Cohen's weighted kappa of grids [..., level, level]; NaN where chance alone agrees
    fully.
    """
    k = np.arange(grids.shape[-1])
    off = np.abs(k[:, None] - k[None, :]).astype(float)
    cost = {"none": (off > 0).astype(float), "linear": off, "quadratic": off**2}[weights]
    total = grids.sum(axis=(-2, -1))
    rows, columns = grids.sum(axis=-1), grids.sum(axis=-2)
    chance = (rows[..., :, None] * columns[..., None, :] * cost).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.where(chance > 0, 1 - total * (grids * cost).sum(axis=(-2, -1)) / chance, np.nan)
        )


def weighted_kappa(grids: ArrayLike, weights: Weights = "quadratic", seed: int = 0) -> Estimate:
    """Return kappa of many readers' grids taken together, [reader, level, level]; the interval
    resamples readers.

    >>> print(weighted_kappa([[[5, 0], [0, 5]], [[4, 1], [0, 5]]]))
    0.90 (0.80 to 1.00)
    """
    return bootstrap(np.asarray(grids, float), lambda sums: kappa_of(sums, weights), seed)


def fleiss_kappa(counts: ArrayLike) -> float:
    """Return Fleiss' kappa of counts [unit, level], the same number of readers for every unit;
    ValueError otherwise.

    >>> round(fleiss_kappa([[3, 0], [0, 3], [2, 1]]), 3)
    0.55
    """
    table = np.asarray(counts, float)
    readers = table.sum(axis=1)
    if not len(table) or (readers != readers[0]).any() or readers[0] < 2:
        raise ValueError(
            "Fleiss' kappa needs every unit read by the same number of readers, at least two"
        )
    chance = ((table.sum(axis=0) / table.sum()) ** 2).sum()
    seen = ((table**2).sum(axis=1) - readers[0]).mean() / (readers[0] * (readers[0] - 1))
    return float((seen - chance) / (1 - chance)) if chance < 1 else float("nan")


def intraclass_correlation(ratings: ArrayLike) -> float:
    """Return ICC(2,1) of [unit, reader] without gaps: readers drawn at random, absolute agreement,
    a single reading.

    ValueError below two units or two readers, or with gaps. Shrout and Fleiss 1979.
    """
    table = np.asarray(ratings, float)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        raise ValueError(
            "the intraclass correlation needs two units and two readers at least, and no gaps"
        )
    units, readers = table.shape
    mean = table.mean()
    between_units = readers * ((table.mean(axis=1) - mean) ** 2).sum() / (units - 1)
    between_readers = units * ((table.mean(axis=0) - mean) ** 2).sum() / (readers - 1)
    rest = (
        (table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + mean) ** 2
    ).sum()
    rest /= (units - 1) * (readers - 1)
    below = between_units + (readers - 1) * rest + readers * (between_readers - rest) / units
    return float((between_units - rest) / below) if below > 0 else float("nan")


def bootstrap(
    parts: Array, statistic: Callable[[Array], Array], seed: int = 0, draws: int = DRAWS
) -> Estimate:
    """Return a statistic of the sum of `parts` ([n, ...]) with the middle 95 % of what resampled
    sums give.

    The same seed gives the same interval. Below two parts, or where most draws cannot be judged,
    there is no interval.
    """
    nothing = float("nan")
    if not len(parts):
        return Estimate(nothing, nothing, nothing, 0)
    value = float(statistic(parts.sum(axis=0)))
    if len(parts) < 2 or not np.isfinite(value):
        return Estimate(value, nothing, nothing, len(parts))
    times = np.random.default_rng(seed).multinomial(
        len(parts), np.full(len(parts), 1 / len(parts)), size=draws
    )
    found: Any = statistic(np.tensordot(times.astype(float), parts, axes=1))
    judged = found[np.isfinite(found)]
    if len(judged) < draws / 2:
        return Estimate(value, nothing, nothing, len(parts))
    low, high = np.percentile(judged, [2.5, 97.5])
    return Estimate(value, float(low), float(high), len(parts))


def mean_kappa(scores: Sequence[Sequence[int]], therapy: bool = False) -> float:
    """Return the mean quadratic kappa of all pairs of readers, or with `therapy` their mean kappa
    on above or not above liver.

    Pairs whose agreement cannot be told are left out.
    """
    levels = (0, 1) if therapy else LEVELS
    cut = [
        [int(score >= THERAPY_FROM) for score in row] if therapy else list(row) for row in scores
    ]
    found = [float(kappa_of(confusion(one, other, levels))) for one, other in combinations(cut, 2)]
    return fmean(kappa for kappa in found if kappa == kappa)  # NaN is unlike itself
