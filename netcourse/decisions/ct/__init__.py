"""CT: what a question needs of it, whether a protocol suits, and how a lesion appears on it."""

from netcourse.decisions.ct.appearance import (
    NODE_REGIONS,
    Appearance,
    NodeRegion,
    appearance,
    ct_occult,
    enhancement_pattern,
    node_by_size,
    report_checklist,
)
from netcourse.decisions.ct.judgement import REMARKS, SUITS, UNSUITED, judge_protocol
from netcourse.decisions.ct.needs import CT_PHASES, TARGETS, CtPhase, Target, ct_protocols
from netcourse.decisions.ct.protocol import (
    CtProtocol,
    CtQuestion,
    protocol_for,
    question_of,
    usual_protocol,
)

__all__ = [
    "CT_PHASES",
    "NODE_REGIONS",
    "REMARKS",
    "SUITS",
    "TARGETS",
    "UNSUITED",
    "Appearance",
    "CtPhase",
    "CtProtocol",
    "CtQuestion",
    "NodeRegion",
    "Target",
    "appearance",
    "ct_occult",
    "ct_protocols",
    "enhancement_pattern",
    "judge_protocol",
    "node_by_size",
    "protocol_for",
    "question_of",
    "report_checklist",
    "usual_protocol",
]
