"""CT: every voxel is a mixture of tissues, blurred by the system; attenuation weighs the mixture,
noise comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.scanner.acquisition import CtScan
from netcourse.scanner.anatomy import Anatomy
from netcourse.scanner.attenuation import attenuation
from netcourse.scanner.ct_noise import Grain
from netcourse.scanner.mixture import Mixture
from netcourse.scanner.study import Point, Volume

Float = NDArray[np.float32]

_SIGMA_PER_FWHM = 1 / 2.354820045
_NEXT_SLICE = 0.06  # share of each neighbour in a slice: slices overlap a little


def scan_ct(
    patient: Patient,
    anatomy: Anatomy,
    where: dict[str, Point],
    scan: CtScan,
    rng: np.random.Generator,
) -> Volume:
    """Return a CT of the patient: int16 HU, [z, y, x] on the anatomy's grid, as far as the scan's
    region goes.
    """
    near = anatomy.slices(scan.region)
    hu = Mixture(patient, anatomy, where).image(attenuation(patient, scan), near)
    grain = Grain(anatomy, rng, scan) if scan.noise else None
    profile = _profile(scan.slice_mm, anatomy.spacing_mm[0])
    loud = (
        min(anatomy.spacing_mm[0] / scan.slice_mm, 1.0) / float((profile**2).sum())
    ) ** 0.5  # so that the average has noise ∝ 1/√thickness
    seen = np.empty(hu.shape, np.float32)
    for k in range(len(hu)):
        seen[k] = _seen(hu, k, anatomy, scan)
        if grain:
            seen[k] += np.float32(loud) * grain.on(near.start + k)
    if len(profile) > 1:
        seen = ndimage.convolve1d(seen, profile, axis=0, mode="nearest")
    out = np.clip(np.rint(seen), -1000, 3071).astype(np.int16)
    return Volume("CT", out, anatomy.spacing_mm, anatomy.corner_mm(near), "HU", scan.words)


@dataclass(frozen=True)
class SliceMix:
    """One slice as a mixture: `weights` [tissue, y, x] are shares that sum to 1; times HU per
    tissue they give the slice at any time.

    `noise` is one draw of the noise of this slice, HU. Spacing and origin are (y, x) in mm, `z_mm`
    the slice's height.
    """

    tissues: tuple[str, ...]
    weights: Float
    noise: Float
    spacing_mm: tuple[float, float]
    origin_mm: tuple[float, float]
    z_mm: float

    def at(self, hu: Mapping[str, float]) -> Float:
        """Return the noiseless slice, HU, for the attenuation of every tissue."""
        return np.tensordot(
            np.array([hu[tissue] for tissue in self.tissues], np.float32), self.weights, 1
        )


def mix_slice(
    patient: Patient,
    anatomy: Anatomy,
    where: dict[str, Point],
    z_mm: float,
    scan: CtScan,
    rng: np.random.Generator,
) -> SliceMix:
    """Return the slice at a height (mm) as a mixture of tissues, for CT over time; ValueError
    outside the body.
    """
    k = round((z_mm - anatomy.origin_mm[0]) / anatomy.spacing_mm[0])
    if not 0 <= k < len(anatomy.array):
        raise ValueError(
            f"z_mm is {z_mm:g}; it must lie in the body, from {anatomy.origin_mm[0]:g} mm up"
        )
    mixture, near = (
        Mixture(patient, anatomy, where),
        slice(max(k - 1, 0), min(k + 2, len(anatomy.array))),
    )
    names = sorted(mixture.tissues(near))
    weights = np.stack(
        [_seen(mixture.image({one: 1.0}, near), k - near.start, anatomy, scan) for one in names]
    )
    (z, y, x), (dz, dy, dx) = anatomy.origin_mm, anatomy.spacing_mm
    return SliceMix(
        tuple(names), weights, Grain(anatomy, rng, scan).on(k), (dy, dx), (y, x), z + k * dz
    )


def _seen(image: Float, k: int, anatomy: Anatomy, scan: CtScan) -> Float:
    """A slice as the system sees it: blurred in its plane, its neighbours shining through a
    little.
    """
    below, above = image[max(k - 1, 0)], image[min(k + 1, len(image) - 1)]
    slice_ = (1 - 2 * _NEXT_SLICE) * image[k] + _NEXT_SLICE * (below + above)
    sigma = figure(f"ct.kernel.{scan.kernel}.fwhm").value * _SIGMA_PER_FWHM / anatomy.spacing_mm[2]
    return np.asarray(ndimage.gaussian_filter(slice_, sigma, truncate=3, mode="nearest"))


def _profile(slice_mm: float, step_mm: float) -> Float:
    """How much of each native slice a slice of that thickness holds; one entry where it is no
    thicker than native.

    >>> [round(float(share), 2) for share in _profile(5, 3)]
    [0.2, 0.6, 0.2]
    """
    reach = int(np.ceil((slice_mm / step_mm - 1) / 2 - 1e-9)) if slice_mm > step_mm else 0
    edges = (np.arange(2 * reach + 2) - reach - 0.5) * step_mm
    held = np.diff(np.clip(edges, -slice_mm / 2, slice_mm / 2))
    return np.asarray(held / held.sum(), np.float32)
