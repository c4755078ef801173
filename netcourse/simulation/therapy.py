"""What radioligand therapy does to a tumour of two clones: a teaching model, calibrated and not
measured (statements TM1 and D17).

Clone A takes up the radioligand, clone B does not and grows faster. Each cycle kills by the
linear-quadratic law as its dose is given; what is killed vanishes slowly; both clones grow on.
Clone B gets a share of A's dose where it lies among A's cells (crossfire, TM3).

It needs numpy, unlike the rest of the room, and is therefore imported on its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure, statement
from netcourse.patients.radiobiology import bed_gy

Floats = NDArray[np.float64]
Response = Literal["partial response", "stable disease", "progression"]

DAYS_PER_MONTH = 365.25 / 12
_DAILY_AFTER = 90  # days after the last cycle in which the curve is followed day by day


def _model(id: str) -> float:
    return figure(f"therapy.model.{id}").value


def _usual(id: str) -> Any:
    return field(default_factory=lambda: figure(id).value)


@dataclass(frozen=True)
class Prrt:
    """A course of radioligand therapy; no cycles at all is the control. Raises ValueError for what
    nobody gives.
    """

    activity_gbq: float = _usual("therapy.activity")
    cycles: int = field(default_factory=lambda: int(figure("therapy.cycles").value))
    interval_weeks: float = _usual("therapy.interval")

    def __post_init__(self) -> None:
        for name, low, high, unit in (
            ("activity_gbq", 0, 20, "GBq"),
            ("cycles", 0, 12, "cycles"),
            ("interval_weeks", 1, 30, "weeks"),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value:g}; it must be from {low:g} to {high:g} {unit}")

    @property
    def starts(self) -> Floats:
        """The day of each cycle, the first is 0."""
        return np.asarray(np.arange(self.cycles) * 7.0 * self.interval_weeks, np.float64)


CONTROL = Prrt(cycles=0)


@dataclass(frozen=True)
class Biology:
    """What a tumour is to therapy; each number may be an array, one per lesion. All T, see
    figures/therapy.toml.

    `gy_per_gbq` is the dose of clone A, `gy_per_gbq_b` the own uptake of clone B; `crossfire` the
    share of A's dose that reaches B.
    """

    alpha_per_gy: float | Floats = field(
        default_factory=lambda: figure("dose_response.alpha").value
    )
    alpha_beta_gy: float = _usual("alpha_beta.tumour")
    repair_h: float = _usual("half_life.tumour_repair")
    effective_h: float = _usual("half_life.tumour")
    doubling_a_days: float | Floats = field(
        default_factory=lambda: figure("therapy.model.doubling").value
    )
    doubling_b_days: float | Floats | None = None
    clearance_days: float = _usual("therapy.model.clearance")
    gy_per_gbq: float | Floats = field(
        default_factory=lambda: figure("absorbed.tumour.label").value
    )
    gy_per_gbq_b: float | Floats = 0.0
    crossfire: float | Floats = 0.0

    @property
    def doublings(self) -> tuple[Floats, Floats]:
        """The doubling times of A and B, days; B is faster by the model's factor where its own is
        not given.
        """
        a = np.asarray(self.doubling_a_days, float)
        b = (
            a / _model("faster")
            if self.doubling_b_days is None
            else np.asarray(self.doubling_b_days, float)
        )
        return a, b

    def log_kill(self, activity_gbq: float) -> tuple[Floats, Floats]:
        """The natural logarithm by which one cycle lowers A and B."""
        a = activity_gbq * np.asarray(self.gy_per_gbq, float)
        b = activity_gbq * np.asarray(self.gy_per_gbq_b, float) + self.crossfire * a
        both = (
            bed_gy(dose, self.alpha_beta_gy, self.repair_h, self.effective_h) for dose in (a, b)
        )
        kill_a, kill_b = (np.asarray(self.alpha_per_gy * dose, float) for dose in both)
        return kill_a, kill_b


def demonstration_biology() -> Biology:
    """Return the biology of the single lesion that shows what a cold clone costs."""
    values = {
        name: figure(f"therapy.demonstration.{name}").value
        for name in ("alpha", "doubling", "doubling_b", "clearance")
    }
    return Biology(
        alpha_per_gy=values["alpha"],
        doubling_a_days=values["doubling"],
        doubling_b_days=values["doubling_b"],
        clearance_days=values["clearance"],
    )


@dataclass(frozen=True)
class Course:
    """Lesions over time. `days` counts from the first cycle; the last axis of every other array is
    time.

    `clone_a` and `clone_b` are living cells, `dead_a` and `dead_b` killed ones not yet cleared, all
    as parts of the lesion's volume at the start, whose diameter is `size_mm`. The axis before time
    is the lesion: diameters add up over it.
    """

    days: Floats
    size_mm: Floats
    clone_a: Floats
    clone_b: Floats
    dead_a: Floats
    dead_b: Floats
    names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if self.sum_mm.ndim != 1:
            return f"Course of {self.sum_mm.shape[0]} synthetic patients [T]"
        lesions = f"{len(self.size_mm)} lesion{'s' if len(self.size_mm) > 1 else ''}"
        ttp = self.ttp_months
        when = "no progression" if np.isinf(ttp) else f"progression at {float(ttp):.1f} months"
        return f"Course of {lesions}: best {float(self.best_change_percent):+.0f} %, {when} [T]"

    @property
    def label(self) -> str:
        """What must stand beside every curve of this model."""
        return statement("TM1").in_words

    @property
    def caveats(self) -> tuple[str, ...]:
        """What is calibrated and what is not known, sentence by sentence."""
        return tuple(statement(id).in_words for id in ("TM1", "D17"))

    @property
    def months(self) -> Floats:
        """Time from the first cycle, months."""
        return self.days / DAYS_PER_MONTH

    @cached_property
    def diameter_mm(self) -> Floats:
        """The diameter of each lesion, living and dead cells together."""
        return np.asarray(
            self.size_mm[..., None]
            * np.cbrt(self.clone_a + self.clone_b + self.dead_a + self.dead_b)
        )

    @cached_property
    def sum_mm(self) -> Floats:
        """The sum of diameters, over time."""
        return np.asarray(self.diameter_mm.sum(axis=-2))

    @cached_property
    def change_percent(self) -> Floats:
        """The change of that sum against the start, over time."""
        return np.asarray(100 * (self.sum_mm / self.sum_mm[..., :1] - 1))

    @cached_property
    def _progressed(self) -> Floats:
        """Place of the first progression on the time axis, its end where there is none: over the
        lowest sum so far, in % and in mm.
        """
        lowest = np.minimum.accumulate(self.sum_mm, axis=-1)
        grown = self.sum_mm - lowest
        beyond = (grown >= figure("recist.progressive").value / 100 * lowest) & (
            grown >= figure("recist.progressive_mm").value
        )
        return np.asarray(np.where(beyond.any(axis=-1), beyond.argmax(axis=-1), len(self.days)))

    @cached_property
    def ttp_months(self) -> Floats:
        """Time to progression by RECIST 1.1, months; infinite where there is none as long as the
        patient is followed.
        """
        return np.asarray(np.append(self.months, np.inf)[self._progressed])

    @cached_property
    def best_change_percent(self) -> Floats:
        """The lowest change before progression, 0 at most."""
        before = np.arange(len(self.days)) < np.asarray(self._progressed)[..., None]
        return np.asarray(np.where(before, self.change_percent, 0.0).min(axis=-1))

    @property
    def responded(self) -> NDArray[np.bool_]:
        """Whether the best change before progression is a partial response."""
        return np.asarray(self.best_change_percent <= -figure("recist.partial").value)

    def at(self, months: float) -> dict[str, float]:
        """Return each lesion's diameter at a time, mm, by name; ValueError as in `place`."""
        return {
            name: float(self.diameter_mm[n, self.place(months)])
            for n, name in enumerate(self.names)
        }

    def response(self, months: float) -> Response:
        """Return the response at a time by the targets together: against the start, and against the
        lowest sum so far.
        """
        place = self.place(months)
        if self._progressed <= place:
            return "progression"
        return (
            "partial response"
            if self.change_percent[place] <= -figure("recist.partial").value
            else "stable disease"
        )

    def is_mixed(self, months: float) -> bool:
        """Whether at a time one lesion has shrunk and another grown by as much as a response and a
        progression ask of the sum.
        """
        change = self.diameter_mm[..., self.place(months)] / self.diameter_mm[..., 0] - 1
        down, up = figure("recist.partial").value / 100, figure("recist.progressive").value / 100
        return bool((change <= -down).any() and (change >= up).any())

    def place(self, months: float) -> int:
        """Return where on the time axis a time stands; ValueError outside the time that was
        followed.
        """
        if not 0 <= months <= self.months[-1] + 1e-9:
            raise ValueError(
                f"months is {months:g}; the course is followed from 0 to {self.months[-1]:.0f}"
                " months"
            )
        return int(np.abs(self.months - months).argmin())


def course(
    size_mm: float | Floats,
    fraction_b: float | Floats,
    biology: Biology | None = None,
    prrt: Prrt | None = None,
    names: Iterable[str] = (),
    step_days: int = 1,
) -> Course:
    """Follow lesions under therapy. `size_mm` and `fraction_b` are per lesion; more axes before
    that are patients.

    Long after the last cycle the curve is followed in steps of `step_days`.
    Raises ValueError for a fraction outside 0–1 or a size not above 0.

    >>> course(30.0, 0.0001), course(30.0, 0.0001, prrt=CONTROL)
    (Course of 1 lesion: best -6 %, progression at 25.7 months [T], Course of 1 lesion: best +0 %, progression at 8.4 months [T])
    """
    biology, prrt = biology or Biology(), prrt or Prrt()
    size, share = np.broadcast_arrays(
        np.atleast_1d(np.asarray(size_mm, float)), np.atleast_1d(np.asarray(fraction_b, float))
    )
    if not ((share >= 0) & (share <= 1)).all():
        raise ValueError(f"fraction_b is {fraction_b}; it must be from 0 to 1")
    if not (size > 0).all():
        raise ValueError(f"size_mm is {size_mm}; it must be above 0 mm")
    days = _days(prrt, step_days)
    given = _given(days, prrt, biology.effective_h)
    step = np.diff(days)
    fade = np.log(2) / biology.clearance_days
    living, dead = [], []
    for start, doubling, kill in zip(
        (1 - share, share), biology.doublings, biology.log_kill(prrt.activity_gbq), strict=True
    ):
        growth = np.log(2) / np.broadcast_to(doubling, size.shape)[..., None]
        dose = np.broadcast_to(kill, size.shape)[..., None]
        cells = start[..., None] * np.exp(growth * days - dose * given)
        killed = (
            cells[..., :-1] * np.exp(growth * step) * -np.expm1(-dose * np.diff(given))
        )  # taken to fall in the middle of each step
        left = np.cumsum(killed * np.exp(fade * (days[1:] - step / 2)), axis=-1) * np.exp(
            -fade * days[1:]
        )
        living.append(cells)
        dead.append(np.concatenate([np.zeros_like(left[..., :1]), left], axis=-1))
    return Course(days, np.array(size), living[0], living[1], dead[0], dead[1], tuple(names))


def demonstration(fraction_b: float, prrt: Prrt | None = None) -> Course:
    """Follow one lesion that shows what a cold clone costs (TM2).

    >>> [round(float(demonstration(share).ttp_months), 1) for share in (0, 0.01, 0.1)]
    [32.8, 9.3, 5.5]
    """
    return course(_model("size"), fraction_b, demonstration_biology(), prrt, ("lesion",))


def _days(prrt: Prrt, step_days: int) -> Floats:
    """The days at which a course is followed: daily while it is treated and a while after, then in
    steps.
    """
    end = figure("therapy.model.horizon").value * DAYS_PER_MONTH
    treated = min((float(prrt.starts[-1]) if prrt.cycles else 0.0) + _DAILY_AFTER, end)
    return np.concatenate(
        [np.arange(0, treated), np.arange(np.ceil(treated), end + step_days, step_days)]
    )


def _given(days: Floats, prrt: Prrt, effective_h: float) -> Floats:
    """How many cycles' worth of dose has been given by each day."""
    since = days[None, :] - prrt.starts[:, None]
    decayed: Floats = np.where(
        since > 0, 1 - 0.5 ** (np.maximum(since, 0) * 24 / effective_h), 0.0
    ).sum(axis=0)
    return decayed
