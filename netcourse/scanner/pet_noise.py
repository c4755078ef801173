"""The noise of a reconstructed PET: lines of response with Poisson counts, and a short OSEM over them.

One pass of ordered subsets that starts from the noise-free picture gives the grain, streaks and
skewness of real reconstructions: relative noise grows with the thickness of the patient, falls with
activity, time and uptake, and is never negative.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from netcourse.evidence import figure
from netcourse.scanner.optics import SIGMA_PER_FWHM
from netcourse.scanner.threads import each

Float = NDArray[np.float32]

_ANGLES, _SUBSETS, _BLOCKS = 24, 6, 8
_FLOOR_SUV = 0.02
_IN_AIR = 0.002  # 1/mm: less than this is no patient
_BED_MM = 150.0


def reconstructed(
    uptake: Float,
    attenuation: Float,
    counts: float,
    fwhm_mm: float,
    spacing_mm: tuple[float, float, float],
    rng: np.random.Generator,
    hot: float,
) -> Float:
    """Return a PET with noise from one without, both SUV, [z, y, x].

    `attenuation` is that of 511 keV per mm, on the same grid; `counts` are those of a voxel of SUV
    1; `fwhm_mm` is the picture's resolution, whose share `pet.post_filter` smooths the noise. Above
    `hot` (SUV) noise grows less than uptake, as time of flight makes it.
    """
    inside: NDArray[np.bool_] = np.any(attenuation > _IN_AIR, axis=0)
    if not inside.any():
        return uptake.copy()
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    part = np.s_[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    truth, mu = uptake[part], attenuation[part]
    kept = counts * figure("pet.line").value / _ANGLES
    height = np.arange(len(truth)) * spacing_mm[0] / _BED_MM + rng.random()
    kept_at = kept * (1 - figure("pet.seam").value * np.cos(np.pi * height) ** 2)
    seeds = rng.integers(0, 2**63, size=_BLOCKS)
    cuts = np.linspace(0, len(truth), _BLOCKS + 1).astype(int)
    ratio = np.empty_like(truth)
    system = _system(truth.shape[1], truth.shape[2], spacing_mm[2])

    def work(block: int) -> None:
        z = slice(cuts[block], cuts[block + 1])
        if z.stop > z.start:
            dice = np.random.default_rng(seeds[block])
            ratio[z] = _osem(system, truth[z], mu[z], kept_at[z].astype(np.float32), dice)

    each(work, range(_BLOCKS))
    post = fwhm_mm * figure("pet.post_filter").value * figure("pet.grain").value * SIGMA_PER_FWHM
    ratio = ndimage.gaussian_filter(
        ratio, [post / step for step in spacing_mm], truncate=2.5, mode="wrap"
    )
    very = truth > hot
    ratio[very] **= np.maximum((np.float32(hot) / truth[very]) ** np.float32(0.3), 0.55)
    out = uptake.copy()
    out[part] *= ratio
    return out


def _osem(
    system: list[tuple[sparse.csr_matrix, sparse.csr_matrix]],
    truth: Float,
    mu: Float,
    kept: Float,
    dice: np.random.Generator,
) -> Float:
    """What a pass of OSEM over noisy counts makes of some slices, as a share of what is true."""
    start = np.ascontiguousarray(
        np.maximum(truth.reshape(len(truth), -1).T, np.float32(_FLOOR_SUV))
    )
    matter = np.ascontiguousarray(mu.reshape(len(mu), -1).T)
    found, floor = start.copy(), np.float32(figure("pet.scatter").value)
    for forth, back in system:
        passes = np.exp(-(forth @ matter))
        true = passes * (forth @ start)
        other = floor * true.mean(axis=0, keepdims=True) + np.float32(1e-6)
        seen = dice.poisson((true + other) * kept).astype(np.float32) / kept
        model = passes * (forth @ found) + other
        found *= (back @ (passes * (seen / model))) / np.maximum(back @ passes, 1e-6)
    return np.asarray((found / start).T.reshape(truth.shape), np.float32)


@lru_cache(maxsize=2)
def _system(
    rows: int, columns: int, step_mm: float
) -> list[tuple[sparse.csr_matrix, sparse.csr_matrix]]:
    """Each subset's projector of a slice and its transpose: lengths in mm on parallel lines, shared
    between the two lines nearest to each pixel.
    """
    y, x = (np.arange(n) - (n - 1) / 2 for n in (rows, columns))
    bins = int(np.ceil(np.hypot(rows, columns))) + 2
    pixels = np.arange(rows * columns)
    angles = []
    for angle in np.pi * np.arange(_ANGLES) / _ANGLES:
        at = (y[:, None] * np.sin(angle) + x[None, :] * np.cos(angle)).ravel() + (bins - 1) / 2
        below = np.floor(at).astype(int)
        share = at - below
        angles.append(
            sparse.csr_matrix(
                (
                    np.concatenate([1 - share, share]).astype(np.float32) * np.float32(step_mm),
                    (np.concatenate([below, below + 1]), np.concatenate([pixels, pixels])),
                ),
                shape=(bins, rows * columns),
            )
        )
    subsets = [sparse.vstack(angles[n::_SUBSETS]).tocsr() for n in range(_SUBSETS)]
    return [(subset, subset.T.tocsr()) for subset in subsets]
