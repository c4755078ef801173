"""A department's day: what is in the vial, who is injected when, and how many can be scanned."""

from __future__ import annotations

from functools import lru_cache

from netcourse.decisions.tracer.day_plan import DayPlan, Delivery, Generator, decayed, plan_day
from netcourse.evidence import figure
from netcourse.evidence.tracers import tracers
from netcourse.reading.lab.drawing import INK, LESION, LINE, SOFT, curve, line, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range

_DAYS_A_MONTH = 365.25 / 12
_BETWEEN_MIN = 240.0
_SCAN_MIN = 20.0
_LEFT, _RIGHT, _TOP, _HIGH = 60.0, 840.0, 30.0, 150.0
_ROW, _STEP_MIN = 17.0, 2.0
_STEPS_MBQ = (50, 100, 250, 500, 1000, 2500, 5000, 10000)


class DayPlanner(Model):
    """Plan a day with a generator of some age or a delivery from elsewhere.

    >>> lab = DayPlanner()
    >>> [lab.tried(age_months=age).split(":")[0] for age in (0, 12)], lab.tried(supply="f18").split(":")[0]
    (['3 patients', '2 patients'], '8 patients')
    """

    shows_start = True

    title = "A day in the department"
    look = (
        "Let the generator grow old, elute it again in the afternoon, or have an 18F tracer"
        " delivered. Count the patients."
    )

    supply = Choice(
        "The tracer comes from",
        {
            "ga68": "a 68Ge/68Ga generator",
            "f18": "a delivery of an 18F tracer",
            "cu64": "a delivery of a 64Cu tracer",
        },
        "ga68",
    )
    age_months = Range("Age of the generator", 0, 0, 12, 0.5, "months")
    elutions = Choice("Elutions, four hours apart", {"1": "one", "2": "two", "3": "three"}, "1")
    transport_min = Range("Transport of a delivery", 120, 0, 480, 15, "min")
    activity_percent = Range("Activity per patient, of the usual", 100, 50, 200, 10, "%")
    slot_min = Range("One patient every", 30, 10, 60, 5, "min")

    @property
    def plan(self) -> DayPlan:
        """The day at the present settings."""
        return _plan(
            str(self.supply),
            self.age_months,
            int(self.elutions or 1),
            self.transport_min,
            self.activity_percent,
            self.slot_min,
        )

    @property
    def result(self) -> str:
        plan = self.plan
        return (
            f"{plan.patients} patients:"
            f" {'; '.join(f'{one.injected_min:.0f} min' for one in plan.injections) or 'none'}"
        )

    def draw(self) -> LabFigure:
        plan = self.plan
        last = max(
            [
                *(one.scanned_min + _SCAN_MIN for one in plan.injections),
                plan.batches[-1][0] + 180,
                360,
            ]
        )
        last = 60 * (last // 60 + 1)
        most = max(activity for _, activity in plan.batches)
        step = next((step for step in _STEPS_MBQ if most <= 3 * step), most)
        top = step * max(1.0, most / step + 0.05)

        def x(minute: float) -> float:
            return _LEFT + (_RIGHT - _LEFT) * minute / last

        def y(mbq: float) -> float:
            return _TOP + _HIGH * (1 - min(mbq, top) / top)

        drawn = [text(_LEFT - 8, 16, "MBq in the vial", size=12, fill=SOFT)]
        for mbq in (step * i for i in range(int(top / step) + 1)):
            drawn += [
                line(_LEFT, y(mbq), _RIGHT, y(mbq), stroke=LINE),
                text(_LEFT - 8, y(mbq) + 4, f"{mbq:g}", size=12, fill=SOFT, anchor="end"),
            ]
        drawn.append(
            curve([(x(minute), y(mbq)) for minute, mbq in _vial(plan, last)], stroke=INK, width=2)
        )
        bottom = _TOP + _HIGH + 12
        for one in plan.injections:
            row = bottom + _ROW * (one.patient - 1)
            drawn += [
                line(
                    x(one.injected_min),
                    y(one.activity_mbq),
                    x(one.injected_min),
                    row + _ROW - 4,
                    stroke=LESION,
                    dash="3 2",
                ),
                rect(
                    x(one.injected_min),
                    row,
                    x(one.scanned_min) - x(one.injected_min),
                    _ROW - 4,
                    fill="#bcd4ea",
                ),
                rect(
                    x(one.scanned_min),
                    row,
                    x(one.scanned_min + _SCAN_MIN) - x(one.scanned_min),
                    _ROW - 4,
                    fill="#1f5f99",
                ),
                text(_LEFT - 8, row + 11, f"{one.patient}", size=12, fill=SOFT, anchor="end"),
            ]
        low = bottom + _ROW * max(1, plan.patients)
        for hour in range(int(last // 60) + 1):
            drawn += [
                line(x(60 * hour), low, x(60 * hour), low + 5, stroke=SOFT),
                text(x(60 * hour), low + 18, f"{hour} h", size=12, fill=SOFT, anchor="middle"),
            ]
        drawn.append(
            text(
                _RIGHT,
                low + 36,
                "light: uptake, dark: scan; time from the first elution or the release",
                size=12,
                fill=SOFT,
                anchor="end",
            )
        )
        return LabFigure(
            "".join(drawn),
            (860, round(low + 44)),
            f"{self.result}. {plan.in_words}",
            self._words(plan),
        )

    def _words(self, plan: DayPlan) -> str:
        life = figure(f"nuclide.{plan.nuclide}.half_life")
        made = ", ".join(
            f"{activity:.0f} MBq at {minute:.0f} min" for minute, activity in plan.batches
        )
        old = (
            " It is past its shelf life."
            if self.supply == "ga68" and self.age_months > figure("generator.shelf_life").value
            else ""
        )
        return (
            f"<p><strong>{plan.in_words}</strong></p><p>{tracers()[plan.tracer].name}, half-life"
            f" {life.value:g} min: released {made}.{old} <small>nuclide {life.mark}, yields"
            f" {figure('generator.elution').mark}, plan T</small></p>"
        )


@lru_cache(maxsize=512)
def _plan(
    supply: str,
    age_months: float,
    elutions: int,
    transport_min: float,
    activity_percent: float,
    slot_min: float,
) -> DayPlan:
    activity = figure(f"planning.activity_{supply}").value * activity_percent / 100
    if supply == "ga68":
        times = tuple(_BETWEEN_MIN * n for n in range(elutions))
        return plan_day(
            Generator(age_days=age_months * _DAYS_A_MONTH, elutions_min=times), activity, slot_min
        )
    return plan_day(
        Delivery(nuclide="f18" if supply == "f18" else "cu64", transport_min=transport_min),
        activity,
        slot_min,
    )


def _vial(plan: DayPlan, last: float) -> list[tuple[float, float]]:
    """What is in all vials together, minute by minute."""
    found = []
    for step in range(int(last / _STEP_MIN) + 1):
        now = _STEP_MIN * step
        there = sum(
            activity * decayed(plan.nuclide, now - released)
            for released, activity in plan.batches
            if released <= now
        )
        gone = sum(
            one.activity_mbq * decayed(plan.nuclide, now - one.injected_min)
            for one in plan.injections
            if one.injected_min <= now
        )
        found.append((now, max(0.0, there - gone)))
    return found
