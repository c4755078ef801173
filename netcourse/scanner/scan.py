"""Scan a patient: build the body, take the pictures, note where things truly lie."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.scanner.acquisition import CtScan, MrScan, PetScan, Scan
from netcourse.scanner.blend import Blend
from netcourse.scanner.body.body import body_of
from netcourse.scanner.ct import SliceMix, mix_slice, scan_ct
from netcourse.scanner.doors.real_case import real_study
from netcourse.scanner.landmarks import landmarks, organ_points
from netcourse.scanner.lesions import make_room, positions
from netcourse.scanner.mri import scan_mr
from netcourse.scanner.pet import scan_pet
from netcourse.scanner.study import Point, Study, Volume

SERIES: Mapping[str, Scan] = {
    "CT": CtScan(),
    "CT low dose": CtScan(time_s=None, ctdi_vol_mgy=figure("dose.ctdi_vol.low_dose").value),
    "CT unenhanced": CtScan(time_s=None, region="upper abdomen"),
    "CT early arterial": CtScan.phase("early arterial", region="upper abdomen"),
    "CT late arterial": CtScan.phase("late arterial", region="upper abdomen"),
    "CT enteric": CtScan.phase("enteric", region="upper abdomen"),
    "CT delayed": CtScan.phase("delayed", region="upper abdomen"),
    "T1 arterial": MrScan("T1 arterial"),
    "DWI": MrScan("DWI"),
    "PT": PetScan(),
    "FDG": PetScan(of="fdg"),
}
"""The series that can be asked for by name: `CT` is the portal venous phase of the whole body, `PT`
the patient's receptor PET.
"""

USUAL = ("CT", "PT")
Progress = Callable[[float, str], None]


def scan(
    patient: Patient,
    series: Sequence[str] | Mapping[str, Scan] = USUAL,
    progress: Progress | None = None,
) -> Study:
    """Return a study of a patient: one volume per series.

    `series` names some of `SERIES`, or gives a name and the scan behind it; `progress` is called
    with the done share (0–1) and the name of the series. A patient with real pictures is not
    scanned: those are read, and the study has what it has of the series. Raises ValueError for an
    unknown series or none, and as in `read_dicom` for real pictures.

    >>> from netcourse.patients import generate
    >>> scan(generate("pancreas_new"), {"CT": CtScan(region="upper abdomen", noise=False)})
    Study of pancreas_new-0 (CT), SYNTHETIC
    """
    if patient.pictures:
        return real_study(patient, series)
    wanted = _wanted(series)
    tell = progress or (lambda share, word: None)
    tell(0.0, "body")
    body = body_of(patient)
    where = positions(patient)
    blend = Blend(patient, make_room(patient, body, where), where)
    volumes: dict[str, Volume] = {}
    for step, (name, how) in enumerate(wanted.items()):
        tell(0.4 + 0.6 * step / len(wanted), name)
        volumes[name] = _taken(blend, name, how)
    tell(1.0, "done")
    return Study(patient.id, patient.title, volumes, where, landmarks(patient, where))


def organ_positions(patient: Patient, seen: Volume | None = None) -> dict[str, tuple[Point, ...]]:
    """Return the middle of every organ that takes up tracer (z, y, x in mm), right before left
    where there are two of it.

    With a PET that is `seen`, the middle of the part that nothing hotter hides on its MIP from the
    front, where there is such a part.
    """
    return organ_points(body_of(patient), seen)


def slice_over_time(patient: Patient, z_mm: float, how: CtScan | None = None) -> SliceMix:
    """Return one axial slice as a mixture of tissues, from which its CT at any time follows;
    ValueError outside the body.
    """
    body, where = body_of(patient), positions(patient)
    blend = Blend(patient, make_room(patient, body, where), where)
    return mix_slice(blend, z_mm, how or CtScan(), _dice(patient, "slice"))


def _wanted(series: Sequence[str] | Mapping[str, Scan]) -> Mapping[str, Scan]:
    if isinstance(series, Mapping):
        found = dict(series)
    else:
        if unknown := [name for name in series if name not in SERIES]:
            raise ValueError(
                f"there is no series {', '.join(unknown)}; choose from {', '.join(SERIES)}"
            )
        found = {name: SERIES[name] for name in series}
    if not found:
        raise ValueError(f"no series was asked for; choose from {', '.join(SERIES)}")
    return found


def _taken(blend: Blend, name: str, how: Scan) -> Volume:
    rng = _dice(blend.patient, name)
    if isinstance(how, PetScan):
        return scan_pet(blend, how, rng)
    if isinstance(how, MrScan):
        return scan_mr(blend, how, rng)
    return scan_ct(blend, how, rng)


def _dice(patient: Patient, series: str) -> np.random.Generator:
    """The scan's own random numbers: same patient and series, same noise."""
    digest = hashlib.sha256(f"{patient.id}/{series}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
