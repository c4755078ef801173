"""Shapes that bones are made of: clay in a bone's own frame, bars swept along a curve, and bent
plates.

All distances are true to first order at the surface (slope 1), since the cortex is measured by
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import RectBivariateSpline
from scipy.spatial import cKDTree

from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, path, spread

Triple = Sequence[float]


@dataclass(frozen=True)
class Frame:
    """A bone's place (x, y, z) and its own axes (rows; for a vertebra left, back, up) in the body's
    frame.
    """

    origin: Points
    axes: Points

    @classmethod
    def tilted(cls, x: float, y: float, z: float, tilt: float) -> Frame:
        """Return the frame of a vertebra: `tilt` in degrees, positive when its front edge lies
        lower.
        """
        c, s = np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))
        return cls(np.array([x, y, z]), np.array([[1, 0, 0], [0, c, s], [0, -s, c]]))

    def world(self, points: ArrayLike) -> Points:
        """Take points of the bone's frame to the body's."""
        return np.asarray(points, float) @ self.axes + self.origin

    def own(self, points: ArrayLike) -> Points:
        """Take points of the body's frame to the bone's."""
        return (np.asarray(points, float) - self.origin) @ self.axes.T

    def coordinates(self, box: Box) -> tuple[Float, Float, Float]:
        """Return the bone's own coordinates of a box's voxels, in shapes that fill the box
        together.
        """
        away = (box.x - self.origin[0], box.y - self.origin[1], box.z - self.origin[2])
        rows = []
        for row in self.axes:
            parts = [c * np.float32(f) for c, f in zip(away, row, strict=True) if abs(f) > 1e-9]
            rows.append(np.asarray(sum(parts[1:], parts[0]), np.float32))
        return rows[0], rows[1], rows[2]


class Clay:
    """A bone in the making: solids joined (with a rounded seam) and cut in a box, drawn in the
    bone's own frame.
    """

    def __init__(self, space: Space, frame: Frame, box: Box) -> None:
        self.space, self.frame, self.box = space, frame, box
        self.u, self.v, self.w = frame.coordinates(box)
        self.values = box.full(FAR_MM)

    @classmethod
    def between(cls, space: Space, frame: Frame, low: Triple, high: Triple) -> Clay:
        """Return clay for a bone between two corners of its own frame."""
        corners = np.array([(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
        ends = np.array([low, high], float)
        return cls(space, frame, space.box(frame.world(ends[corners, [0, 1, 2]]), 0.0))

    @property
    def empty(self) -> bool:
        """Whether the block holds nothing of the bone."""
        return self.box.empty

    def add(self, values: Float, soft_mm: float = 2.5) -> None:
        """Join a solid given on the whole box."""
        self.values = smooth_min(self.values, values, soft_mm)

    def cut(self, values: Float) -> None:
        """Take a solid given on the whole box away."""
        np.maximum(self.values, -values, out=self.values)

    def cone(
        self,
        a: Triple,
        b: Triple,
        radius_a: float,
        radius_b: float | None = None,
        flat: Triple = (1, 1, 1),
        soft_mm: float = 2.5,
        cut: bool = False,
    ) -> None:
        """Join (or cut) a rounded cone from a to b; `flat` above 1 squeezes it along one of the
        bone's axes.
        """
        radius_b = radius_a if radius_b is None else radius_b
        reach = max(radius_a, radius_b) / min(flat) + soft_mm + 4
        part = self._part(np.array([a, b], float), reach)
        if part is None:
            return
        slices, u, v, w = part
        edge = np.subtract(b, a)
        p = (u - np.float32(a[0]), v - np.float32(a[1]), w - np.float32(a[2]))
        h = np.clip((p[0] * edge[0] + p[1] * edge[1] + p[2] * edge[2]) / (edge @ edge + 1e-9), 0, 1)
        away = [(c - h * e) * f for c, e, f in zip(p, edge, flat, strict=True)]
        length = np.sqrt(away[0] ** 2 + away[1] ** 2 + away[2] ** 2) + 1e-3
        slope = np.sqrt(sum((c * f) ** 2 for c, f in zip(away, flat, strict=True))) + 1e-3
        radius = radius_a + (radius_b - radius_a) * h
        self._put(slices, (length - radius) * length / slope, soft_mm, cut)

    def blob(
        self,
        centre: Triple,
        half: Triple,
        turn: Points | None = None,
        soft_mm: float = 2.5,
        cut: bool = False,
    ) -> None:
        """Join (or cut) an ellipsoid by its half-axes; `turn` has its own axes as rows."""
        part = self._part(np.array([centre], float), max(half) + soft_mm + 4)
        if part is None:
            return
        slices, u, v, w = part
        self._put(slices, ellipsoid(u, v, w, centre, half, turn), soft_mm, cut)

    def near(self, centre: ArrayLike, reach: float) -> tuple[slice, slice, slice] | None:
        """Return the part of the box within a reach of a point of the bone's frame, as slices."""
        part = self._part(np.array([centre], float), reach)
        return None if part is None else part[0]

    def at(self, slices: tuple[slice, slice, slice]) -> tuple[Float, Float, Float]:
        """Return the bone's coordinates in a part of the box."""
        u, v, w = (
            c[tuple(s if n > 1 else slice(None) for s, n in zip(slices, c.shape, strict=True))]
            for c in (self.u, self.v, self.w)
        )
        return u, v, w

    def rough(self, seed: str, amount: float = 1.0) -> None:
        """Add the unevenness of bone."""
        if not self.empty:
            self.values += amount * unevenness(seed, self.box)

    def field(self) -> Field:
        """Return the bone's distance."""
        return Field(self.box, self.values)

    def _part(
        self, points: Points, reach: float
    ) -> tuple[tuple[slice, slice, slice], Float, Float, Float] | None:
        box = self.space.box(self.frame.world(points), reach)
        slices = tuple(
            slice(max(b.start - m.start, 0), max(min(b.stop, m.stop) - m.start, 0))
            for b, m in zip(box.slices, self.box.slices, strict=True)
        )
        if any(s.stop <= s.start for s in slices):
            return None
        return (slices[0], slices[1], slices[2]), *self.at((slices[0], slices[1], slices[2]))

    def _put(
        self, slices: tuple[slice, slice, slice], values: Float, soft_mm: float, cut: bool
    ) -> None:
        here = self.values[slices]
        if cut:
            np.maximum(here, -values, out=here)
        else:
            here[...] = smooth_min(here, values.astype(np.float32), soft_mm)


def unevenness(seed: str, box: Box) -> Float:
    """Return the unevenness of a bone's surface in a box, mm."""
    return np.asarray(
        0.36 * noise(seed + "12", box, 12) + 0.20 * noise(seed + "4", box, 4), np.float32
    )


def ellipsoid(
    u: Float, v: Float, w: Float, centre: Triple, half: Triple, turn: Points | None = None
) -> Float:
    """Return the distance from an ellipsoid; `turn` has its own axes as rows."""
    p = (u - np.float32(centre[0]), v - np.float32(centre[1]), w - np.float32(centre[2]))
    if turn is not None:
        p = tuple(row[0] * p[0] + row[1] * p[1] + row[2] * p[2] for row in turn)
    q = np.sqrt(sum((c / r) ** 2 for c, r in zip(p, half, strict=True))) + 1e-4
    g = np.sqrt(sum((c / r**2) ** 2 for c, r in zip(p, half, strict=True))) + 1e-6
    return np.asarray(np.maximum(q * (q - 1) / g, -min(half)), np.float32)


def superellipse(u: Float, v: Float, half_u: ArrayLike, half_v: ArrayLike, power: float) -> Float:
    """Return the distance from a boxy ellipse |u/a|^p + |v/b|^p = 1, first order."""
    a, b = np.asarray(half_u, np.float32), np.asarray(half_v, np.float32)
    s, t = np.abs(u) / a + 1e-4, np.abs(v) / b + 1e-4
    q = (s**power + t**power) ** (1 / power)
    slope = np.sqrt((s ** (power - 1) / a) ** 2 + (t ** (power - 1) / b) ** 2) * q ** (1 - power)
    return np.asarray(np.maximum((q - 1) / slope, -np.minimum(a, b)), np.float32)


def sweep(
    space: Space,
    rows: ArrayLike,
    normals: ArrayLike,
    power: float = 2.2,
    pieces: int = 1,
    pad_mm: float = 5.0,
) -> list[Field]:
    """Return a bar along a curve: rows (x, y, z, half thickness, half height), one normal (x, y, z)
    per row.

    The thickness is measured along the normal, the height across it; the ends are rounded. A long
    bar comes in
    `pieces` with boxes of their own, which agree where they overlap.
    """
    points = path(np.hstack([np.asarray(rows, float), np.asarray(normals, float)]), 1.0)
    bar = _Bar.along(points, power)
    reach = float(points[:, 3:5].max()) + pad_mm
    cuts = np.linspace(0, len(points) - 1, pieces + 1).astype(int)
    return [bar.field(space.box(points[a : b + 1], reach), reach) for a, b in pairwise(cuts)]


@dataclass(frozen=True)
class _Bar:
    """A bar's places, half sizes and directions (across, up, along), point by point."""

    places: Points
    half: Points
    across: Points
    up: Points
    way: Points
    power: float

    @classmethod
    def along(cls, points: Points, power: float) -> _Bar:
        places, across = points[:, :3], points[:, 5:8]
        way = np.gradient(places, axis=0)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        across = across - (across * way).sum(1, keepdims=True) * way
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        return cls(places, points[:, 3:5], across, np.cross(way, across), way, power)

    def field(self, box: Box, reach: float) -> Field:
        """The bar's distance in a box, known up to a reach from its middle."""
        out = box.full(FAR_MM)
        if box.empty:
            return Field(box, out)
        _, index = _nearest_ball(
            box, np.column_stack([self.places, np.zeros(len(self.places))]), reach
        )
        at = np.nonzero(index >= 0)
        if not len(at[0]):
            return Field(box, out)
        k = index[at]
        voxels = np.stack(
            [box.x.ravel()[at[2]], box.y.ravel()[at[1]], box.z.ravel()[at[0]]], axis=1
        )
        away = voxels - self.places[k]
        u, v, t = (
            np.einsum("ij,ij->i", away, axes[k]).astype(np.float32)
            for axes in (self.across, self.up, self.way)
        )
        half = self.half[k]
        flat = superellipse(u, v, half[:, 0], half[:, 1], self.power)
        last = (k == 0) | (k == len(self.places) - 1)
        beyond = np.maximum(np.abs(t) - 0.5, 0) * last
        small = half.min(axis=1)
        out[at] = np.where(beyond > 0, np.hypot(np.maximum(flat + small, 0), beyond) - small, flat)
        return Field(box, out)


def _nearest_ball(box: Box, balls_: Points, reach_mm: float) -> tuple[Float, NDArray[np.int32]]:
    """The distance from the nearest of some balls (x, y, z, radius) up to a reach, and its index;
    −1 beyond.
    """
    near = box.full(1e9)
    index = np.full(box.shape, -1, np.int32)
    z, y, x = box.z.ravel(), box.y.ravel(), box.x.ravel()
    reach = balls_[:, 3] + reach_mm
    first = [np.searchsorted(a, balls_[:, k] - reach) for a, k in ((z, 2), (y, 1), (x, 0))]
    last = [np.searchsorted(a, balls_[:, k] + reach, "right") for a, k in ((z, 2), (y, 1), (x, 0))]
    for i, (px, py, pz, radius) in enumerate(balls_.astype(np.float32)):
        zs, ys, xs = (slice(a[i], b[i]) for a, b in zip(first, last, strict=True))
        here = near[zs, ys, xs]
        if not here.size:
            continue
        d = (z[zs, None, None] - pz) ** 2 + (y[None, ys, None] - py) ** 2
        d = np.sqrt(d + (x[None, None, xs] - px) ** 2) - radius
        better = d < here
        here[better] = d[better]
        index[zs, ys, xs][better] = i
    return near, index


def plate(space: Space, grid: ArrayLike, spacing_mm: float = 1.1, pad_mm: float = 9.0) -> Field:
    """Return a bent plate through a grid of rows × columns of points (x, y, z, half thickness)."""
    g = np.asarray(grid, float)
    rows, columns = g.shape[:2]
    length = np.linalg.norm(np.diff(g[..., :3], axis=1), axis=2).sum(1).max()
    height = np.linalg.norm(np.diff(g[..., :3], axis=0), axis=2).sum(0).max()
    r = np.linspace(0, rows - 1, max(int(height / spacing_mm), rows))
    c = np.linspace(0, columns - 1, max(int(length / spacing_mm), columns))
    order = (min(3, rows - 1), min(3, columns - 1))
    points = np.stack(
        [
            RectBivariateSpline(
                np.arange(rows), np.arange(columns), g[..., k], kx=order[0], ky=order[1]
            )(r, c)
            for k in range(4)
        ],
        axis=-1,
    ).reshape(-1, 4)
    points[:, 3] = np.maximum(points[:, 3], g[..., 3].min())
    return balls(space, points, pad_mm)


def balls(space: Space, points: Points, pad_mm: float = 9.0) -> Field:
    """Return the union of many close balls (x, y, z, radius), exact up to 3 mm from its surface."""
    box = space.box(points, float(points[:, 3].max()) + pad_mm)
    if box.empty:
        return Field(box, box.full(FAR_MM))
    step = 6.0
    axes = tuple(
        step * np.arange(np.floor(a.min() / step), np.ceil(a.max() / step) + 1)
        for a in (box.z, box.y, box.x)
    )
    z, y, x = np.meshgrid(*axes, indexing="ij")
    away, k = cKDTree(points[:, :3]).query(np.stack([x, y, z], -1).reshape(-1, 3))
    rough = (away - points[k, 3]).reshape(z.shape).astype(np.float32)
    out = spread(rough, axes, box)
    near, index = _nearest_ball(box, points, 3.0)
    return Field(box, np.where(index >= 0, near, np.maximum(out, 1.0)))
