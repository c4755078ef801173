"""Keys about radioligand therapy: who may have it by which rulebook, and the numbers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netcourse.assessment.keys.expressions import Argument, ExpressionError, Function
from netcourse.decisions.core import (
    Decision,
    cockcroft_gault,
    creatinine_clearance,
    creatinine_mg_dl,
    haemoglobin_g_dl,
)
from netcourse.decisions.prrt import profiles, prrt
from netcourse.decisions.prrt.dosimetry import OrganDose, cycles_left
from netcourse.decisions.prrt.response import LesionChange, lesion_response, recist
from netcourse.patients import Lesion

if TYPE_CHECKING:
    from netcourse.assessment.keys.truth import Truth


def _clearance(truth: Truth) -> float:
    found = creatinine_clearance(truth.patient)
    if found is None:
        raise ExpressionError("the creatinine of this patient is not known")
    return found


def _times_liver(truth: Truth, lesion: Lesion) -> float:
    uptake = truth.patient.uptake(lesion)
    if not uptake.liver:
        raise ExpressionError("this patient has no liver reference")
    return uptake.suv_max / uptake.liver


def _lesion_response(
    size_before: float, size_now: float, suv_before: float, suv_now: float, months: float
) -> Decision:
    change = LesionChange(
        size_before_mm=size_before,
        size_now_mm=size_now,
        suv_before=suv_before,
        suv_now=suv_now,
        months=months,
        markers_rising=False,
    )
    return lesion_response(change)


_NUMBER = Argument("number", "number")

PRRT_RULES = (
    Function(
        "prrt",
        lambda truth, profile="course": prrt(truth.patient, profile),
        (Argument("profile", "word", profiles(), optional=True),),
        "whether radioligand therapy may be given, by a rulebook",
        gives="decision",
    ),
    Function(
        "cycles_left",
        lambda truth: cycles_left(truth.patient),
        (),
        "how many cycles stay within the limit of the kidneys",
        gives="decision",
    ),
    Function(
        "recist",
        lambda baseline, smallest, now: recist(baseline, smallest, now),
        (
            Argument("baseline", "number"),
            Argument("smallest", "number"),
            Argument("now", "number"),
        ),
        "response by RECIST 1.1, from three sums in mm",
        gives="decision",
        without_case=True,
    ),
    Function(
        "lesion_response",
        _lesion_response,
        (
            Argument("size_before", "number"),
            Argument("size_now", "number"),
            Argument("suv_before", "number"),
            Argument("suv_now", "number"),
            Argument("months", "number"),
        ),
        "what a lesion's change under therapy means",
        gives="decision",
        without_case=True,
    ),
)
PRRT_QUESTIONS = (
    Function("creatinine_clearance", _clearance, (), "by Cockcroft and Gault, mL/min"),
    Function(
        "times_liver",
        _times_liver,
        (Argument("lesion", "lesion"),),
        "its SUVmax as a multiple of the liver",
    ),
)
PRRT_WITHOUT_CASE = (
    Function(
        "kidney_gy",
        lambda per_gbq, cycles: OrganDose(kidney_gy_per_gbq=per_gbq).kidney_gy(cycles),
        (_NUMBER, _NUMBER),
        "kidney dose, Gy, from Gy/GBq and cycles",
        without_case=True,
    ),
    Function(
        "kidney_bed_gy",
        lambda per_gbq, cycles: OrganDose(kidney_gy_per_gbq=per_gbq).kidney_bed_gy(cycles),
        (_NUMBER, _NUMBER),
        "the same as biologically effective dose, Gy",
        without_case=True,
    ),
    Function(
        "haemoglobin_g_dl", haemoglobin_g_dl, (_NUMBER,), "g/dL from mmol/L", without_case=True
    ),
    Function(
        "creatinine_mg_dl", creatinine_mg_dl, (_NUMBER,), "mg/dL from µmol/L", without_case=True
    ),
    Function(
        "cockcroft_gault",
        lambda age_y, weight_kg, sex, creatinine: cockcroft_gault(
            age_y, weight_kg, sex, creatinine
        ),
        (
            Argument("age_y", "number"),
            Argument("weight_kg", "number"),
            Argument("sex", "word", ("female", "male")),
            _NUMBER,
        ),
        "creatinine clearance, mL/min, from a creatinine in mg/dL",
        without_case=True,
    ),
)
