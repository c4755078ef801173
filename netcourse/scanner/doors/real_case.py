"""The real pictures of a patient whose file points at a folder of DICOM files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from netcourse.patients import Patient
from netcourse.scanner.doors.dicom_in import read_dicom
from netcourse.scanner.lesions import real_positions
from netcourse.scanner.study import Study


@lru_cache(maxsize=2)
def _read(folder: str) -> Study:
    return read_dicom(folder)


def real_study(patient: Patient, series: Iterable[str]) -> Study:
    """Return the study in the patient's folder, with those of the series that it has and the
    lesions where the file says.

    Raises ValueError where it has none of them or a lesion lies outside of them, and as in
    `read_dicom`.
    """
    assert patient.pictures
    study = _read(patient.pictures)
    asked = list(series)
    there = [name for name in asked if name in study.volumes]
    if not there:
        raise ValueError(
            f"{patient.id} has {', '.join(study.volumes)}, and none of {', '.join(asked)}"
        )
    found = study.only(*there)
    places = real_positions(patient)
    outside = [
        id
        for id, place in places.items()
        if not any(
            all(0 <= i < n for i, n in zip(one.index(place), one.array.shape, strict=True))
            for one in found.volumes.values()
        )
    ]
    if outside:
        raise ValueError(
            f"{patient.id}: lesion {', '.join(outside)} lies outside of the pictures; centre_mm is"
            " (x, y, z) in mm as a DICOM viewer gives it"
        )
    return replace(found, patient_id=patient.id, title=patient.title, lesions_mm=places)
