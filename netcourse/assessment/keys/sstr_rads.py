"""Keys about SSTR-RADS: the category of a finding, the overall score, and what CT and the site
say.
"""

from __future__ import annotations

from netcourse.assessment.keys.expressions import Argument, Function
from netcourse.decisions.somatostatin import (
    overall_rads,
    rads_finding,
    rads_findings,
    rads_prrt,
    sstr_rads,
    target_lesions,
    uptake_level,
)
from netcourse.decisions.somatostatin.sstr_rads import CORRELATES, correlate_of
from netcourse.patients import places

_LESION = Argument("lesion", "lesion")
_OF_SCORE = (
    "borderline",
    "partial volume",
    "no spleen",
    "capped at 3",
    "liver unreliable",
    "analogue on board",
)

RADS_RULES = (
    Function(
        "sstr_rads",
        lambda truth, lesion: sstr_rads(rads_finding(truth.patient, lesion)),
        (_LESION,),
        "its SSTR-RADS category, 1A to 5",
        gives="decision",
        flags=("low-SSR metastasis", "cold part", *_OF_SCORE),
    ),
    Function(
        "uptake_level",
        lambda truth, lesion: uptake_level(truth.patient.uptake(lesion)),
        (_LESION,),
        "its SSTR-RADS uptake level; counts as a number",
        gives="decision",
        flags=_OF_SCORE,
    ),
    Function(
        "overall_rads",
        lambda truth: overall_rads(rads_findings(truth.patient)),
        (),
        "the overall SSTR-RADS score",
        gives="decision",
        flags=("3D lesion", "low-SSR metastasis"),
    ),
    Function(
        "rads_prrt",
        lambda truth: rads_prrt(rads_findings(truth.patient)),
        (),
        "what SSTR-RADS says to radioligand therapy",
        gives="decision",
        flags=("3D lesion", "low-SSR metastasis"),
    ),
)
RADS_QUESTIONS = (
    Function(
        "correlate",
        lambda _truth, lesion: correlate_of(lesion),
        (_LESION,),
        f"what CT shows: {', '.join(CORRELATES)}",
        gives="word",
    ),
    Function(
        "typical_site",
        lambda _truth, lesion: places()[lesion.place].typical,
        (_LESION,),
        "whether NET is at home there",
        gives="truth",
    ),
    Function(
        "is_target",
        lambda truth, lesion: lesion.id in target_lesions(rads_findings(truth.patient)),
        (_LESION,),
        "whether it is a target lesion",
        gives="truth",
    ),
)
