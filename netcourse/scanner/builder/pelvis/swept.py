"""A bent tube of elliptical section: rectum, uterus, vagina, nerves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.shapes import Points, path

_STEP_MM = 1.0


@dataclass(frozen=True)
class Swept:
    """The voxels of a box in the frame of a bent axis, all in mm.

    `along` is the length along the axis, `across` the distance to the left of it, `deep` the distance along
    left × way (backwards where the axis runs down), and `beyond` how far a voxel lies past an end. Far from the
    axis all are 60.
    """

    box: Box
    axis: Points
    lengths: Points
    along: Float
    across: Float
    deep: Float
    beyond: Float

    def at(self, points: ArrayLike, values: ArrayLike) -> Float:
        """Return values given at points of the axis (n, 3), at every voxel by its `along`."""
        nearest = cKDTree(self.axis).query(np.asarray(points, float)[:, :3])[1]
        return self.between(self.lengths[nearest], values)

    def between(self, along_mm: ArrayLike, values: ArrayLike) -> Float:
        """Return values given at lengths along the axis, at every voxel, linearly between."""
        between = np.interp(self.along, np.asarray(along_mm, float), np.asarray(values, float))
        return np.asarray(between, np.float32)

    def ellipse(self, half_width: ArrayLike, half_depth: ArrayLike) -> Float:
        """Return the distance from the tube whose half-axes across and deep are given for every voxel."""
        a, b = np.asarray(half_width, np.float32), np.asarray(half_depth, np.float32)
        c = np.minimum(a, b)
        q = np.sqrt((self.across / a) ** 2 + (self.deep / b) ** 2 + (self.beyond / c) ** 2) + 1e-6
        g = (
            np.sqrt((self.across / a**2) ** 2 + (self.deep / b**2) ** 2 + (self.beyond / c**2) ** 2)
            + 1e-6
        )
        return np.asarray(np.minimum(q * (q - 1) / g, FAR_MM), np.float32)

    def field(self, points: ArrayLike, half_width: ArrayLike, half_depth: ArrayLike) -> Field:
        """Return the tube whose half-axes are given at points of the axis."""
        return Field(
            self.box, self.ellipse(self.at(points, half_width), self.at(points, half_depth))
        )


def swept(space: Space, axis: ArrayLike, reach_mm: float) -> Swept:
    """Return the frame of the smooth curve through (x, y, z) points, known up to `reach_mm` from it."""
    points = np.asarray(axis, float)[:, :3]
    line = path(np.column_stack([points, np.ones(len(points))]), _STEP_MM)[:, :3]
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    box = space.box(line, reach_mm)
    along, across, deep, beyond = (box.full(FAR_MM) for _ in range(4))
    if not box.empty:
        way = np.gradient(line, axis=0)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        left = np.array([1.0, 0, 0]) - way[:, :1] * way
        left /= np.linalg.norm(left, axis=1, keepdims=True)
        back = np.cross(left, way)
        voxels = np.stack(np.broadcast_arrays(box.x, box.y, box.z), axis=-1).reshape(-1, 3)
        away, nearest = cKDTree(line).query(voxels, distance_upper_bound=reach_mm)
        near = np.isfinite(away)
        k = nearest[near]
        off = voxels[near] - line[k]
        for out, values in (
            (along, lengths[k]),
            (across, (off * left[k]).sum(axis=1)),
            (deep, (off * back[k]).sum(axis=1)),
            (beyond, (off * way[k]).sum(axis=1)),
        ):
            out.reshape(-1)[near] = values
    return Swept(box, line, lengths, along, across, deep, beyond)
