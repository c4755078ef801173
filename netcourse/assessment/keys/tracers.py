"""Keys about tracers: the choice for a case, supply, spacing, approvals, follow-up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netcourse.assessment.keys.expressions import Argument, ExpressionError, Function
from netcourse.decisions.core import Decision
from netcourse.decisions.tracer import (
    PURPOSES,
    SCENARIOS,
    TracerQuestion,
    appropriate_use,
    approved,
    change_of,
    comparable,
    department_of,
    dual_scan_interval,
    findings_of,
    is_progression,
    place_in_plan,
    scan_dose_msv,
    scan_spacing,
    ssa_before_scan,
    tracer,
    tracer_question,
    tracer_tests,
    usual_purpose,
    wait_hours,
    which_ssr_tracer,
)
from netcourse.decisions.tracer.day_plan import Delivery, Generator, decayed, ingrowth, plan_day
from netcourse.evidence.tracers import REGIONS, tracer_of, tracers

if TYPE_CHECKING:
    from netcourse.assessment.keys.truth import Truth

_HOURS_APART = 4


def _question(
    truth: Truth, purpose: str = "usual", findings: str = "", department: str = ""
) -> TracerQuestion:
    asked = usual_purpose(truth.patient) if purpose == "usual" else purpose
    there = department_of(department) if department else None
    return tracer_question(truth.patient, asked, there, **findings_of(findings))  # type: ignore[arg-type]


def _analogue(truth: Truth, id: str = "ga68_dotatate") -> Decision:
    history = truth.patient.history
    started = (
        truth.patient.earlier_ssr is not None and history.days_since_long_acting_ssa is not None
    )
    return ssa_before_scan(
        history.days_since_long_acting_ssa, history.hours_since_short_acting_ssa, id, started
    )


def _place(truth: Truth, test: str, *situation: str) -> int:
    place = place_in_plan(_question(truth, *situation), test)
    if place is None:
        raise ExpressionError(f"'{test}' has no place in the plan of this patient")
    return place


def _shown(truth: Truth) -> str:
    if truth.tracer is None:
        raise ExpressionError(
            'this case shows no unnamed scan; give it shows = "unnamed_scan" and tracers'
        )
    return truth.tracer


def _patients(supply: str, age_months: float = 0, elutions: float = 1) -> int:
    """Return how many patients a day has; elutions are four hours apart."""
    if supply != "generator":
        return plan_day(Delivery(nuclide="f18" if supply == "f18_delivery" else "cu64")).patients
    times = tuple(_HOURS_APART * 60 * number for number in range(int(elutions)))
    return plan_day(Generator(age_days=age_months * 365.25 / 12, elutions_min=times)).patients


def _released_mbq(age_months: float) -> float:
    """Return what one elution of a generator of that age gives after synthesis, MBq."""
    return next(iter(Generator(age_days=age_months * 365.25 / 12).batches()))[1]


_TRACER = Argument("tracer", "word", tuple(tracers()))
_SITUATION = (
    Argument("purpose", "word", ("usual", *PURPOSES), optional=True),
    Argument("findings", "word", look_up=findings_of, optional=True),
    Argument("department", "word", look_up=department_of, optional=True),
)

TRACER_RULES = (
    Function(
        "tracer",
        lambda truth, *situation: tracer(_question(truth, *situation)),
        _SITUATION,
        "the test to order first",
        gives="decision",
        flags=("FDG too", "FDG optional"),
    ),
    Function(
        "ssa_before_scan",
        _analogue,
        (Argument("tracer", "word", tuple(tracers()), optional=True),),
        "whether an analogue delays the scan",
        gives="decision",
        flags=("analogue on board", "label asks to wait", "compare SUV, not ratios"),
    ),
    Function(
        "which_ssr_tracer",
        lambda text: which_ssr_tracer(department_of(text)),
        (Argument("department", "word", look_up=department_of),),
        'the receptor tracer of a department: "ga68, f18_ssr, 6 patients, ema"',
        gives="decision",
        without_case=True,
        flags=("not approved here", "SPECT"),
    ),
    Function(
        "approved",
        approved,
        (_TRACER, Argument("region", "word", REGIONS)),
        "what an agency decided on a tracer",
        gives="decision",
        without_case=True,
    ),
    Function(
        "appropriate_use",
        appropriate_use,
        (Argument("scenario", "word", SCENARIOS),),
        "whether receptor PET is appropriate",
        gives="decision",
        without_case=True,
    ),
    Function(
        "scan_spacing",
        scan_spacing,
        (_TRACER, replace(_TRACER, name="second")),
        "when a second tracer may follow",
        gives="decision",
        without_case=True,
        flags=("the other order is shorter",),
    ),
    Function(
        "dual_scan_interval",
        lambda days, between="unknown": dual_scan_interval(
            days, {"therapy": True, "no therapy": False}.get(between)
        ),
        (
            Argument("days", "number"),
            Argument("between", "word", ("therapy", "no therapy", "unknown"), optional=True),
        ),
        "whether two scans are read together",
        gives="decision",
        without_case=True,
    ),
    Function(
        "is_progression",
        lambda text: is_progression(change_of(text)),
        (Argument("change", "word", look_up=change_of),),
        'what a change on follow-up means: "new_lesion, ct stable"',
        gives="decision",
        without_case=True,
    ),
    Function(
        "comparable",
        lambda earlier, now, between="no analogue": comparable(
            earlier, now, {"analogue": True, "no analogue": False}.get(between)
        ),
        (
            _TRACER,
            replace(_TRACER, name="now"),
            Argument("between", "word", ("analogue", "no analogue", "unknown"), optional=True),
        ),
        "what of two receptor scans may be compared",
        gives="decision",
        without_case=True,
    ),
)

TRACER_QUESTIONS = (
    Function("tracer_shown", _shown, (), "the tracer of an unnamed scan", gives="word"),
    Function(
        "place_in_plan",
        _place,
        (Argument("test", "word", tracer_tests()), *_SITUATION),
        "the place of a test in the plan, 1 is first",
    ),
)

TRACERS_WITHOUT_CASE = (
    Function(
        "left_after",
        lambda id, minutes: decayed(tracer_of(id).nuclide, minutes),
        (_TRACER, Argument("minutes", "number")),
        "the share of a tracer's activity that is left after some minutes (0–1)",
        without_case=True,
    ),
    Function(
        "grown_again",
        ingrowth,
        (Argument("minutes", "number"),),
        "68Ga over 68Ge in a generator, some minutes after an elution (0–1)",
        without_case=True,
    ),
    Function(
        "released_mbq",
        _released_mbq,
        (Argument("age_months", "number"),),
        "MBq from one elution, after synthesis",
        without_case=True,
    ),
    Function(
        "patients_a_day",
        _patients,
        (
            Argument("supply", "word", ("generator", "f18_delivery", "cu64_delivery")),
            Argument("age_months", "number", optional=True),
            Argument("elutions", "number", optional=True),
        ),
        "patients of a department's day",
        without_case=True,
    ),
    Function(
        "wait_hours",
        wait_hours,
        (_TRACER,),
        "hours to wait after a tracer, five half-lives",
        without_case=True,
    ),
    Function(
        "scan_dose",
        scan_dose_msv,
        (_TRACER, Argument("mbq", "number", optional=True)),
        "effective dose of a scan in mSv; without MBq the usual activity",
        without_case=True,
    ),
)
