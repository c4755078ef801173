"""Keys about two tracers: what FDG shows of a case's lesions, and what the rules of heterogeneity
say of lesions and patient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netcourse.assessment.keys.expressions import Argument, ExpressionError, Function
from netcourse.decisions.board import management, nec_chemotherapy
from netcourse.decisions.heterogeneity import (
    biopsy_target,
    discordance,
    fdg_indication,
    fdg_ratio,
    joint_read,
    karfis,
    netpet,
    netpet_class,
    reads,
    rebiopsy,
    schemes_disagree,
    who_grade,
    zidan,
)
from netcourse.decisions.tracer import scan_interval
from netcourse.patients import Lesion
from netcourse.patients.truth import clone_b_fraction

if TYPE_CHECKING:
    from netcourse.assessment.keys.truth import Truth

_ORGANS = ("blood_pool", "liver", "spleen", "kidney_cortex")


def _fdg_reference(truth: Truth, organ: str) -> float:
    if organ == "spleen" and truth.patient.history.splenectomy:
        raise ExpressionError("this patient has no spleen; ask for another reference")
    return truth.patient.organs("fdg").suv[organ]


def _ratio(truth: Truth, lesion: Lesion) -> float:
    found = fdg_ratio(lesion, truth.patient)
    if found is None:
        raise ExpressionError(f"FDG of {lesion.id} is not known")
    return found


def _size_after(truth: Truth, lesion: Lesion, months: float) -> float:
    from netcourse.simulation.follow_up import (
        follow_up,  # asks for numpy, which grading without this question never loads
    )

    later = follow_up(truth.patient, float(months))
    return next((one.size_mm for one in later.lesions if one.id == lesion.id), 0.0)


def _ki67(truth: Truth) -> float:
    found = truth.patient.pathology.ki67_percent
    if found is None:
        raise ExpressionError("the Ki-67 of this patient is not known")
    return found


_LESION = Argument("lesion", "lesion")

TWO_TRACER_RULES = (
    Function(
        "who_grade",
        lambda truth: who_grade(truth.patient.pathology),
        (),
        "the WHO grade",
        gives="decision",
        flags=("NET or NEC",),
    ),
    Function(
        "fdg_indication",
        lambda truth: fdg_indication(truth.patient),
        (),
        "whether FDG is indicated",
        gives="decision",
    ),
    Function(
        "scan_interval",
        lambda truth: scan_interval(truth.patient),
        (),
        "whether both scans go together",
        gives="decision",
    ),
    Function(
        "joint_read",
        lambda truth, lesion: joint_read(reads(truth.patient, lesion)),
        (_LESION,),
        "both scans of a lesion",
        gives="decision",
    ),
    Function(
        "netpet_class",
        lambda truth, lesion: netpet_class(reads(truth.patient, lesion)),
        (_LESION,),
        "the NETPET class of a lesion, P0 to P5",
        gives="decision",
        flags=("borderline", "discordant part"),
    ),
    Function(
        "netpet",
        lambda truth: netpet(truth.patient),
        (),
        "the NETPET grade with its letter",
        gives="decision",
    ),
    Function(
        "karfis",
        lambda truth: karfis(truth.patient),
        (),
        "the class of Karfis, C1 to C3",
        gives="decision",
    ),
    Function(
        "zidan",
        lambda truth: zidan(truth.patient),
        (),
        "the class of Zidan; counts as a number",
        gives="decision",
    ),
    Function(
        "discordance",
        lambda truth: discordance(truth.patient),
        (),
        "whether a lesion is discordant",
        gives="decision",
        flags=("one lesion", "small lesion left aside"),
    ),
    Function(
        "schemes_disagree",
        lambda truth, lesion: schemes_disagree(reads(truth.patient, lesion)),
        (_LESION,),
        "whether the three scales part on a lesion",
        gives="decision",
    ),
    Function(
        "biopsy_target",
        lambda truth: biopsy_target(truth.patient),
        (),
        "the id of the lesion to biopsy",
        gives="decision",
        flags=("part A", "part B", "hotter one out of reach"),
    ),
    Function(
        "rebiopsy",
        lambda truth: rebiopsy(truth.patient),
        (),
        "whether to biopsy again",
        gives="decision",
    ),
    Function(
        "management",
        lambda truth: management(truth.patient),
        (),
        "what heterogeneity asks for",
        gives="decision",
    ),
    Function(
        "nec_chemotherapy",
        lambda truth, line=1: nec_chemotherapy(truth.patient.pathology, int(line)),
        (Argument("line", "number", optional=True),),
        "chemotherapy of a neuroendocrine carcinoma, line 1 or 2",
        gives="decision",
    ),
)
TWO_TRACER_QUESTIONS = (
    Function(
        "fdg_suv_max",
        lambda truth, lesion: truth.patient.uptake(lesion, scan="fdg").suv_max,
        (_LESION,),
        "its SUVmax on the FDG scan, after blur",
    ),
    Function(
        "fdg_ratio", _ratio, (_LESION,), "(FDG / liver) ÷ (SSR / liver), of its part with the most"
    ),
    Function(
        "clone_b",
        lambda truth, lesion: clone_b_fraction(lesion),
        (_LESION,),
        "the share of its dedifferentiated clone (0–1)",
    ),
    Function(
        "size_after",
        _size_after,
        (_LESION, Argument("months", "number")),
        "its diameter some months after the first of four cycles, by the teaching model; 0 when it"
        " is gone",
    ),
    Function("ki67_percent", _ki67, (), "Ki-67 by the biopsy on record, %"),
    Function(
        "fdg_reference",
        _fdg_reference,
        (Argument("organ", "word", _ORGANS),),
        "SUVmean of a reference organ on the FDG scan",
    ),
)
