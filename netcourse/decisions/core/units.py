"""Units of the clinic: what another laboratory's number is in the course's units, and the clearance
behind a creatinine.
"""

from __future__ import annotations

from typing import Literal

from netcourse.evidence import figure
from netcourse.patients import Patient


def haemoglobin_g_dl(mmol_l: float) -> float:
    """Return a haemoglobin in g/dL from mmol/L; ValueError where it is not above 0.

    >>> [round(haemoglobin_g_dl(mmol_l), 1) for mmol_l in (4.9, 5.0)]
    [7.9, 8.1]
    """
    return _positive("haemoglobin", mmol_l) * figure("clinic.hb_mmol").value


def creatinine_mg_dl(umol_l: float) -> float:
    """Return a creatinine in mg/dL from µmol/L; ValueError where it is not above 0.

    >>> round(creatinine_mg_dl(150), 1)
    1.7
    """
    return _positive("creatinine", umol_l) / figure("clinic.creatinine_umol").value


def cockcroft_gault(
    age_y: float, weight_kg: float, sex: Literal["female", "male"], creatinine_mg_dl: float
) -> float:
    """Return the creatinine clearance, mL/min; ValueError for a weight or creatinine that is not
    above 0.

    >>> [round(cockcroft_gault(70, 68, "male", creatinine), 1) for creatinine in (1.9, 1.4)]
    [34.8, 47.2]
    """
    weight, creatinine = (
        _positive("weight_kg", weight_kg),
        _positive("creatinine_mg_dl", creatinine_mg_dl),
    )
    years = max(0.0, figure("clinic.cockcroft_gault.age").value - age_y)
    factor = figure("clinic.cockcroft_gault.female").value if sex == "female" else 1.0
    return years * weight * factor / (figure("clinic.cockcroft_gault.divisor").value * creatinine)


def creatinine_for(patient: Patient, clearance_ml_min: float) -> float:
    """Return the creatinine, mg/dL, at which a patient has a clearance; the reverse of
    `creatinine_clearance`.
    """
    return cockcroft_gault(
        patient.age_y,
        patient.weight_kg,
        patient.sex,
        _positive("clearance_ml_min", clearance_ml_min),
    )


def creatinine_clearance(patient: Patient) -> float | None:
    """Return a patient's creatinine clearance, mL/min; None where the creatinine is not known."""
    creatinine = patient.labs.creatinine_mg_dl
    return (
        None
        if creatinine is None
        else cockcroft_gault(patient.age_y, patient.weight_kg, patient.sex, creatinine)
    )


def clearance_in_words(patient: Patient) -> str:
    """Say how the clearance was worked out, with the patient's numbers.

    >>> from netcourse.patients import generate
    >>> clearance_in_words(generate("ileum_disseminated"))
    '(140 − 61 y) × 74 kg ÷ (72 × 1.00 mg/dL) = 81.2 mL/min; 1.00 mg/dL = 88 µmol/L'
    """
    creatinine, clearance = patient.labs.creatinine_mg_dl, creatinine_clearance(patient)
    if creatinine is None or clearance is None:
        return "creatinine not known"
    age, divisor = (
        figure("clinic.cockcroft_gault.age").value,
        figure("clinic.cockcroft_gault.divisor").value,
    )
    factor = (
        f" × {figure('clinic.cockcroft_gault.female').value:g} (woman)"
        if patient.sex == "female"
        else ""
    )
    umol = creatinine * figure("clinic.creatinine_umol").value
    return (
        f"({age:g} − {patient.age_y:g} y) × {patient.weight_kg:g} kg{factor} ÷ ({divisor:g} ×"
        f" {creatinine:.2f} mg/dL) = {clearance:.1f} mL/min; {creatinine:.2f} mg/dL = {umol:.0f}"
        " µmol/L"
    )


def _positive(name: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{name} is {value:g}; it must be above 0")
    return value
