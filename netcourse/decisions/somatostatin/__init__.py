"""Receptor PET: the Krenning score, SSTR-RADS, its pitfalls, and the structured report."""

from netcourse.decisions.somatostatin.krenning import (
    VARIANTS,
    Variant,
    krenning,
    patient_scores,
    visible,
)
from netcourse.decisions.somatostatin.next_step import NEXT_STEPS, accepted_steps, next_step
from netcourse.decisions.somatostatin.pitfalls import (
    Pitfall,
    PitfallRead,
    pitfalls,
    with_clue,
    without_clue,
)
from netcourse.decisions.somatostatin.sstr_rads import (
    CATEGORIES,
    RadsFinding,
    correlate_of,
    rads_categories,
    rads_finding,
    sstr_rads,
    uptake_level,
)
from netcourse.decisions.somatostatin.sstr_rads_patient import (
    CONSIDERED,
    FDG_FIRST,
    NOT_BY_RADS,
    overall_rads,
    rads_findings,
    rads_prrt,
    target_lesions,
)
from netcourse.decisions.somatostatin.standing import (
    UNSETTLED,
    Standing,
    standing,
    tumour_lesions,
    unsettled_lesions,
)

__all__ = [
    "CATEGORIES",
    "CONSIDERED",
    "FDG_FIRST",
    "NEXT_STEPS",
    "NOT_BY_RADS",
    "UNSETTLED",
    "VARIANTS",
    "Pitfall",
    "PitfallRead",
    "RadsFinding",
    "Standing",
    "Variant",
    "accepted_steps",
    "correlate_of",
    "krenning",
    "next_step",
    "overall_rads",
    "patient_scores",
    "pitfalls",
    "rads_categories",
    "rads_finding",
    "rads_findings",
    "rads_prrt",
    "sstr_rads",
    "standing",
    "target_lesions",
    "tumour_lesions",
    "unsettled_lesions",
    "uptake_level",
    "visible",
    "with_clue",
    "without_clue",
]
