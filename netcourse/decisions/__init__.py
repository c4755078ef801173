"""The clinical rules: pure functions from a patient or a measurement to a `Decision`."""

from netcourse.decisions.biopsy import NO_TARGET, biopsy_access, biopsy_part, biopsy_target, is_rapid, rebiopsy
from netcourse.decisions.clinic_units import cockcroft_gault, creatinine_clearance, creatinine_mg_dl, haemoglobin_g_dl
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
from netcourse.decisions.dual_tracer import CLASSES, PATTERNS, Cuts, DualUptake, joint_read, netpet_class, reads
from netcourse.decisions.fdg import fdg_positive, fdg_ratio
from netcourse.decisions.fdg_indication import INDICATED, OPTIONAL, RECOMMENDED, fdg_indication
from netcourse.decisions.followup import SCENARIOS, FollowUpChange, Scenario, appropriate_use, comparable, is_progression, restaging
from netcourse.decisions.grade import who_grade
from netcourse.decisions.heterogeneity import FIRST_LINE, MANAGEMENTS, NOT_NEC, SECOND_LINE, management, nec_chemotherapy
from netcourse.decisions.krenning import VARIANTS, Variant, krenning, patient_scores, visible
from netcourse.decisions.netpet import Classed, classed, netpet
from netcourse.decisions.pitfalls import Pitfall, PitfallRead, pitfalls, with_clue, without_clue
from netcourse.decisions.prrt import PRRT_VERDICTS, criteria, prrt, prrt_table
from netcourse.decisions.prrt_profile import COURSE, Profile, profile, profiles
from netcourse.decisions.scales import (
    AGREE,
    CONCORDANT,
    DISAGREE,
    DISCORDANT,
    NO_CLASS,
    discordance,
    discordant_lesions,
    karfis,
    schemes_disagree,
    zidan,
)
from netcourse.decisions.scan_interval import scan_interval
from netcourse.decisions.scan_timing import dual_scan_interval, scan_spacing, ssa_before_scan, wait_hours
from netcourse.decisions.sstr_rads import CATEGORIES, RadsFinding, rads_categories, rads_finding, sstr_rads, uptake_level
from netcourse.decisions.sstr_rads_scan import CONSIDERED, FDG_FIRST, NOT_BY_RADS, overall_rads, rads_findings, rads_prrt, target_lesions
from netcourse.decisions.tracer import place_in_plan, second_tests, tracer
from netcourse.decisions.tracer_data import approved, preparation, scan_dose_msv
from netcourse.decisions.tracer_question import PURPOSES, Department, Purpose, TracerQuestion, tracer_question, usual_purpose
from netcourse.decisions.tracer_rules import TracerRule, tracer_path, tracer_rules, tracer_tests
from netcourse.decisions.tracer_supply import which_ssr_tracer
from netcourse.decisions.tracer_words import change_of, department_of, findings_of

__all__ = [
    "AGREE", "CANNOT_DECIDE", "CATEGORIES", "CLASSES", "CONCORDANT", "CONSIDERED", "COURSE", "CT_PHASES", "DISAGREE", "DISCLAIMER",
    "DISCORDANT", "FDG_FIRST", "FIRST_LINE", "INDICATED", "MANAGEMENTS", "NODE_REGIONS", "NOT_BY_RADS", "NOT_NEC", "NO_CLASS",
    "NO_TARGET", "OPTIONAL", "PATTERNS", "PRRT_VERDICTS", "PURPOSES", "RECOMMENDED", "REMARKS", "SCENARIOS", "SECOND_LINE", "SUITS",
    "TARGETS", "UNSUITED", "VARIANTS", "Appearance", "Classed", "CtPhase", "CtProtocol", "CtQuestion", "Cuts", "Decision", "Department",
    "DualUptake", "Flip", "FollowUpChange", "NodeRegion", "Pitfall", "PitfallRead", "Profile", "Purpose", "RadsFinding", "Reason",
    "Scenario", "Status", "Target", "TracerQuestion", "TracerRule", "Variant", "Weight", "appearance", "appropriate_use", "approved",
    "biopsy_access", "biopsy_part", "biopsy_target", "change_of", "classed", "cockcroft_gault", "comparable", "creatinine_clearance",
    "creatinine_mg_dl", "criteria", "ct_occult", "ct_protocols", "department_of", "discordance", "discordant_lesions",
    "dual_scan_interval", "enhancement_pattern", "fdg_indication", "fdg_positive", "fdg_ratio", "findings_of", "haemoglobin_g_dl",
    "is_progression", "is_rapid", "joint_read", "judge_protocol", "karfis", "krenning", "management", "nec_chemotherapy", "netpet",
    "netpet_class", "node_by_size", "overall_rads", "patient_scores", "pitfalls", "place_in_plan", "preparation", "profile", "profiles",
    "protocol_for", "prrt", "prrt_table", "question_of", "rads_categories", "rads_finding", "rads_findings", "rads_prrt", "reads",
    "rebiopsy", "report_checklist", "restaging", "scan_dose_msv", "scan_interval", "scan_spacing", "schemes_disagree", "second_tests",
    "ssa_before_scan", "sstr_rads", "target_lesions", "tracer", "tracer_path", "tracer_question", "tracer_rules", "tracer_tests",
    "uptake_level", "usual_protocol", "usual_purpose", "visible", "wait_hours", "which_ssr_tracer", "who_grade", "with_clue",
    "without_clue", "zidan",
]  # fmt: skip
