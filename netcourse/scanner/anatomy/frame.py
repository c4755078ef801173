"""How the reference body becomes this patient's: size, habitus and a little individual bend."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.patients import Draws, Patient

Array = NDArray[np.float64]

SLICE_MM = 3.0
PIXEL_MM = 1.5
_BOTTOM, _TOP = -470.0, 552.0  # of the reference body: mid-thigh to just above the vertex
_WAVES = 5


@dataclass(frozen=True)
class Frame:
    """A patient's body frame: `warp` takes reference points to the patient, the rest is size.

    `stretch` are the factors of (width and depth, height); `fat` multiplies subcutaneous thickness.
    """

    sex: str
    stretch: tuple[float, float]
    fat: float
    bend_seed: str

    @classmethod
    def of(cls, patient: Patient) -> Frame:
        """Return the frame of a patient, scaled from the reference male of ICRP 89."""
        height = patient.height_cm / figure("body.male.height").value
        girth = patient.weight_kg / figure("body.male.weight").value / height
        bmi = patient.weight_kg / (patient.height_cm / 100) ** 2
        lean_bmi = figure("body.male.weight").value / (figure("body.male.height").value / 100) ** 2
        fat = float(np.clip((bmi / lean_bmi) ** 1.6, 0.35, 3.0)) * (
            1.2 if patient.sex == "female" else 1.0
        )
        slim = 0.97 if patient.sex == "female" else 1.0
        return cls(patient.sex, (slim * girth**0.4, height), fat, patient.id)

    @property
    def scale(self) -> float:
        """The linear size of an organ against the reference."""
        wide, tall = self.stretch
        return float(np.cbrt(wide * wide * tall))

    @cached_property
    def slices_mm(self) -> Array:
        """Heights of the axial slices, from the feet up."""
        low, high = (SLICE_MM * round(z * self.stretch[1] / SLICE_MM) for z in (_BOTTOM, _TOP))
        return np.arange(low, high + SLICE_MM / 2, SLICE_MM)

    @cached_property
    def reference_levels(self) -> Array:
        """The slices' heights in the reference body."""
        return self.slices_mm / self.stretch[1]

    @cached_property
    def _bend(self) -> tuple[Array, Array, Array]:
        draws = Draws("bend", self.bend_seed)
        waves = np.array(
            [[draws.uniform(f"{i}/{axis}", -1, 1) for axis in "xyz"] for i in range(_WAVES)]
        )
        waves *= 2 * np.pi / 260
        phase = np.array(
            [[2 * np.pi * draws.unit(f"{i}/phase/{axis}") for i in range(_WAVES)] for axis in "xy"]
        )
        size = np.array(
            [[draws.uniform(f"{i}/size/{axis}", 0.4, 1.3) for i in range(_WAVES)] for axis in "xy"]
        )
        return waves, phase, size

    def warp(self, points: Array) -> Array:
        """Take reference points (n, 3) as (x, y, z) in mm to the patient's."""
        waves, phase, size = self._bend
        at = points @ waves.T
        calm = np.exp(-(((points[:, 2] - 470) / 120) ** 2)) * 0.8  # the skull bends least
        bend = np.stack(
            [(size[i] * np.sin(at + phase[i])).sum(axis=1) * (1 - calm) for i in (0, 1)], axis=1
        )
        wide, tall = self.stretch
        head = 1 / (1 + np.exp(-(points[:, 2] - 330) / 12))  # heads vary little with weight
        girth = wide + (1.0 - wide) * 0.85 * head
        return np.column_stack([(points[:, :2] + bend) * girth[:, None], points[:, 2] * tall])
