"""A department's day with a short-lived tracer: what a generator yields at its age, what is left of
a delivery, who can be scanned.

>>> plan_day(Generator()), plan_day(Generator(age_days=365)), plan_day(Delivery())
(Day plan: 3 patients of 68Ga, Day plan: 2 patients of 68Ga, Day plan: 8 patients of 18F)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import exp, log
from typing import Annotated, Literal

from pydantic import Field, field_validator

from netcourse.decisions.core.decision import DISCLAIMER
from netcourse.evidence import figure
from netcourse.patients.record import Model, Positive

Nuclide = Literal["ga68", "f18", "cu64"]
Minutes = Annotated[float, Field(ge=0, le=24 * 60)]
_SIGN = {"ga68": "68Ga", "f18": "18F", "cu64": "64Cu"}
_HOUR = 60.0
_DAY = 24 * _HOUR


def decayed(nuclide: str, minutes: float) -> float:
    """Return what is left of a nuclide's activity after some minutes, as a fraction; above 1 for
    minutes before.

    >>> round(decayed("ga68", 67.7), 3), round(decayed("f18", 120), 3)
    (0.5, 0.469)
    """
    return float(0.5 ** (minutes / half_life_min(nuclide)))


def half_life_min(nuclide: str) -> float:
    """Return a nuclide's half-life in minutes; KeyError for an unknown one."""
    return figure(f"nuclide.{nuclide}.half_life").value


def parent_left(age_days: float) -> float:
    """Return the fraction of a generator's 68Ge that is left at an age; ValueError below 0.

    >>> [round(parent_left(months * 30.44), 3) for months in (3, 6, 9, 12)]
    [0.792, 0.627, 0.496, 0.393]
    """
    if not age_days >= 0:
        raise ValueError(f"age_days is {age_days:g}; it must be 0 or more")
    return float(0.5 ** (age_days / figure("nuclide.ge68.half_life_d").value))


def ingrowth(minutes: float) -> float:
    """Return the activity of 68Ga against that of its 68Ge, some minutes after an elution that took
    all of it (Bateman).

    >>> [round(100 * ingrowth(60 * hours), 1) for hours in (0.5, 1, 2, 3, 4, 6)]
    [26.4, 45.9, 70.7, 84.1, 91.4, 97.4]
    """
    if not minutes >= 0:
        raise ValueError(f"minutes is {minutes:g}; it must be 0 or more")
    child, parent = (
        log(2) / life
        for life in (half_life_min("ga68"), figure("nuclide.ge68.half_life_d").value * _DAY)
    )
    return child / (child - parent) * (exp(-parent * minutes) - exp(-child * minutes))


class Generator(Model):
    """A 68Ge/68Ga generator: its 68Ge when new, its age, and when it is eluted (minutes of the day,
    the first at 0).

    The elution of the day before was long enough ago for the first one to be full.
    """

    new_gbq: Positive = Field(default_factory=lambda: figure("generator.activity").value)
    age_days: Annotated[float, Field(ge=0, le=730)] = 0.0
    elutions_min: tuple[Minutes, ...] = (0.0,)

    @field_validator("elutions_min")
    @classmethod
    def _one_after_the_other(cls, times: tuple[float, ...]) -> tuple[float, ...]:
        if not times or any(later <= before for before, later in pairwise(times)):
            raise ValueError(
                f"elutions_min is {times}; give at least one, each later than the one before"
            )
        return times

    @property
    def nuclide(self) -> Nuclide:
        """What it yields."""
        return "ga68"

    @property
    def past_shelf_life(self) -> bool:
        """Whether it is older than its shelf life."""
        return self.age_days > figure("generator.shelf_life").value * 365.25 / 12 + 0.5

    def batches(self) -> Iterator[tuple[float, float]]:
        """Yield, per elution, when the tracer is released (minutes of the day) and with which
        activity, MBq.

        Each elution takes its share of the 68Ga that is there; what it leaves stays in the
        generator and grows on.
        """
        parent = 1000 * self.new_gbq * parent_left(self.age_days)
        took, wait = figure("generator.elution").value, figure("generator.synthesis").value
        kept = figure("generator.labelling").value * decayed("ga68", wait)
        left, before = parent, 0.0
        for minute in self.elutions_min:
            there = (
                left * decayed("ga68", minute - before) + parent * ingrowth(minute - before)
                if minute
                else parent
            )
            yield minute + wait, there * took * kept
            left, before = there * (1 - took), minute


class Delivery(Model):
    """A batch made elsewhere: its activity at release and how long it travels."""

    nuclide: Literal["f18", "cu64"] = "f18"
    released_gbq: Positive = Field(
        default_factory=lambda data: figure(f"planning.batch_{data['nuclide']}").value
    )
    transport_min: Minutes = Field(default_factory=lambda: figure("planning.transport_f18").value)

    def batches(self) -> Iterator[tuple[float, float]]:
        """Yield when the batch arrives (minutes after release) and with which activity, MBq."""
        yield (
            self.transport_min,
            1000 * self.released_gbq * decayed(self.nuclide, self.transport_min),
        )


class Injection(Model):
    """One patient of the day: injected and scanned at these minutes, with this activity (MBq) and
    effective dose (mSv).
    """

    patient: int
    injected_min: float
    scanned_min: float
    activity_mbq: float
    dose_msv: float


class DayPlan(Model):
    """Who is scanned when. `left_mbq` is what stays in the vial when the next patient could no
    longer be injected.
    """

    nuclide: Nuclide
    tracer: str
    batches: tuple[tuple[float, float], ...]
    injections: tuple[Injection, ...]
    left_mbq: float

    @property
    def patients(self) -> int:
        """How many patients the day has."""
        return len(self.injections)

    def __repr__(self) -> str:
        return f"Day plan: {self.patients} patients of {_SIGN[self.nuclide]}"

    __str__ = __repr__

    @property
    def in_words(self) -> str:
        """The plan in one sentence."""
        if not self.injections:
            return f"No patient: the activity does not suffice for one; {DISCLAIMER}."
        first, last = self.injections[0], self.injections[-1]
        times = (
            f"first injection after {first.injected_min:.0f} min, last scan begins after"
            f" {last.scanned_min:.0f} min"
        )
        return (
            f"{self.patients} patients, {first.activity_mbq:.0f} MBq ({first.dose_msv:.1f} mSv)"
            f" each; {times}; {DISCLAIMER}."
        )


_USUAL = {"ga68": "ga68_dotatoc", "f18": "f18_sitate", "cu64": "cu64_dotatate"}


def plan_day(
    supply: Generator | Delivery,
    activity_mbq: float | None = None,
    slot_min: float | None = None,
    uptake_min: float | None = None,
    working_min: float | None = None,
) -> DayPlan:
    """Inject one patient per slot from what is there, oldest batch first, until it no longer
    suffices or the day is over.

    Without numbers the planner's usual ones (evidence planning.*) and the tracer's usual uptake
    time are taken. Raises ValueError for an activity or slot that is not above 0. Source: evidence
    generator.*, planning.*, nuclide.*.
    """
    nuclide = supply.nuclide
    tracer = _USUAL[nuclide]
    wanted = _usual_activity(nuclide) if activity_mbq is None else activity_mbq
    slot = figure("planning.slot").value if slot_min is None else slot_min
    wait = figure(f"tracer.{tracer}.uptake_time").value if uptake_min is None else uptake_min
    day = figure("planning.working_day").value * _HOUR if working_min is None else working_min
    for name, value in (("activity_mbq", wanted), ("slot_min", slot)):
        if not value > 0:
            raise ValueError(f"{name} is {value:g}; it must be above 0")
    batches = tuple(supply.batches())
    injections: list[Injection] = []
    vial, now = [list(batch) for batch in batches], batches[0][0]
    start = now
    while now <= start + day:
        there = [batch for batch in vial if batch[0] <= now]
        enough = next(
            (batch for batch in there if batch[1] * decayed(nuclide, now - batch[0]) >= wanted),
            None,
        )
        if enough is not None:
            enough[1] -= wanted / decayed(nuclide, now - enough[0])
            dose = wanted * figure(f"tracer.{tracer}.dose").value
            injections.append(
                Injection(
                    patient=len(injections) + 1,
                    injected_min=now,
                    scanned_min=now + wait,
                    activity_mbq=wanted,
                    dose_msv=dose,
                )
            )
            now += slot
            continue
        later = [batch[0] for batch in vial if batch[0] > now]
        if not later:
            break
        now = min(later)
    left = sum(batch[1] * decayed(nuclide, now - batch[0]) for batch in vial if batch[0] <= now)
    return DayPlan(
        nuclide=nuclide, tracer=tracer, batches=batches, injections=tuple(injections), left_mbq=left
    )


def _usual_activity(nuclide: Nuclide) -> float:
    return figure(f"planning.activity_{nuclide}").value
