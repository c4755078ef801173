"""What a lesion is to the clinician: by histology where it was biopsied, else by what the receptor
scan, CT and MRI say together (SSTR-RADS).
"""

from __future__ import annotations

from enum import StrEnum

from netcourse.decisions.somatostatin.sstr_rads import NO_FINDING, rads_finding, sstr_rads
from netcourse.patients import Lesion, Patient, Uptake

_BENIGN = ("1A", "1B", "2", NO_FINDING)


class Standing(StrEnum):
    """What a lesion counts as. Atypical and receptor-negative lesions stay unsettled until there is
    tissue.
    """

    NET = "NET"
    ATYPICAL = "3C"
    RECEPTOR_NEGATIVE = "3D"
    BENIGN = "benign"
    OTHER = "another tumour"


UNSETTLED = (Standing.ATYPICAL, Standing.RECEPTOR_NEGATIVE)


def standing(patient: Patient, lesion: Lesion, uptake: Uptake | None = None) -> Standing:
    """Return what a lesion counts as: histology first, then the SSTR-RADS category; `uptake` is what
    the receptor scan shows where it is not the patient's own.

    >>> from netcourse.patients import generate
    >>> patient = generate("breast_and_spleen")
    >>> [standing(patient, lesion).value for lesion in patient.lesions]
    ['3C', 'benign']
    """
    if lesion.histology is not None:
        return {"benign": Standing.BENIGN, "other": Standing.OTHER}.get(
            lesion.histology, Standing.NET
        )
    category = sstr_rads(rads_finding(patient, lesion, uptake)).verdict
    if category in _BENIGN:
        return Standing.BENIGN
    return {"3C": Standing.ATYPICAL, "3D": Standing.RECEPTOR_NEGATIVE}.get(category, Standing.NET)


def tumour_lesions(patient: Patient) -> tuple[Lesion, ...]:
    """Return the lesions that count as the neuroendocrine tumour: proven, or read as such; a
    receptor-negative (3D) lesion is among them until tissue says otherwise.

    >>> from netcourse.patients import generate
    >>> [lesion.id for lesion in tumour_lesions(generate("dedifferentiated_metastasis"))]
    ['P1', 'L1', 'L2']
    """
    counted = (Standing.NET, Standing.RECEPTOR_NEGATIVE)
    return tuple(lesion for lesion in patient.lesions if standing(patient, lesion) in counted)


def unsettled_lesions(patient: Patient) -> tuple[tuple[Lesion, Standing], ...]:
    """Return the lesions that ask for tissue, each with its SSTR-RADS category.

    >>> from netcourse.patients import generate
    >>> [(lesion.id, found.value) for lesion, found in unsettled_lesions(generate("breast_and_spleen"))]
    [('B1', '3C')]
    """
    found = ((lesion, standing(patient, lesion)) for lesion in patient.lesions)
    return tuple((lesion, what) for lesion, what in found if what in UNSETTLED)
