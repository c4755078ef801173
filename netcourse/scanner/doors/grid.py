"""Where the voxels of a picture lie in the patient, and how a picture gets onto the patient's own
axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.study import Point, Volume

Array = NDArray[Any]

SAME_AXIS = 1e-3
"""Two directions whose cosines differ by less are one (0.06° apart)."""


@dataclass(frozen=True, eq=False)
class Grid:
    """`affine` (4 × 4) takes a voxel (i, j, k, 1), column, row and slice, to (x, y, z, 1), mm in
    the patient's LPS axes.
    """

    affine: NDArray[np.float64]

    @classmethod
    def of(cls, volume: Volume) -> Self:
        """Return the grid of a volume, which lies on the patient's axes."""
        affine = np.diag([*volume.spacing_mm[::-1], 1.0])
        affine[:3, 3] = volume.origin_mm[::-1]
        return cls(affine)

    @property
    def spacing_mm(self) -> Point:
        """Voxel size along slices, rows and columns, mm."""
        dx, dy, dz = np.linalg.norm(self.affine[:3, :3], axis=0).tolist()
        return dz, dy, dx

    @property
    def origin_mm(self) -> Point:
        """The centre of voxel [0, 0, 0] as (z, y, x), mm."""
        x, y, z = self.affine[:3, 3].tolist()
        return z, y, x

    @property
    def directions(self) -> NDArray[np.float64]:
        """The unit vectors along columns, rows and slices, as columns."""
        steps = self.affine[:3, :3]
        return np.asarray(steps / np.linalg.norm(steps, axis=0))

    @property
    def skew_degrees(self) -> float:
        """How far the slices are from standing upright on each other: the gantry's tilt, degrees."""
        i, j, k = self.directions.T
        return float(np.degrees(np.arccos(np.clip(abs(np.cross(i, j) @ k), 0, 1))))


def on_patient_axes(array: Array, grid: Grid) -> tuple[Array, Grid, str]:
    """Return a picture [k, j, i] as [z, y, x] along the patient's axes, its new grid, and a note
    where its values had to be resampled.

    A picture along the axes is only turned and flipped: no value changes. One at an angle or with
    tilted slices is resampled linearly; voxels outside of it take the lowest value. Raises
    ValueError where the grid is no grid.
    """
    if not np.isfinite(grid.affine).all() or abs(np.linalg.det(grid.affine[:3, :3])) < 1e-9:
        raise ValueError("the position of its voxels is not a grid in space")
    turned, steps = array, grid.affine[:3, :3].copy()
    origin = grid.affine[:3, 3].copy()
    order = _order(grid.directions)
    steps = steps[:, order]  # columns now in the order of x, y, z
    turned = array.transpose([2 - order[2], 2 - order[1], 2 - order[0]])
    for axis in range(3):
        if steps[axis, axis] < 0:
            origin += steps[:, axis] * (turned.shape[2 - axis] - 1)
            steps[:, axis] *= -1
            turned = np.flip(turned, 2 - axis)
    sizes = np.linalg.norm(steps, axis=0)
    aligned = np.allclose(steps / sizes, np.eye(3), atol=SAME_AXIS)
    if not aligned:
        tilt = Grid(_affine(steps, origin)).skew_degrees
        turned, sizes, origin = _resampled(turned, steps, origin)
        why = f"its slices are tilted by {tilt:.1f}°" if tilt > 0.1 else "it lies at an angle"
        return turned, Grid(_affine(np.diag(sizes), origin)), f"resampled for display: {why}"
    return np.ascontiguousarray(turned), Grid(_affine(np.diag(sizes), origin)), ""


def _affine(steps: Array, origin: Array) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = steps, origin
    return affine


def _order(directions: Array) -> list[int]:
    """Which voxel axis runs most along x, y and z, each used once."""
    left, order = {0, 1, 2}, [-1, -1, -1]
    for flat in np.argsort(-np.abs(directions), axis=None):
        axis, voxel = divmod(int(flat), 3)
        if order[axis] < 0 and voxel in left:
            order[axis] = voxel
            left.remove(voxel)
    return order


def _resampled(array: Array, steps: Array, origin: Array) -> tuple[Array, Array, Array]:
    """The picture on axes of its own voxel sizes that hold all of it."""
    sizes = np.linalg.norm(steps, axis=0)
    counts = np.array(array.shape[::-1]) - 1
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * counts
    points = corners @ steps.T + origin
    first, last = points.min(axis=0), points.max(axis=0)
    shape = np.floor((last - first) / sizes + 1e-6).astype(int) + 1
    back = np.linalg.inv(steps)
    # affine_transform counts [z, y, x]; the matrices here count (x, y, z).
    matrix = (back @ np.diag(sizes))[::-1, ::-1]
    offset = (back @ (first - origin))[::-1]
    out = ndimage.affine_transform(
        array.astype(np.float32),
        matrix,
        offset,
        tuple(int(n) for n in shape[::-1]),
        order=1,
        cval=float(array.min()),
    )
    return out, sizes, first
