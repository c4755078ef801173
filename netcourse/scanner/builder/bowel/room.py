"""A free space as a distance on a coarse mesh: what beads are pushed by, and what shapes yield to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.builder.grid import SPACING_MM, Box, Field, Float, Mask
from netcourse.scanner.builder.shapes import Points, spread

EVERY = 2  # the mesh takes every second voxel along y and x
_STEP = (SPACING_MM[0], SPACING_MM[1] * EVERY, SPACING_MM[2] * EVERY)


@dataclass(frozen=True)
class Room:
    """A signed distance (mm, negative in the free space) on a mesh with axes (z, y, x)."""

    box: Box
    axes: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    values: Float

    @classmethod
    def around(cls, box: Box, free: Mask) -> Room:
        """Measure the distance from the edge of what is free on the mesh of a box."""
        away = ndimage.distance_transform_edt(~free, sampling=_STEP)
        into = ndimage.distance_transform_edt(free, sampling=_STEP)
        edge = np.where(free, 0.9 - into, away - 0.9).astype(np.float32)
        z, y, x = _mesh(box)
        smooth = ndimage.gaussian_filter(edge, 0.7)
        return cls(box, (z.ravel(), y.ravel(), x.ravel()), smooth)

    def on(self, box: Box) -> Float:
        """Return the distance on the voxels of a box."""
        return spread(self.values, self.axes, box)

    def without(self, gone: Field, gap_mm: float = 0.0) -> Room:
        """Return the room that a structure leaves, with a gap around it."""
        there = gone.on(self.box)[:, ::EVERY, ::EVERY]
        return Room(self.box, self.axes, np.maximum(self.values, gap_mm - there))

    def limited(self, other: Float) -> Room:
        """Return the room inside another distance on its mesh."""
        return Room(self.box, self.axes, np.maximum(self.values, other).astype(np.float32))

    def opened(self, radius_mm: float) -> Room:
        """Return the part of the room that balls of a radius reach: no clefts, no thin sheets."""
        away = ndimage.distance_transform_edt(self.values > -radius_mm, sampling=_STEP)
        return self.limited(np.where(away > 0, away - radius_mm, -np.inf))

    @property
    def mesh(self) -> tuple[Float, Float, Float]:
        """The coordinates (z, y, x) of the mesh, shaped to fill it."""
        return _mesh(self.box)

    def depth(self, places: Points) -> NDArray[np.float64]:
        """Return how deep in the room places (n, 3) lie, mm; negative outside."""
        return -_sampled(self.values, self._index(places))

    def inwards(self, places: Points) -> Points:
        """Return the direction (n, 3) in which places get deeper, about unit length."""
        at, half = self._index(places), 1.0
        slopes = []
        for axis in (2, 1, 0):
            shift = np.zeros((3, 1))
            shift[axis] = half
            slopes.append(
                (_sampled(self.values, at - shift) - _sampled(self.values, at + shift))
                / (2 * half * _STEP[axis])
            )
        return np.stack(slopes, axis=1)

    def _index(self, places: Points) -> NDArray[np.float64]:
        return np.stack(
            [
                (places[:, 2 - a] - axis[0]) / step
                for a, (axis, step) in enumerate(zip(self.axes, _STEP, strict=True))
            ]
        )


def _mesh(box: Box) -> tuple[Float, Float, Float]:
    return box.z, box.y[:, ::EVERY], box.x[:, :, ::EVERY]


def _sampled(values: Float, index: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ndimage.map_coordinates(values, index, order=1, mode="nearest"), np.float64)
