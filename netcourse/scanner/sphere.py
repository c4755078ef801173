"""A small sphere in uniform tissue, scanned as a patient is: what nuclide, activity and time make
of a lesion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.patients import Patient, resolution_mm
from netcourse.patients.partial_volume import blurred_sphere, recovery
from netcourse.scanner.acquisition import PetScan
from netcourse.scanner.pet import counted

_VOXEL_MM, _VOXELS, _SIGMA_PER_FWHM = 3.0, 31, 1 / 2.354820045


@dataclass(frozen=True)
class SphereScan:
    """What the scan shows: the slice through the middle (SUV, 3 mm pixels), SUVmax without noise,
    and the noise around (SD, SUV).
    """

    picture: NDArray[np.float32]
    suv_max: float
    background: float
    noise_sd: float

    @property
    def contrast_to_noise(self) -> float:
        """Contrast of the middle over the noise."""
        return (self.suv_max - self.background) / self.noise_sd


def scan_sphere(
    patient: Patient, size_mm: float, suv: float, background: float, how: PetScan
) -> SphereScan:
    """Scan a sphere of `size_mm` and true uptake `suv` in tissue of `background`, both SUV, in a
    patient of this weight.

    The noise is always the same throw of the dice, so that only what is asked differs. Same blur
    and counts as `scan`.
    """
    fwhm = how.fwhm_mm or resolution_mm(how.seen(patient).organs(how.of).tracer)
    post = fwhm * figure("pet.post_filter").value * _SIGMA_PER_FWHM / _VOXEL_MM
    steps = (np.arange(_VOXELS) - _VOXELS // 2) * _VOXEL_MM
    distance = np.sqrt(
        steps[:, None, None] ** 2 + steps[None, :, None] ** 2 + steps[None, None, :] ** 2
    )
    radii = np.linspace(0, float(distance.max()), 120)
    seen = np.interp(distance, radii, [blurred_sphere(float(r), size_mm, fwhm) for r in radii])
    expected = (background + seen * (suv - background)).astype(np.float32)
    noise = (
        counted(expected, patient, how, np.random.default_rng(7)) - expected
        if how.noise
        else np.zeros_like(expected)
    )
    noise = ndimage.gaussian_filter(noise, post, truncate=4)
    around = noise[distance > size_mm / 2 + 2 * fwhm]
    spread = float(around.std()) if around.size else 0.0
    picture = np.clip((expected + noise)[_VOXELS // 2], 0, None)
    return SphereScan(
        picture,
        background + recovery(size_mm, fwhm) * (suv - background),
        background,
        max(spread, 1e-6),
    )
