"""The shapes that anatomy is built from: lofts through outlines, tubes along paths, ellipsoids.

A shape lives in the reference body (mm; x to the patient's left, y to the back, z to the head, z =
0 at the top of L1) and knows how to give its outlines on a stack of axial slices of one patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from netcourse.scanner.anatomy.frame import Frame

Array = NDArray[np.float64]

OUTLINE_POINTS = 64
_TURN = np.linspace(0, 2 * np.pi, OUTLINE_POINTS, endpoint=False)


@dataclass(frozen=True)
class Loft:
    """A body through outlines at given heights: `rings` is (levels, points, 2), `z` ascending.

    `caps` are the heights (mm) by which it rounds off below the first and above the last level.
    """

    z: Array
    rings: Array
    caps: tuple[float, float] = (0.0, 0.0)

    def at(self, z: Array) -> tuple[Array, Array]:
        """Return the heights within the loft and the rings there, (n, points, 2)."""
        inside = z[(z >= self.z[0] - self.caps[0]) & (z <= self.z[-1] + self.caps[1])]
        level = np.clip(inside, self.z[0], self.z[-1])
        rings = (
            PchipInterpolator(self.z, self.rings)(level)
            if len(self.z) > 1
            else np.repeat(self.rings, len(level), axis=0)
        )
        beyond = np.zeros_like(inside)
        for cap, over in ((self.caps[0], self.z[0] - inside), (self.caps[1], inside - self.z[-1])):
            if cap:
                beyond = np.maximum(beyond, np.clip(over, 0, None) / cap)
        shrink = np.sqrt(np.clip(1 - beyond**2, 0, 1))[:, None, None]
        centre = rings.mean(axis=1, keepdims=True)
        return inside, centre + (rings - centre) * shrink

    def outlines(self, frame: Frame, outwards_mm: float = 0.0) -> Iterator[tuple[int, Array]]:
        """Yield (slice number, outline (points, 2) in mm) on a patient's slices, moved outwards by
        some mm.
        """
        heights = frame.reference_levels
        inside, rings = self.at(heights)
        if not len(inside):
            return
        points = np.concatenate(
            [rings, np.broadcast_to(inside[:, None, None], (*rings.shape[:2], 1))], axis=2
        )
        moved = offset(
            frame.warp(points.reshape(-1, 3)).reshape(points.shape)[..., :2], outwards_mm
        )
        yield from zip(np.flatnonzero(np.isin(heights, inside)).tolist(), moved, strict=True)


@dataclass(frozen=True)
class Tube:
    """Balls strung along a path: `path` is (n, 3), `radius` (n,), `flat` the stretch of the balls
    in z.
    """

    path: Array
    radius: Array
    flat: float = 1.0

    @classmethod
    def through(
        cls,
        points: Sequence[Sequence[float]],
        radius: Sequence[float] | float,
        flat: float = 1.0,
        step: float = 0.3,
    ) -> Tube:
        """Return a tube along the smooth curve through some points; balls `step` radii apart."""
        knots = np.asarray(points, float)
        radii = np.broadcast_to(np.asarray(radius, float), len(knots))
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
        count = max(2, int(along[-1] / max(step * float(radii.mean()), 0.8)) + 1)
        here = np.linspace(0, along[-1], count)
        return cls(_curve(along, knots, here), np.interp(here, along, radii), flat)

    def within(self, less: float) -> Tube:
        """Return the tube inside this one, its radius smaller by `less` (a lumen within its
        wall).
        """
        return Tube(self.path, np.clip(self.radius - less, 0.1, None), self.flat)

    def circles(self, frame: Frame) -> tuple[NDArray[np.int64], Array]:
        """Return the circles in which the balls meet a patient's slices: slice numbers (n,), (n, 3)
        as x, y, radius in mm.
        """
        centres, slices_mm = frame.warp(self.path), frame.slices_mm
        radii = self.radius * frame.scale
        reach = radii * self.flat
        spacing = float(slices_mm[1] - slices_mm[0])
        low, high = ((centres[:, 2] + sign * reach - slices_mm[0]) / spacing for sign in (-1, 1))
        first, last = np.ceil(low).astype(int), np.floor(high).astype(int)
        between = last < first  # thinner than the slice distance: still seen in the nearest slice
        first[between] = last[between] = np.rint((low + high) / 2).astype(int)[between]
        count = last - first + 1
        ball = np.repeat(np.arange(len(centres)), count)
        slices = (
            np.repeat(first, count)
            + np.arange(len(ball))
            - np.repeat(np.cumsum(count) - count, count)
        )
        seen = (slices >= 0) & (slices < len(slices_mm))
        ball, slices = ball[seen], slices[seen]
        share = np.clip(1 - ((slices_mm[slices] - centres[ball, 2]) / reach[ball]) ** 2, 0.1, 1)
        return slices, np.column_stack([centres[ball, :2], radii[ball] * np.sqrt(share)])


def _curve(along: Array, knots: Array, here: Array) -> Array:
    """The cubic through the knots; through three it is a parabola, which needs no solver (a body
    has a thousand twigs).
    """
    if len(knots) != 3:
        return np.asarray(
            CubicSpline(along, knots, bc_type="not-a-knot" if len(knots) > 2 else "natural")(here)
        )
    slopes = np.diff(knots, axis=0) / np.diff(along)[:, None]
    bend = (slopes[1] - slopes[0]) / (along[2] - along[0])
    t = here[:, None]
    return np.asarray(
        knots[0] + (t - along[0]) * slopes[0] + (t - along[0]) * (t - along[1]) * bend
    )


def offset(rings: Array, by: Array | float) -> Array:
    """Move closed rings (…, points, 2) outwards along their normals by some mm; inwards where
    negative.
    """
    along = np.roll(rings, -1, axis=-2) - np.roll(rings, 1, axis=-2)
    normal = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-9
    return np.asarray(rings + normal * (by[..., None] if isinstance(by, np.ndarray) else by))


def ellipsoid(
    centre: Sequence[float],
    axes: Sequence[float],
    turn_deg: Sequence[float] = (0, 0, 0),
    cut: tuple[float, float] = (-1, 1),
) -> Loft:
    """Return an ellipsoid, turned about x, then y, then z, as a loft of exact elliptic sections.

    `cut` keeps the part between two fractions of its height, bottom −1 to top 1.
    """
    rx, ry, rz = np.deg2rad(turn_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(rx), -np.sin(rx)], [0, np.sin(rx), np.cos(rx)]])
    about_y = np.array([[np.cos(ry), 0, np.sin(ry)], [0, 1, 0], [-np.sin(ry), 0, np.cos(ry)]])
    about_z = np.array([[np.cos(rz), -np.sin(rz), 0], [np.sin(rz), np.cos(rz), 0], [0, 0, 1]])
    frame = (about_z @ about_y @ about_x) * np.asarray(axes, float)
    matrix = frame @ frame.T
    height = float(np.sqrt(matrix[2, 2]))
    z = height * np.sin(np.linspace(np.arcsin(cut[0]), np.arcsin(cut[1]), 17)) * 0.999
    lean = matrix[:2, 2] / matrix[2, 2]
    root = np.linalg.cholesky(
        matrix[:2, :2] - np.outer(matrix[:2, 2], matrix[:2, 2]) / matrix[2, 2]
    )
    circle = np.stack([np.sin(_TURN), -np.cos(_TURN)], axis=1) @ root.T
    size = np.sqrt(1 - (z / height) ** 2)
    rings = np.asarray(centre, float)[:2] + lean * z[:, None, None] + size[:, None, None] * circle
    return Loft(float(centre[2]) + z, rings)


def ring(section: dict[str, Any]) -> Array:
    """Return the outline of one section of a shape table, (OUTLINE_POINTS, 2) in mm.

    `points` is a closed smooth curve through (x, y) points; `half` the patient's right half of a
    symmetric one, from front to back; `oval` is [x, y, half-width, half-depth in front, behind,
    turn in degrees, squareness (2 = ellipse)], of which the last three may be left out. Raises
    ValueError when none is given.
    """
    if "oval" in section:
        oval = [float(value) for value in section["oval"]]
        x, y, a, front, back, turn, square = oval + [oval[3], 0.0, 2.0][len(oval) - 4 :]
        sx, sy = np.sin(_TURN), -np.cos(_TURN)
        px = a * np.sign(sx) * np.abs(sx) ** (2 / square)
        py = np.where(sy < 0, front, back) * np.sign(sy) * np.abs(sy) ** (2 / square)
        c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        return np.stack([x + c * px - s * py, y + s * px + c * py], axis=1)
    if "half" in section:
        half = np.asarray(section["half"], float)
        mirrored = (half * [-1, 1])[::-1]
        inner = mirrored[(1 if half[-1][0] == 0 else 0) : (-1 if half[0][0] == 0 else None)]
        points = np.concatenate([half, inner])
    elif "points" in section:
        points = np.asarray(section["points"], float)
    else:
        raise ValueError(f"section {section}: give points, half or oval")
    return _smooth(points)


def _smooth(points: Array) -> Array:
    """Resample a closed smooth curve at equal steps of length, in one sense of rotation."""
    x, y = points.T
    if np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0:
        points = np.roll(points[::-1], 1, axis=0)
    closed = np.concatenate([points, points[:1]])
    along = np.concatenate(
        [[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(closed, axis=0), axis=1)))]
    )
    curve = CubicSpline(along, closed, bc_type="periodic")(
        np.linspace(0, along[-1], 8 * OUTLINE_POINTS + 1)
    )
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    even = np.linspace(0, length[-1], OUTLINE_POINTS, endpoint=False)
    return np.stack(
        [np.interp(even, length, curve[:, 0]), np.interp(even, length, curve[:, 1])], axis=1
    )
