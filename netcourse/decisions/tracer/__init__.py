"""Which tracer, when, and with what: choice, supply, approval, timing and follow-up."""

from netcourse.decisions.tracer.approval import approved, preparation, scan_dose_msv
from netcourse.decisions.tracer.choice import place_in_plan, second_tests, tracer
from netcourse.decisions.tracer.followup import (
    SCENARIOS,
    FollowUpChange,
    Scenario,
    appropriate_use,
    comparable,
    is_progression,
    restaging,
)
from netcourse.decisions.tracer.parsing import change_of, department_of, findings_of
from netcourse.decisions.tracer.question import (
    PURPOSES,
    Department,
    Purpose,
    TracerQuestion,
    tracer_question,
    usual_purpose,
)
from netcourse.decisions.tracer.rules import TracerRule, tracer_path, tracer_rules, tracer_tests
from netcourse.decisions.tracer.scan_interval import scan_interval
from netcourse.decisions.tracer.scan_timing import (
    dual_scan_interval,
    scan_spacing,
    ssa_before_scan,
    wait_hours,
)
from netcourse.decisions.tracer.supply import which_ssr_tracer

__all__ = [
    "PURPOSES",
    "SCENARIOS",
    "Department",
    "FollowUpChange",
    "Purpose",
    "Scenario",
    "TracerQuestion",
    "TracerRule",
    "appropriate_use",
    "approved",
    "change_of",
    "comparable",
    "department_of",
    "dual_scan_interval",
    "findings_of",
    "is_progression",
    "place_in_plan",
    "preparation",
    "restaging",
    "scan_dose_msv",
    "scan_interval",
    "scan_spacing",
    "second_tests",
    "ssa_before_scan",
    "tracer",
    "tracer_path",
    "tracer_question",
    "tracer_rules",
    "tracer_tests",
    "usual_purpose",
    "wait_hours",
    "which_ssr_tracer",
]
