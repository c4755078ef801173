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
from netcourse.decisions.krenning import VARIANTS, Variant, krenning, patient_scores, visible

__all__ = [
    "CANNOT_DECIDE", "CT_PHASES", "DISCLAIMER", "NODE_REGIONS", "REMARKS", "SUITS", "TARGETS", "UNSUITED", "VARIANTS",
    "Appearance", "CtPhase", "CtProtocol", "CtQuestion", "Decision", "Flip", "NodeRegion", "Reason", "Status", "Target", "Variant",
    "Weight", "appearance", "ct_occult", "ct_protocols", "enhancement_pattern", "judge_protocol", "krenning", "node_by_size",
    "patient_scores", "protocol_for", "question_of", "report_checklist", "usual_protocol", "visible",
]  # fmt: skip
