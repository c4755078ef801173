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
from netcourse.scanner.acquisition import CtScan
from netcourse.scanner.attenuation import attenuation
from netcourse.scanner.blend import Blend
from netcourse.scanner.body.body import CT_VOXELS, Body
from netcourse.scanner.ct_noise import Grain
from netcourse.scanner.optics import Optics
from netcourse.scanner.study import Volume
from netcourse.scanner.threads import each

Float = NDArray[np.float32]

_NEXT_SLICE = 0.06  # share of each neighbour in a slice: slices overlap a little


def scan_ct(blend: Blend, scan: CtScan, rng: np.random.Generator) -> Volume:
    """Return a CT of a patient: int16 HU, [z, y, x], as far as the scan's region goes."""
    body = blend.body
    near = body.slices(scan.region)
    hu = attenuation(blend.patient, scan)
    plain = blend.seen(hu, near, _optics(body, scan), textured=True)
    grain = Grain(body, rng, scan) if scan.noise else None
    step = body.picture_mm(CT_VOXELS)[0]
    profile = _profile(scan.slice_mm, step)
    loud = (
        min(step / scan.slice_mm, 1.0) / float((profile**2).sum())
    ) ** 0.5  # so that the average has noise ∝ 1/√thickness
    out = np.empty(plain.shape, np.int16)
    seen = plain if len(profile) == 1 else np.empty_like(plain)

    def finish(k: int) -> None:
        slice_ = _overlapping(plain, k)
        if grain:
            slice_ += np.float32(loud) * grain.on(near.start + k)
        if len(profile) > 1:
            seen[k] = slice_
        else:
            out[k] = _stored(slice_)

    each(finish, range(len(plain)))
    if len(profile) > 1:
        out = _stored(ndimage.convolve1d(seen, profile, axis=0, mode="nearest"))
    return Volume(
        "CT", out, body.picture_mm(CT_VOXELS), body.corner_mm(CT_VOXELS, near), "HU", scan.words
    )


@dataclass(frozen=True)
class SliceMix:
    """One slice as a mixture: `weights` [tissue, y, x] are shares that sum to 1; times HU per
    tissue they give the slice at any time.

    `texture` is how the tissues vary within themselves, the same at all times; `noise` one draw of
    the noise of this slice, both in HU. Spacing and origin are (y, x) in mm, `z_mm`
    the slice's height.
    """

    tissues: tuple[str, ...]
    weights: Float
    texture: Float
    noise: Float
    spacing_mm: tuple[float, float]
    origin_mm: tuple[float, float]
    z_mm: float

    def at(self, hu: Mapping[str, float]) -> Float:
        """Return the noiseless slice, HU, for the attenuation of every tissue."""
        plain = np.tensordot(
            np.array([hu[tissue] for tissue in self.tissues], np.float32), self.weights, 1
        )
        return np.asarray(plain + self.texture)


def mix_slice(blend: Blend, z_mm: float, scan: CtScan, rng: np.random.Generator) -> SliceMix:
    """Return the slice at a height (mm) as a mixture of tissues, for CT over time; ValueError
    outside the body.
    """
    body = blend.body
    (first, y, x), (dz, dy, dx) = body.corner_mm(CT_VOXELS), body.picture_mm(CT_VOXELS)
    k, count = round((z_mm - first) / dz), body.slices("whole body").stop
    if not 0 <= k < count:
        raise ValueError(f"z_mm is {z_mm:g}; it must lie in the body, from {first:g} mm up")
    near = slice(max(k - 1, 0), min(k + 2, count))
    optics, names = _optics(body, scan), sorted(blend.tissues(near))
    weights = np.stack(
        [_overlapping(blend.seen({name: 1.0}, near, optics), k - near.start) for name in names]
    )
    hu = attenuation(blend.patient, scan)
    plain = np.tensordot(np.array([hu[name] for name in names], np.float32), weights, 1)
    texture = _overlapping(blend.seen(hu, near, optics, textured=True), k - near.start) - plain
    noise = Grain(body, rng, scan).on(k)
    return SliceMix(tuple(names), weights, texture, noise, (dy, dx), (y, x), first + k * dz)


def _optics(body: Body, scan: CtScan) -> Optics:
    """The system's point spread in the plane of a slice."""
    _, dy, dx = body.spacing_mm
    fwhm = figure(f"ct.kernel.{scan.kernel}.fwhm").value
    rows, columns = body.codes.shape[1:]
    return Optics((rows, columns), (fwhm / dy, fwhm / dx), (CT_VOXELS[1], CT_VOXELS[2]))


def _overlapping(slices: Float, k: int) -> Float:
    """A slice with its neighbours shining through a little."""
    below, above = slices[max(k - 1, 0)], slices[min(k + 1, len(slices) - 1)]
    return np.asarray(
        np.float32(1 - 2 * _NEXT_SLICE) * slices[k] + np.float32(_NEXT_SLICE) * (below + above)
    )


def _stored(hu: Float) -> NDArray[np.int16]:
    return np.clip(np.rint(hu), -1000, 3071).astype(np.int16)


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
