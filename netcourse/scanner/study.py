"""What a scan hands to the reading room: volumes with spacing and unit, on one patient grid.

Arrays are indexed [z, y, x]. x grows towards the patient's left, y towards the back, z towards the
head (DICOM's LPS axes), all in mm from the same origin, so the voxel centre of index (k, j, i) lies
at `origin + spacing * (k, j, i)`, component by component in the order z, y, x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from netcourse.patients.record import REAL as REAL
from netcourse.patients.record import WATERMARK as WATERMARK
from netcourse.patients.record import Watermark as Watermark

Point = tuple[float, float, float]
Array = NDArray[Any]


@dataclass(frozen=True)
class TracerDose:
    """What was injected for a PET and when it was scanned: all that turns SUV into Bq/mL and back.

    `uptake_s` runs from the injection to the start of the scan, to which the activity in the
    picture is corrected for decay; `frame_s` is the time per bed position.
    """

    tracer: str
    nuclide: str
    half_life_s: float
    positron_fraction: float
    activity_bq: float
    uptake_s: float
    frame_s: float
    weight_kg: float

    @property
    def bq_per_ml(self) -> float:
        """The activity concentration of SUV 1 (body weight), Bq/mL at the start of the scan.

        >>> dose = TracerDose("68Ga-DOTATATE", "ga68", 4057.7, 0.889, 150e6, 4057.7, 180, 75)
        >>> dose.bq_per_ml
        1000.0
        """
        left: float = self.activity_bq * 0.5 ** (self.uptake_s / self.half_life_s)
        return left / (1000 * self.weight_kg)


@dataclass(frozen=True)
class Volume:
    """One image volume. `array` is [z, y, x]; CT in HU and MR in signal as int16, PET in SUV as
    float32.

    `spacing_mm` and `origin_mm` are (z, y, x); the origin is the centre of voxel [0, 0, 0].
    `watermark` says whether the pictures are synthetic or real, `tracer_dose` what a PET was taken
    with where that is known.
    """

    modality: Literal["CT", "PT", "MR"]
    array: Array
    spacing_mm: Point
    origin_mm: Point
    unit: Literal["HU", "SUV", "signal"]
    description: str
    watermark: Watermark = WATERMARK
    tracer_dose: TracerDose | None = None

    def __repr__(self) -> str:
        z, y, x = self.array.shape
        dz, dy, dx = self.spacing_mm
        return (
            f"{self.description}: {x} × {y} × {z} voxels of {dx:g} × {dy:g} × {dz:g} mm,"
            f" {self.unit}, {self.watermark}"
        )

    def index(self, point_mm: Point) -> tuple[int, int, int]:
        """Return the voxel [k, j, i] that holds a point (z, y, x in mm), which may lie outside the
        array.
        """
        k, j, i = (
            round((p - o) / s)
            for p, o, s in zip(point_mm, self.origin_mm, self.spacing_mm, strict=True)
        )
        return k, j, i

    def at(self, point_mm: Point) -> float:
        """Return the value of the voxel that holds a point; IndexError when the point lies
        outside.
        """
        index = self.index(point_mm)
        if not all(0 <= i < n for i, n in zip(index, self.array.shape, strict=True)):
            raise IndexError(f"point {point_mm} mm lies outside the {self.description}")
        return float(self.array[index])

    def centres_mm(self, axis: int) -> Array:
        """Return the voxel-centre coordinates along one axis (0 = z, 1 = y, 2 = x), mm."""
        return np.asarray(
            self.origin_mm[axis] + self.spacing_mm[axis] * np.arange(self.array.shape[axis])
        )


@dataclass(frozen=True)
class Study:
    """The scans of one patient at one time, and where things truly lie.

    `lesions_mm` gives each lesion's centre and `landmarks_mm` the centres at which references are
    measured (`liver`, `spleen`, `blood_pool`, `kidney_cortex`), all as (z, y, x) in mm. Both are
    the truth, for teaching and tests; a reader has only the volumes. `notes` says what was left out
    or changed when a study was read from files. Raises ValueError when synthetic and real pictures
    are mixed.
    """

    patient_id: str
    title: str
    volumes: Mapping[str, Volume]
    lesions_mm: Mapping[str, Point] = field(default_factory=dict)
    landmarks_mm: Mapping[str, Point] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len({volume.watermark for volume in self.volumes.values()}) > 1:
            raise ValueError("a study is either synthetic or real; keep the two apart")

    def __repr__(self) -> str:
        return f"Study of {self.patient_id} ({', '.join(self.volumes)}), {self.watermark}"

    @property
    def watermark(self) -> Watermark:
        """Whether the pictures are synthetic or real, as every picture and export says."""
        return next((volume.watermark for volume in self.volumes.values()), WATERMARK)

    def __getitem__(self, series: str) -> Volume:
        if series not in self.volumes:
            raise KeyError(f"{self!r} has no series '{series}'; it has {', '.join(self.volumes)}")
        return self.volumes[series]

    def only(self, *series: str) -> Study:
        """Return the same study with some of its series; KeyError names those there are."""
        return replace(self, volumes={name: self[name] for name in series})

    def save_dicom(self, folder: str | PathLike[str]) -> list[Path]:
        """Write the study as DICOM, one folder per series and one file per slice; see
        `netcourse.scanner.doors.write_dicom`.
        """
        from netcourse.scanner.doors import write_dicom

        return write_dicom(self, folder)

    def save_nifti(self, folder: str | PathLike[str]) -> list[Path]:
        """Write the study as NIfTI, one file per series with its words beside it; see
        `netcourse.scanner.doors.write_nifti`.
        """
        from netcourse.scanner.doors import write_nifti

        return write_nifti(self, folder)

    @classmethod
    def from_dicom(
        cls, folder: str | PathLike[str], given: Mapping[str, str | float] | None = None
    ) -> Self:
        """Read an anonymised study from a folder of DICOM files; see
        `netcourse.scanner.doors.read_dicom`.
        """
        from netcourse.scanner.doors import read_dicom

        return cls(**vars(read_dicom(folder, given)))

    @classmethod
    def from_nifti(cls, files: str | PathLike[str] | Mapping[str, str | PathLike[str]]) -> Self:
        """Read a study from NIfTI files; see `netcourse.scanner.doors.read_nifti`."""
        from netcourse.scanner.doors import read_nifti

        return cls(**vars(read_nifti(files)))
