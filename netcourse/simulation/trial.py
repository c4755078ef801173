"""A synthetic trial of radioligand therapy: many patients through the clone model, beside what
NETTER-1 found. All T.

The same seed gives the same trial everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from netcourse.evidence import Figure, figure
from netcourse.simulation.cohort import units
from netcourse.simulation.proportion import Proportion
from netcourse.simulation.therapy import CONTROL, Biology, Course, Floats, Prrt, course

_WEEK = 7
_Z = 1.96


@dataclass(frozen=True)
class Beside:
    """One result of the synthetic trial with its 95 % interval, and the figure of the real one."""

    value: float
    low: float
    high: float
    trial: Figure

    def __repr__(self) -> str:
        theirs = f"{self.trial.value:g}"
        if self.trial.low is not None and self.trial.high is not None:
            theirs += f" ({self.trial.low:g}–{self.trial.high:g})"
        return (
            f"{self.value:.1f} ({self.low:.1f}–{self.high:.1f}) {self.trial.unit}, NETTER-1"
            f" {theirs}"
        )


@dataclass(frozen=True)
class Arm:
    """One arm of the trial: the course of every patient, time to progression (infinite: none) and
    best change of the sum.
    """

    course: Course
    ttp_months: Floats
    best_change_percent: Floats

    def __repr__(self) -> str:
        return (
            f"Arm of {len(self.ttp_months)} synthetic patients: median {self.median_months[0]:.1f}"
            " months to progression [T]"
        )

    def free_at(self, months: float) -> Proportion:
        """Return how many patients are free of progression at a time."""
        return Proportion(int((self.ttp_months > months).sum()), len(self.ttp_months))

    @property
    def response(self) -> Proportion:
        """How many patients had a partial response."""
        return Proportion(
            int((self.best_change_percent <= -figure("recist.partial").value).sum()),
            len(self.ttp_months),
        )

    @property
    def median_months(self) -> tuple[float, float, float]:
        """The median time to progression with its 95 % interval, from the order of the patients;
        everyone is followed to the end.
        """
        ordered, n = np.sort(self.ttp_months), len(self.ttp_months)
        half = _Z * np.sqrt(n) / 2
        low, high = (int(np.clip(round(n / 2 + step), 0, n - 1)) for step in (-half, half))
        return float(np.median(ordered)), float(ordered[low]), float(ordered[high])


@dataclass(frozen=True)
class Trial:
    """Both arms of a synthetic trial; the same patients in each, so that only therapy differs."""

    radioligand: Arm
    control: Arm

    @property
    def table(self) -> Mapping[str, Beside]:
        """The results that the model was calibrated on, each beside the trial's."""
        rows = {
            "pfs_updated": self.radioligand.median_months,
            "pfs_control": self.control.median_months,
        }
        shares = {
            "pfs_20_radioligand": self.radioligand.free_at(20),
            "pfs_20_control": self.control.free_at(20),
            "orr_radioligand": self.radioligand.response,
            "orr_control": self.control.response,
        }
        rows |= {name: _percent(share) for name, share in shares.items()}
        return {name: Beside(*row, figure(f"trial.netter1.{name}")) for name, row in rows.items()}


def trial(
    patients: int | None = None,
    seed: int = 0,
    prrt: Prrt | None = None,
    clone_b: float | None = None,
) -> Trial:
    """Run a synthetic trial; `clone_b` is the median hidden clone at the start, by default the
    model's.

    Raises ValueError for fewer than one patient, a negative seed or a clone outside 0–1.

    >>> trial(400).radioligand
    Arm of 400 synthetic patients: median 24.7 months to progression [T]
    """
    n = int(figure("therapy.model.patients").value) if patients is None else patients
    hidden = figure("therapy.model.clone_b")
    median = hidden.value if clone_b is None else clone_b
    if n < 1 or seed < 0:
        raise ValueError(
            f"a trial needs at least one patient and a seed from 0; got {n} and {seed}"
        )
    if not 0 <= median <= 1:
        raise ValueError(f"clone_b is {median:g}; it must be from 0 to 1")
    lesions = int(figure("therapy.model.lesions").value)
    alpha, doubling = figure("dose_response.alpha"), figure("therapy.model.doubling")
    doses = [
        figure("therapy.model.dose_patient").value * _normal(seed, "dose", n)[:, None],
        figure("therapy.model.dose_lesion").value
        * _normal(seed, "lesion dose", n * lesions).reshape(n, lesions),
    ]
    biology = Biology(
        alpha_per_gy=_spread(alpha, _normal(seed, "alpha", n))[:, None],
        doubling_a_days=_spread(doubling, _normal(seed, "doubling", n))[:, None],
        gy_per_gbq=figure("absorbed.tumour.label").value * np.exp(doses[0] + doses[1]),
    )
    share = np.minimum(median * np.exp((hidden.sd or 0.0) * _normal(seed, "clone", n)), 1.0)
    size = np.full((n, lesions), figure("therapy.model.size").value)
    arms = (_arm(size, share[:, None], biology, given) for given in (prrt or Prrt(), CONTROL))
    return Trial(*arms)


def _arm(size: Floats, share: Floats, biology: Biology, prrt: Prrt) -> Arm:
    found = course(size, np.broadcast_to(share, size.shape), biology, prrt, step_days=_WEEK)
    return Arm(found, found.ttp_months, found.best_change_percent)


def _normal(seed: int, name: str, count: int) -> Floats:
    """Numbers of the standard normal distribution that depend on seed and name alone."""
    return np.asarray(ndtri(units(seed, f"therapy/{name}", count)))


def _spread(of: Figure, quantile: Floats) -> Floats:
    """A lognormal figure: its value is the median, its sd that of the logarithm."""
    return np.asarray(of.value * np.exp((of.sd or 0.0) * quantile))


def _percent(share: Proportion) -> tuple[float, float, float]:
    low, high = share.interval
    return 100 * share.value, 100 * low, 100 * high
