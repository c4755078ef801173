"""How much of an organ is tumour, from the lesions themselves."""

from __future__ import annotations

from math import pi

from netcourse.decisions.somatostatin.standing import tumour_lesions
from netcourse.evidence import figure
from netcourse.patients import Patient, places

_MM3_PER_ML = 1000.0


def liver_load_percent(patient: Patient) -> float:
    """Return the tumour load of the liver, %: as given, or the volume of its lesions against the
    reference liver.

    >>> from netcourse.patients import generate
    >>> round(liver_load_percent(generate("ileum_disseminated")))
    4
    """
    if patient.condition.liver_load_percent is not None:
        return patient.condition.liver_load_percent
    volume = (
        sum(pi / 6 * lesion.size_mm**3 for lesion in tumour_lesions(patient) if lesion.in_liver)
        / _MM3_PER_ML
    )
    return min(100.0, 100 * volume / figure(f"body.{patient.sex}.liver").value)


def marrow_load_percent(patient: Patient) -> float | None:
    """Return the share of the axial marrow that is tumour, %: as given, 0 without a lesion in bone,
    None where it is not known.

    >>> from netcourse.patients import generate
    >>> marrow_load_percent(generate("ileum_disseminated"))
    0.0
    """
    if patient.condition.marrow_load_percent is not None:
        return patient.condition.marrow_load_percent
    in_bone = any(
        places()[lesion.place].tissue == "bone_marrow" for lesion in tumour_lesions(patient)
    )
    return None if in_bone else 0.0
