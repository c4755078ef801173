"""Receptor PET: the Krenning score, SSTR-RADS, its pitfalls, and the structured report."""

from netcourse.decisions.somatostatin.krenning import (
    VARIANTS,
    Variant,
    krenning,
    patient_scores,
    visible,
)
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

__all__ = [
    "CATEGORIES",
    "CONSIDERED",
    "FDG_FIRST",
    "NOT_BY_RADS",
    "VARIANTS",
    "Pitfall",
    "PitfallRead",
    "RadsFinding",
    "Variant",
    "krenning",
    "overall_rads",
    "patient_scores",
    "pitfalls",
    "rads_categories",
    "rads_finding",
    "rads_findings",
    "rads_prrt",
    "sstr_rads",
    "target_lesions",
    "uptake_level",
    "visible",
    "with_clue",
    "without_clue",
]
