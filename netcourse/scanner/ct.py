"""CT: attenuation of every tissue, blurred by the system, with noise of the right texture.

One phase for now: portal venous. The attenuation of a tissue is looked up as `ct.<phase>.<tissue>` in
evidence, so another phase is another table, or a contrast model in its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient
from netcourse.scanner.anatomy import Anatomy, labels, number
from netcourse.scanner.lesions import box_around, coverage
from netcourse.scanner.physics import Physics
from netcourse.scanner.study import Point, Volume

Float = NDArray[np.float32]

_SIGMA_PER_FWHM = 1 / 2.354820045
_NEXT_SLICE = 0.06  # share of each neighbour in a slice: slices overlap a little
_AVERAGE_AREA_MM2 = 72_000.0
_LESION_TISSUE = {
    "hyper_hypo": "portal_venous.hyper_hypo",
    "hyper_iso": "portal_venous.hyper_iso",
    "hypo_hypo": "portal_venous.hypo_hypo",
    "primary": "portal_venous.primary",
    "soft_tissue": "portal_venous.soft_tissue",
    "spleen_like": "portal_venous.spleen",
    "sclerotic": "plain.sclerosis",
}


def lesion_hu(lesion: Lesion) -> float | None:
    """Return the attenuation of a lesion in the portal venous phase, HU; None for one that CT does not show."""
    return None if lesion.pattern == "occult" else figure(f"ct.{_LESION_TISSUE[lesion.pattern]}").value


def scan_ct(patient: Patient, anatomy: Anatomy, where: dict[str, Point], physics: Physics, rng: np.random.Generator) -> Volume:
    """Return the patient's CT in the portal venous phase: int16 HU, [z, y, x] on the anatomy's grid."""
    table = np.array([figure(f"ct.{label.ct}").value for label in labels().values()], np.float32)
    hu: Float = table[anatomy.array]
    for lesion in sorted(patient.lesions, key=lambda lesion: lesion.size_mm):
        _paint(hu, patient, anatomy, lesion, where[lesion.id])
    out = np.empty(hu.shape, np.int16)
    grain = _Grain(anatomy, rng, figure("ct.noise").value / physics.dose**0.5) if physics.noise else None
    sigma = physics.ct_fwhm_mm * _SIGMA_PER_FWHM / anatomy.spacing_mm[2]
    for k in range(len(hu)):
        below, above = hu[max(k - 1, 0)], hu[min(k + 1, len(hu) - 1)]
        slice_ = (1 - 2 * _NEXT_SLICE) * hu[k] + _NEXT_SLICE * (below + above)
        slice_ = ndimage.gaussian_filter(slice_, sigma, truncate=3, mode="nearest")
        if grain:
            slice_ += grain.on(k)
        out[k] = np.clip(np.rint(slice_), -1000, 3071)
    return Volume("CT", out, anatomy.spacing_mm, anatomy.origin_mm, "HU", "CT, portal venous phase")


def _paint(hu: Float, patient: Patient, anatomy: Anatomy, lesion: Lesion, centre: Point) -> None:
    """Blend one lesion into the attenuation."""
    value = lesion_hu(lesion)
    if value is None:
        return
    box, first = box_around(anatomy.origin_mm, anatomy.spacing_mm, anatomy.array.shape, centre, lesion.size_mm / 2 * 1.2 + 2)
    part = hu[box]
    share = coverage(patient, lesion, anatomy.spacing_mm, centre, part.shape, first).astype(np.float32)
    part += share * (np.float32(value) - part)


class _Grain:
    """CT noise, slice by slice: `sd` HU in the liver of an average abdomen, band-pass within each slice.

    Filtered back-projection leaves little power at the lowest frequencies (ramp) and at the highest (kernel):
    a difference of two Gaussians has both. Thick slices are noisier, the periphery is quieter, air has none.
    A stock of noise slices is drawn once and shifted anew for every slice.
    """

    _STOCK = 48

    def __init__(self, anatomy: Anatomy, rng: np.random.Generator, sd: float) -> None:
        nz, ny, nx = anatomy.array.shape
        white = rng.standard_normal((self._STOCK, ny, nx), dtype=np.float32)
        fine = ndimage.gaussian_filter(white, (0, 0.75, 0.75), mode="wrap")
        stock = fine - ndimage.gaussian_filter(fine, (0, 1.8, 1.8), mode="wrap")
        self._stock = stock / stock.std()
        self._shift = rng.integers(0, (ny, nx), (nz, 2))
        self._body = anatomy.array > number("foam")
        area = self._body.sum(axis=(1, 2)) * anatomy.spacing_mm[1] * anatomy.spacing_mm[2]
        self._thick = np.clip((area / _AVERAGE_AREA_MM2) ** 0.5, 0.45, 1.5)  # tube current modulation evens out the rest
        y, x = np.linspace(-1, 1, ny)[:, None], np.linspace(-1, 1, nx)[None, :]
        self._inward = (sd * (0.85 + 0.4 * np.exp(-(x**2) / 0.35 - y**2 / 0.45))).astype(np.float32)

    def on(self, k: int) -> Float:
        """Return the noise of slice k, HU."""
        noise = np.roll(self._stock[k % self._STOCK], self._shift[k], axis=(0, 1))
        return np.asarray(noise * self._inward * self._body[k] * np.float32(self._thick[k]))
