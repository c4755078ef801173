"""Shapes as signed distances in mm: lofts of drawn outlines, ribbons, capsules, ellipsoids and tubes.

All of them are approximate a few millimetres away from their surface, which is where they are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space

Points = NDArray[np.float64]
Outline = Sequence[tuple[float, float]]
"""Corners (x, y) of a closed curve."""


def closed_curve(corners: ArrayLike, count: int = 56) -> Points:
    """Return `count` points on the smooth closed curve through some corners (centripetal spline), (count, 2)."""
    p = np.asarray(corners, float)
    return _through(np.vstack([p, p[:1]]), count, closed=True)


def open_curve(corners: ArrayLike, count: int = 40) -> Points:
    """Return `count` points on the smooth open curve through some points, (count, dimensions)."""
    return _through(np.asarray(corners, float), count, closed=False)


def _through(p: Points, count: int, closed: bool) -> Points:
    step = np.linalg.norm(np.diff(p, axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(np.maximum(step, 1e-3) ** 0.5)])
    if len(p) == 2:
        return np.stack([np.interp(np.linspace(0, 1, count), [0, 1], c) for c in p.T], axis=1)
    curve = CubicSpline(along, p, bc_type="periodic" if closed else "natural")
    return np.asarray(curve(np.linspace(0, along[-1], count, endpoint=not closed)))


def halves(half: ArrayLike, jitter_mm: float, rng: np.random.Generator) -> Points:
    """Return a closed outline from its left half (x ≥ 0, front to back), mirrored, each corner a little displaced."""
    left = np.asarray(half, float)
    right = left[::-1] * (-1, 1)
    right = right[(1 if left[-1, 0] == 0 else 0) : (len(right) - 1 if left[0, 0] == 0 else None)]
    corners = np.vstack([left, right])
    return corners + rng.normal(0, jitter_mm, corners.shape)


def slab_outline(
    x: float,
    y: float,
    length: float,
    thickness: float,
    angle: float,
    bend: float = 0.0,
    power: float = 2.6,
) -> Points:
    """Return the section of a muscle: centre, long side and thickness (mm), angle of the long side against x
    (degrees), `bend` of its middle (mm); `power` 2 is an ellipse, larger is boxier.
    """
    t = np.linspace(-1, 1, 7)
    half = np.sqrt(np.clip(1 - np.abs(t) ** power, 0, 1))
    u = np.concatenate([t, t[::-1][1:-1]])
    v = np.concatenate([half, -half[::-1][1:-1]]) * thickness / 2 + bend * (u**2 - 0.33)
    u = u * length / 2
    a = np.deg2rad(angle)
    return np.stack([x + u * np.cos(a) - v * np.sin(a), y + u * np.sin(a) + v * np.cos(a)], axis=1)


@dataclass(frozen=True)
class Loft:
    """A body with drawn outlines at some heights (equal counts of corners; equal index, same corner) and smooth between.

    `low` and `high` (mm) are where it ends; `dome_mm` rounds the ends.
    """

    keys: Mapping[float, Points]
    low: float = -1e9
    high: float = 1e9
    dome_mm: float = 6.0
    reach_mm: float = 14.0
    mesh_mm: float = 2.0

    def outlines(self, heights: NDArray[np.floating]) -> Points:
        """Return the corners at some heights, (heights, corners, 2)."""
        z = np.array(sorted(self.keys))
        corners = np.array([np.asarray(self.keys[k], float) for k in z])
        if len(z) == 1:
            return np.repeat(corners, len(heights), axis=0)
        return np.asarray(PchipInterpolator(z, corners, axis=0)(np.clip(heights, z[0], z[-1])))

    def mirrored(self) -> Loft:
        """Return its mirror image."""
        return Loft(
            {z: np.asarray(p, float) * (-1, 1) for z, p in self.keys.items()},
            self.low,
            self.high,
            self.dome_mm,
            self.reach_mm,
            self.mesh_mm,
        )

    def field(self, space: Space) -> Field:
        """Return its distance in a box that reaches `reach_mm` beyond it."""
        corners = np.concatenate([np.asarray(p, float) for p in self.keys.values()])
        low, high = corners.min(0) - self.reach_mm, corners.max(0) + self.reach_mm
        box = space.between((*low, self.low - 4), (*high, self.high + 4))
        if box.empty:
            return Field(box, box.full(FAR_MM))
        z = _every(box.z.ravel(), 3.0)
        ys, xs = _every(box.y.ravel(), self.mesh_mm), _every(box.x.ravel(), self.mesh_mm)
        mesh = np.stack(
            [
                polygon_distance(closed_curve(c), ys, xs) + self._end(h)
                for h, c in zip(z, self.outlines(z), strict=True)
            ]
        )
        return Field(box, spread(mesh, (z, ys, xs), box))

    def _end(self, height: float) -> float:
        """What a height near or beyond an end adds to the distance."""
        beyond = max(self.low - height, height - self.high)
        into = max(0.0, beyond + self.dome_mm)
        return into**2 / (2 * self.dome_mm) if beyond < 0 else into * 1.2


def polygon_distance(corners: Points, ys: NDArray[np.floating], xs: NDArray[np.floating]) -> Float:
    """Return the signed distance of the points ys × xs from a closed polygon, negative inside, (ys, xs)."""
    a, b = corners, np.roll(corners, -1, axis=0)
    px, py = xs[None, :, None] - a[:, 0], ys[:, None, None] - a[:, 1]
    ex, ey = (b - a).T
    t = np.clip((px * ex + py * ey) / (ex * ex + ey * ey + 1e-9), 0, 1)
    away = np.sqrt(((px - t * ex) ** 2 + (py - t * ey) ** 2).min(axis=2))
    y, x = ys[:, None, None], xs[None, :, None]
    slope = ex / np.where(ey == 0, 1e-9, ey)
    crossed = ((y < a[:, 1]) != (y < b[:, 1])) & (x < a[:, 0] + (y - a[:, 1]) * slope)
    return np.asarray(np.where(crossed.sum(axis=2) % 2 == 1, -away, away), np.float32)


def _every(axis: NDArray[np.floating], step: float) -> NDArray[np.float64]:
    """A coarser axis that covers another."""
    count = max(int(np.ceil((axis[-1] - axis[0]) / step)), 1) + 1
    return np.asarray(axis[0] + step * np.arange(count))


def spread(mesh: Float, axes: tuple[NDArray[np.floating], ...], box: Box) -> Float:
    """Return a coarse mesh of values, on evenly spaced axes (z, y, x), on the voxels of a box, linearly between."""
    for axis, (coarse, fine) in enumerate(zip(axes, (box.z, box.y, box.x), strict=True)):
        if len(coarse) == 1:
            mesh = np.repeat(mesh, fine.size, axis=axis)
            continue
        t = np.clip((fine.ravel() - coarse[0]) / (coarse[1] - coarse[0]), 0, len(coarse) - 1)
        low = np.minimum(t.astype(int), len(coarse) - 2)
        f = (t - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        mesh = np.take(mesh, low, axis) * (1 - f) + np.take(mesh, low + 1, axis) * f
    return np.asarray(mesh, np.float32)


def ribbon(
    space: Space,
    keys: Mapping[float, ArrayLike],
    half_mm: Mapping[float, ArrayLike],
    low: float,
    high: float,
    mirror: bool = False,
) -> Field:
    """Return a bent plate: at each height a curve through some points, with half its thickness along it (mm)."""
    z = np.array(sorted(keys))
    lines = PchipInterpolator(z, np.array([np.asarray(keys[k], float) for k in z]), axis=0)
    zh = np.array(sorted(half_mm))
    halves_ = PchipInterpolator(zh, np.array([np.asarray(half_mm[k], float) for k in zh]), axis=0)
    points = np.concatenate([np.asarray(p, float) for p in keys.values()]) * (
        (-1, 1) if mirror else (1, 1)
    )
    box = space.between((*(points.min(0) - 22), low - 6), (*(points.max(0) + 22), high + 6))
    out = box.full(FAR_MM)
    for k, height in enumerate(box.z.ravel()):
        curve = open_curve(lines(np.clip(height, z[0], z[-1])) * ((-1, 1) if mirror else (1, 1)))
        half = np.asarray(halves_(np.clip(height, zh[0], zh[-1])))
        thick = np.interp(np.linspace(0, 1, len(curve)), np.linspace(0, 1, len(half)), half)
        end = max(0.0, float(max(low - height, height - high)) + 8)
        flat = out[k]
        for i in range(len(curve) - 1):
            (ax, ay), (ex, ey) = curve[i], curve[i + 1] - curve[i]
            dx, dy = box.x[0] - ax, box.y[0] - ay
            h = np.clip((dx * ex + dy * ey) / (ex**2 + ey**2 + 1e-9), 0, 1)
            np.minimum(
                flat,
                np.hypot(dx - h * ex, dy - h * ey) - (thick[i] + (thick[i + 1] - thick[i]) * h),
                out=flat,
            )
        flat += end * end / 16
    return Field(box, out)


def capsule(
    space: Space,
    a: Sequence[float],
    b: Sequence[float],
    radius_a: float,
    radius_b: float | None = None,
    flat: Sequence[float] = (1, 1, 1),
    pad_mm: float = 8.0,
) -> Field:
    """Return a rounded cone from a to b (x, y, z); `flat` above 1 squeezes it along that axis."""
    radius_b = radius_a if radius_b is None else radius_b
    squeeze = np.asarray(flat, float)
    box = space.box([a, b], max(radius_a, radius_b) / squeeze.min() + pad_mm)
    return Field(box, capsule_distance(box, a, b, radius_a, radius_b, flat))


def capsule_distance(
    box: Box,
    a: Sequence[float],
    b: Sequence[float],
    radius_a: float,
    radius_b: float,
    flat: Sequence[float] = (1, 1, 1),
) -> Float:
    """Return the distance from a rounded cone (see `capsule`) in a box."""
    start, edge = np.asarray(a, float), np.asarray(b, float) - np.asarray(a, float)
    px, py, pz = box.x - start[0], box.y - start[1], box.z - start[2]
    h = np.clip((px * edge[0] + py * edge[1] + pz * edge[2]) / (edge @ edge + 1e-9), 0, 1)
    away = np.sqrt(
        ((px - h * edge[0]) * flat[0]) ** 2
        + ((py - h * edge[1]) * flat[1]) ** 2
        + ((pz - h * edge[2]) * flat[2]) ** 2
    )
    return np.asarray(away - (radius_a + (radius_b - radius_a) * h), np.float32)


def ellipsoid(
    space: Space, centre: Sequence[float], axes: Sequence[float], pad_mm: float = 12.0
) -> Field:
    """Return an ellipsoid by its centre and half-axes (x, y, z)."""
    reach = np.asarray(axes, float) + pad_mm
    box = space.between(np.asarray(centre, float) - reach, np.asarray(centre, float) + reach)
    return Field(box, ellipsoid_distance(box, centre, axes))


def ellipsoid_distance(
    box: Box,
    centre: Sequence[float],
    axes: Sequence[float],
    turn: NDArray[np.floating] | None = None,
) -> Float:
    """Return the distance from an ellipsoid in a box; `turn` (3 × 3) takes (x, y, z) to its own axes."""
    p = (box.x - centre[0], box.y - centre[1], box.z - centre[2])
    if turn is not None:
        p = tuple(row[0] * p[0] + row[1] * p[1] + row[2] * p[2] for row in turn)
    q = np.sqrt(sum((c / r) ** 2 for c, r in zip(p, axes, strict=True))) + 1e-6
    g = np.sqrt(sum((c / r**2) ** 2 for c, r in zip(p, axes, strict=True))) + 1e-6
    return np.asarray(q * (q - 1) / g, np.float32)


def path(points: ArrayLike, step_mm: float = 1.2) -> Points:
    """Return evenly spaced points on the smooth curve through (x, y, z, radius) rows: the same columns."""
    p = np.asarray(points, float)
    along = np.concatenate(
        [[0], np.cumsum(np.linalg.norm(np.diff(p[:, :3], axis=0), axis=1) + 1e-6)]
    )
    t = np.linspace(0, along[-1], max(2, int(along[-1] / step_mm) + 1))
    if len(p) == 2:
        return np.stack([np.interp(t, along, c) for c in p.T], axis=1)
    places = CubicSpline(along, p[:, :3], bc_type="natural")(t)
    rest = PchipInterpolator(along, p[:, 3:], axis=0)(t)
    return np.hstack([places, rest])


@dataclass
class Strands:
    """Many balls in a box: distance from the nearest (`near`), its index, and from the nearest of another strand.

    Balls belong to different strands when their indices differ by more than `apart`.
    """

    box: Box
    apart: int = 14

    def __post_init__(self) -> None:
        self.near = self.box.full(99.0)
        self.second = self.box.full(99.0)
        self.index = np.full(self.box.shape, -(10**6), np.int32)

    def add(self, balls: Points, first: int = 0, pad_mm: float = 5.0) -> None:
        """Add balls (x, y, z, radius) with indices from `first` on, known up to `pad_mm` from their surface."""
        z, y, x = self.box.z.ravel(), self.box.y.ravel(), self.box.x.ravel()
        for i, (bx, by, bz, radius) in enumerate(balls[:, :4], first):
            w = radius + pad_mm
            part = tuple(
                slice(
                    int(np.searchsorted(axis, c - w)),
                    int(np.searchsorted(axis, c + w, side="right")),
                )
                for axis, c in ((z, bz), (y, by), (x, bx))
            )
            near = self.near[part]
            if not near.size:
                continue
            d = np.sqrt(
                (z[part[0], None, None] - bz) ** 2
                + (y[None, part[1], None] - by) ** 2
                + (x[None, None, part[2]] - bx) ** 2
            ) - np.float32(radius)
            second, index = self.second[part], self.index[part]
            better, other = d < near, np.abs(index - i) > self.apart
            np.copyto(second, np.where(better, near, np.minimum(second, d)), where=other)
            near[better] = d[better]
            index[better] = i


def tube(space: Space, points: ArrayLike, pad_mm: float = 5.0) -> Field:
    """Return a tube through (x, y, z, radius) points; far from it the distance is 60 mm."""
    balls = path(points)
    box = space.box(balls, float(balls[:, 3].max()) + pad_mm)
    strands = Strands(box)
    strands.add(balls, pad_mm=pad_mm)
    return Field(box, np.minimum(strands.near, FAR_MM).astype(np.float32))
