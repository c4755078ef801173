"""The clinical rules: pure functions from a patient or a measurement to a `Decision`."""

from netcourse.decisions.ct_judgement import REMARKS, SUITS, UNSUITED, judge_protocol
from netcourse.decisions.ct_needs import CT_PHASES, TARGETS, CtPhase, Target, ct_protocols
from netcourse.decisions.ct_protocol import CtProtocol, CtQuestion, protocol_for, question_of, usual_protocol
from netcourse.decisions.ct_reading import (
    NODE_REGIONS,
    Appearance,
    NodeRegion,
    appearance,
    ct_occult,
    enhancement_pattern,
    node_by_size,
    report_checklist,
)
from netcourse.decisions.decision import CANNOT_DECIDE, DISCLAIMER, Decision, Flip, Reason, Status, Weight
from netcourse.decisions.followup import SCENARIOS, FollowUpChange, Scenario, appropriate_use, comparable, is_progression, restaging
from netcourse.decisions.krenning import VARIANTS, Variant, krenning, patient_scores, visible
from netcourse.decisions.scan_timing import dual_scan_interval, scan_spacing, ssa_before_scan, wait_hours
from netcourse.decisions.tracer import place_in_plan, second_tests, tracer
from netcourse.decisions.tracer_data import REGIONS, Region, Tracer, approved, preparation, scan_dose_msv, tracers
from netcourse.decisions.tracer_question import PURPOSES, Department, Purpose, TracerQuestion, tracer_question, usual_purpose
from netcourse.decisions.tracer_rules import TracerRule, tracer_path, tracer_rules, tracer_tests
from netcourse.decisions.tracer_supply import which_ssr_tracer
from netcourse.decisions.tracer_words import change_of, department_of, findings_of

__all__ = [
    "CANNOT_DECIDE", "CT_PHASES", "DISCLAIMER", "NODE_REGIONS", "PURPOSES", "REGIONS", "REMARKS", "SCENARIOS", "SUITS", "TARGETS",
    "UNSUITED", "VARIANTS", "Appearance", "CtPhase", "CtProtocol", "CtQuestion", "Decision", "Department", "Flip",
    "FollowUpChange", "NodeRegion", "Purpose", "Reason", "Region", "Scenario", "Status", "Target", "Tracer", "TracerQuestion",
    "TracerRule", "Variant", "Weight", "appearance", "appropriate_use", "approved", "change_of", "comparable", "ct_occult",
    "ct_protocols", "department_of", "dual_scan_interval", "enhancement_pattern", "findings_of", "is_progression",
    "judge_protocol", "krenning", "node_by_size", "patient_scores", "place_in_plan", "preparation", "protocol_for", "question_of",
    "report_checklist", "restaging", "scan_dose_msv", "scan_spacing", "second_tests", "ssa_before_scan", "tracer", "tracer_path",
    "tracer_question", "tracer_rules", "tracer_tests", "tracers", "usual_protocol", "usual_purpose", "visible", "wait_hours",
    "which_ssr_tracer",
]  # fmt: skip
