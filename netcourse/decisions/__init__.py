"""The clinical rules: pure functions from a patient or a measurement to a `Decision`."""

from netcourse.decisions.biopsy import NO_TARGET, biopsy_access, biopsy_part, biopsy_target, is_rapid, rebiopsy
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
from netcourse.decisions.grade import who_grade
from netcourse.decisions.heterogeneity import FIRST_LINE, MANAGEMENTS, NOT_NEC, SECOND_LINE, management, nec_chemotherapy
from netcourse.decisions.krenning import VARIANTS, Variant, krenning, patient_scores, visible
from netcourse.decisions.netpet import Classed, classed, netpet
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
from netcourse.decisions.scan_interval import APART, CAUTION, COMPARABLE, scan_interval

__all__ = [
    "AGREE", "APART", "CANNOT_DECIDE", "CAUTION", "CLASSES", "COMPARABLE", "CONCORDANT", "CT_PHASES", "DISAGREE", "DISCLAIMER",
    "DISCORDANT", "FIRST_LINE", "INDICATED", "MANAGEMENTS", "NODE_REGIONS", "NOT_NEC", "NO_CLASS", "NO_TARGET", "OPTIONAL", "PATTERNS",
    "RECOMMENDED", "REMARKS", "SECOND_LINE", "SUITS", "TARGETS", "UNSUITED", "VARIANTS", "Appearance", "Classed", "CtPhase", "CtProtocol",
    "CtQuestion", "Cuts", "Decision", "DualUptake", "Flip", "NodeRegion", "Reason", "Status", "Target", "Variant", "Weight", "appearance",
    "biopsy_access", "biopsy_part", "biopsy_target", "classed", "ct_occult", "ct_protocols", "discordance", "discordant_lesions",
    "enhancement_pattern", "fdg_indication", "fdg_positive", "fdg_ratio", "is_rapid", "joint_read", "judge_protocol", "karfis",
    "krenning", "management", "nec_chemotherapy", "netpet", "netpet_class", "node_by_size", "patient_scores", "protocol_for",
    "question_of", "reads", "rebiopsy", "report_checklist", "scan_interval", "schemes_disagree", "usual_protocol", "visible", "who_grade",
    "zidan",
]  # fmt: skip
