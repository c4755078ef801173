"""What a scan hands to the reading room: volumes with spacing and unit, on one patient grid.

Arrays are indexed [z, y, x]. x grows towards the patient's left, y towards the back, z towards the
head (DICOM's LPS axes), all in mm from the same origin, so the voxel centre of index (k, j, i) lies
at `origin + spacing * (k, j, i)`, component by component in the order z, y, x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]
Array = NDArray[Any]

WATERMARK = "SYNTHETIC"


@dataclass(frozen=True)
class Volume:
    """One image volume. `array` is [z, y, x]; CT in HU and MR in signal as int16, PET in SUV as
    float32.

    `spacing_mm` and `origin_mm` are (z, y, x); the origin is the centre of voxel [0, 0, 0].
    """

    modality: Literal["CT", "PT", "MR"]
    array: Array
    spacing_mm: Point
    origin_mm: Point
    unit: Literal["HU", "SUV", "signal"]
    description: str

    def __repr__(self) -> str:
        z, y, x = self.array.shape
        dz, dy, dx = self.spacing_mm
        return (
            f"{self.description}: {x} × {y} × {z} voxels of {dx:g} × {dy:g} × {dz:g} mm,"
            f" {self.unit}, {WATERMARK}"
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
    the truth, for teaching and tests; a reader has only the volumes.
    """

    patient_id: str
    title: str
    volumes: Mapping[str, Volume]
    lesions_mm: Mapping[str, Point] = field(default_factory=dict)
    landmarks_mm: Mapping[str, Point] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Study of {self.patient_id} ({', '.join(self.volumes)}), {WATERMARK}"

    def __getitem__(self, series: str) -> Volume:
        if series not in self.volumes:
            raise KeyError(f"{self!r} has no series '{series}'; it has {', '.join(self.volumes)}")
        return self.volumes[series]

    def only(self, *series: str) -> Study:
        """Return the same study with some of its series; KeyError names those there are."""
        return replace(self, volumes={name: self[name] for name in series})
