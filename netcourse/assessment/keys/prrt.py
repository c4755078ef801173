"""Keys about radioligand therapy: who may have it by which rulebook, and the numbers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netcourse.assessment.expressions import ExpressionError, Function, Parameter
from netcourse.decisions import cockcroft_gault, creatinine_clearance, creatinine_mg_dl, haemoglobin_g_dl, profiles, prrt
from netcourse.patients import Lesion

if TYPE_CHECKING:
    from netcourse.assessment.truth import Truth


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


_NUMBER = Parameter("number", "number")

PRRT_RULES = (
    Function(
        "prrt",
        lambda truth, profile="course": prrt(truth.patient, profile),
        (Parameter("profile", "word", profiles(), optional=True),),
        "whether radioligand therapy may be given, by a rulebook",
        gives="decision",
    ),
)
PRRT_QUESTIONS = (
    Function("creatinine_clearance", _clearance, (), "by Cockcroft and Gault, mL/min"),
    Function("times_liver", _times_liver, (Parameter("lesion", "lesion"),), "its SUVmax as a multiple of the liver"),
)
PRRT_OF_NOBODY = (
    Function("haemoglobin_g_dl", haemoglobin_g_dl, (_NUMBER,), "g/dL from mmol/L", without_case=True),
    Function("creatinine_mg_dl", creatinine_mg_dl, (_NUMBER,), "mg/dL from µmol/L", without_case=True),
    Function(
        "cockcroft_gault",
        lambda age_y, weight_kg, sex, creatinine: cockcroft_gault(age_y, weight_kg, sex, creatinine),
        (Parameter("age_y", "number"), Parameter("weight_kg", "number"), Parameter("sex", "word", ("female", "male")), _NUMBER),
        "creatinine clearance, mL/min, from a creatinine in mg/dL",
        without_case=True,
    ),
)
