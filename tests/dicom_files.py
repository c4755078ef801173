"""Small studies and DICOM series for the tests of what enters and leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from netcourse.scanner.study import Study, TracerDose, Volume

DOSE = TracerDose("68Ga-DOTATATE", "ga68", 4062.0, 0.889, 148e6, 3600.0, 180.0, 74.0)
Change = Callable[[Any, int], None]


def small_study(dose: TracerDose | None = DOSE) -> Study:
    """A CT, an MR and a PET of few voxels, unlike in every direction, on one patient's axes."""
    rng = np.random.default_rng(7)
    ct = rng.integers(-1024, 3000, (5, 7, 6)).astype(np.int16)
    mr = rng.integers(0, 4000, (4, 6, 5)).astype(np.int16)
    pet = rng.gamma(0.7, 6, (6, 5, 4)).astype(np.float32)
    return Study(
        "phantom-0",
        "Phantom of the tests",
        {
            "CT": Volume(
                "CT", ct, (3.0, 1.5, 1.25), (-480.0, -179.25, -251.25), "HU", "CT, late arterial"
            ),
            "T1 arterial": Volume(
                "MR", mr, (3.0, 1.5, 1.5), (-470.0, -170.0, -250.0), "signal", "MR, T1 arterial"
            ),
            "PT": Volume(
                "PT",
                pet,
                (3.0, 3.0, 3.0),
                (-480.0, -178.5, -250.5),
                "SUV",
                "PET, 68Ga-DOTATATE",
                tracer_dose=dose,
            ),
        },
    )


def real_series(folder: Path, series: str, change: Change | None = None) -> list[Path]:
    """Write one series of the small study as a hospital's scanner might, then `change(dataset, n)`
    the header of each slice.
    """
    import pydicom

    study = small_study()
    study.only(series).save_dicom(folder)
    paths = sorted(folder.rglob("*.dcm"))
    for n, path in enumerate(paths):
        dataset = pydicom.dcmread(path)
        dataset.Manufacturer, dataset.PatientName = "Scanner works", "CASE"
        dataset.PatientID = "CASE"
        for word in ("ImageComments", "PatientComments", "ProtocolName", "StudyDescription"):
            if word in dataset:
                delattr(dataset, word)
        if change:
            change(dataset, n)
        dataset.save_as(path)
    return paths


def but(volume: Volume, **changes: Any) -> Volume:
    return replace(volume, **changes)


def headers(paths: Sequence[Path]) -> list[Any]:
    import pydicom

    return [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
