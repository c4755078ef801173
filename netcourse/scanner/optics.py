"""From the body's fine voxels to a picture's: averaged over slices, blurred and resampled in the
plane, part by part so that no fine picture of the whole body is ever held.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.atlas.codes import Codes

Float = NDArray[np.float32]

SIGMA_PER_FWHM = 1 / 2.354820045
_BLOCK, _TRUNCATE = 32, 3.0


class Optics:
    """Blurs slices of `size` (y, x) fine pixels by a point spread and samples it at larger pixels.

    `fwhm` (y, x) and `pixel`, the side of a picture's pixel, are in fine pixels.
    """

    def __init__(
        self, size: tuple[int, int], fwhm: tuple[float, float], pixel: tuple[float, float]
    ) -> None:
        self.size = round(size[0] / pixel[0]), round(size[1] / pixel[1])
        self._down, self._across = (
            _weights(n, width * SIGMA_PER_FWHM, side)
            for n, width, side in zip(size, fwhm, pixel, strict=True)
        )

    def seen(self, slices: Float) -> Float:
        """Return slices [n, y, x] as the picture's pixels show them."""
        rows = np.empty((len(slices), self.size[0], slices.shape[2]), np.float32)
        for to, at, weights in self._down:
            np.matmul(weights, slices[:, at], out=rows[:, to])
        out = np.empty((len(slices), *self.size), np.float32)
        for to, at, weights in self._across:
            np.matmul(rows[:, :, at], weights.T, out=out[:, :, to])
        return out


def paired(table: Float, codes: Codes) -> Float:
    """Return the mean over pairs of slices of what each code is worth, [z / 2, y, x]."""
    values = np.take(table, codes, mode="clip")  # which spares a check of every code
    values[::2] += values[1::2]
    values[::2] *= np.float32(0.5)
    return values[::2]


def pooled(values: Float, by: Sequence[int]) -> Float:
    """Return the mean over blocks of that many values along each axis."""
    for axis, n in enumerate(by):
        parts = [values[(slice(None),) * axis + (slice(i, None, n),)] for i in range(n)]
        if n > 1:
            values = np.add.reduce(parts) * np.float32(1 / n)
    return values


def _weights(voxels: int, sigma: float, side: float) -> list[tuple[slice, slice, Float]]:
    """Blocks of pixels, the fine voxels that each block sees, and what each gives to each."""
    count, reach = round(voxels / side), _TRUNCATE * sigma + 0.5
    found = []
    for first in range(0, count, _BLOCK):
        to = slice(first, min(first + _BLOCK, count))
        centres = side * (np.arange(to.start, to.stop) + 0.5) - 0.5
        low, high = int(np.floor(centres[0] - reach)), int(np.ceil(centres[-1] + reach))
        at = slice(max(low, 0), min(high + 1, voxels))
        away = centres[:, None] - np.arange(at.start, at.stop)[None, :]
        weights = np.where(np.abs(away) <= reach, np.exp(-(away**2) / (2 * sigma**2)), 0)
        weights /= weights.sum(axis=1, keepdims=True)
        found.append((to, at, weights.astype(np.float32)))
    return found
