"""Hollow organs along an axis: distance, place along the axis and angle round it, for walls, folds
and content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from netcourse.scanner.builder.grid import Box, Float, Space
from netcourse.scanner.builder.shapes import Points, Strands, path

STEP_MM = 1.2


@dataclass(frozen=True)
class Hollow:
    """A tube in a box: `distance` from it (mm), `along` its axis (mm) and `angle` round it
    (radians), known near it; `axis` rows are (x, y, z, radius).
    """

    box: Box
    axis: Points
    distance: Float
    along: Float
    angle: Float

    @classmethod
    def through(cls, space: Space, points: ArrayLike, reach_mm: float) -> Hollow:
        """Draw the tube through (x, y, z, radius) rows; it is known up to `reach_mm` outside its
        surface.
        """
        axis = path(points, STEP_MM)
        box = space.box(axis, float(axis[:, 3].max()) + reach_mm)
        strands = Strands(box)
        strands.add(axis, pad_mm=reach_mm)
        index = np.clip(strands.index, 0, len(axis) - 1)
        normal, binormal = _frames(axis[:, :3])
        away = [c - axis[index, k].astype(np.float32) for k, c in enumerate((box.x, box.y, box.z))]
        u, v = (
            sum(a * frame[index, k].astype(np.float32) for k, a in enumerate(away))
            for frame in (normal, binormal)
        )
        distance = np.minimum(strands.near, reach_mm + 20).astype(np.float32)
        along = (index * STEP_MM).astype(np.float32)
        return cls(box, axis, distance, along, np.arctan2(v, u).astype(np.float32))

    @property
    def length_mm(self) -> float:
        """The length of its axis."""
        return STEP_MM * (len(self.axis) - 1)

    def at(self, values: ArrayLike) -> Float:
        """Return values given at even places along the axis, at each voxel."""
        v = np.asarray(values, float)
        places = np.linspace(0, self.length_mm, len(v))
        return np.asarray(np.interp(self.along, places, v), np.float32)


def close_wall(
    space: Space, box: Box, wall: str, lining: Sequence[str], lumen: Sequence[str]
) -> None:
    """Turn what a lumen holds into wall wherever it would meet anything but its own wall or
    lining.
    """
    own = space.is_(box, wall, *lining, *lumen)
    apart = ndimage.binary_erosion(own, border_value=1)
    space.carve((box, ~apart), wall, (*lining, *lumen))


def _frames(line: Points) -> tuple[Points, Points]:
    """Two directions across a line at each of its points, turning as little as they can."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    normal = np.empty_like(line)
    across = np.array([0.0, -1.0, 0.0])
    for i, t in enumerate(tangent):
        across = across - t * (across @ t)
        across /= np.linalg.norm(across) + 1e-9
        normal[i] = across
    return normal, np.cross(tangent, normal)
