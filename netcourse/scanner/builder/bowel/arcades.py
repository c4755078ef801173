"""The fan of vessels in a mesentery: stems from a trunk, arcades between them, straight vessels to the bowel."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netcourse.scanner.builder.bowel.packing import Values, wander
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.shapes import Points
from netcourse.scanner.builder.trees import Tree

_STEP_MM = 5.0
_WAVE_MM = 2.2
_APART_MM = 9.0
"""Distance that vessels which do not belong together keep: dots in clean fat, not a mist (what a slice shows)."""


@dataclass
class Fan:
    """A growing web of vessels: points (x, y, z), each point's parent (−1 for the trunk's first), which points stay
    where they are, which are arcades, which have been `carved` by others, and pairs of points that are `joined`.
    """

    points: list[Points] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    still: list[bool] = field(default_factory=list)
    joined: list[tuple[int, int]] = field(default_factory=list)
    arcade: list[bool] = field(default_factory=list)
    carved: set[int] = field(default_factory=set)

    def line(
        self, start: int, end: Points, rng: np.random.Generator, sag: Points, arcade: bool
    ) -> int:
        """Add a line from a point to a place, a little bent; return its last point."""
        a = self.points[start]
        way = end - a
        length = float(np.linalg.norm(way))
        count = max(1, round(length / _STEP_MM))
        bend = sag * length * 0.12 + rng.normal(0, 0.05 * length, 3)
        wave = _WAVE_MM * np.stack([wander(count, 1.4, rng) for _ in range(3)], axis=1)
        last = start
        for k, u in enumerate(np.linspace(0, 1, count + 1)[1:]):
            arch = 4 * u * (1 - u)
            last = self.add(
                a + u * way + arch * bend + np.sqrt(arch) * wave[k], last, arcade=arcade
            )
        return last

    def add(self, point: Points, parent: int, still: bool = False, arcade: bool = False) -> int:
        """Add a point; return its number."""
        self.points.append(np.asarray(point, float))
        self.parent.append(parent)
        self.still.append(still)
        self.arcade.append(arcade)
        return len(self.points) - 1

    def trunk(self, points: Points, start: int = -1, drawn: bool = True) -> list[int]:
        """Add a trunk along points that stay where they are, from an earlier point on; return their numbers.

        `drawn` is false for a vessel that has been carved already.
        """
        numbers = []
        for p in points:
            start = self.add(p[:3], start, still=True)
            numbers.append(start)
            if not drawn:
                self.carved.add(start)
        return numbers

    def spread(
        self,
        start: int,
        rim: Points,
        rng: np.random.Generator,
        first: float = 0.45,
        arcades: int = 2,
    ) -> int:
        """Branch from a point to a part of the bowel's rim (n, 3): halve the rim again and again, join the two halves
        by an arcade in the outer levels, end in straight vessels. Return the first fork.
        """
        if len(rim) <= 2:
            for end in rim:
                tip = self.line(start, end, rng, np.zeros(3), arcade=False)
                self.still[tip] = True
            return start
        here, middle = self.points[start], rim.mean(axis=0)
        share = first * rng.uniform(0.8, 1.2)
        way = share * (middle - here) * (1, 1, min(1.6, 1 / share))  # down first, then outwards
        fork = self.line(start, here + way, rng, np.array([0, -0.4, 0.3]), False)
        cut = len(rim) // 2 + (int(rng.integers(-1, 2)) if len(rim) > 5 else 0)
        a = self.spread(fork, rim[:cut], rng, 0.5, arcades)
        b = self.spread(fork, rim[cut:], rng, 0.5, arcades)
        if len(rim) <= 4 * 2**arcades and a != fork and b != fork:
            out = middle - here
            end = self.line(a, self.points[b], rng, 0.6 * out / (np.linalg.norm(out) + 1e-6), True)
            self.joined.append((end, b))
        return fork

    def tree(self) -> Tree:
        """Return the web as a tree; tips are counted over the branches, arcades get the count of a small branch."""
        parent = np.array(self.parent)
        child = np.zeros(len(parent), bool)
        child[parent[parent >= 0]] = True
        tips = np.where(child, 0.0, 1.0)
        arcade = np.array(self.arcade)
        for i in range(len(parent) - 1, 0, -1):
            if parent[i] >= 0 and not arcade[i]:
                tips[parent[i]] += tips[i]
        tips[arcade] = 2.5
        return Tree(np.array(self.points), parent, np.maximum(tips, 1.0))


def settle(fan: Fan, fat: Room, steps: int = 220, clear_mm: float = 2.5) -> None:
    """Let the web's points spread in the fat: vessels keep
    their waves, apart from each other and clear of the bowel.
    """
    p = np.array(fan.points)
    parent, still = np.array(fan.parent), np.array(fan.still)
    edges = np.array([(i, k) for i, k in enumerate(parent) if k >= 0] + fan.joined)
    degree = np.bincount(edges.ravel(), minlength=len(p))[:, None]
    near = _related(edges, len(p))

    def curvature() -> Points:
        mean = np.zeros_like(p)
        np.add.at(mean, edges[:, 0], p[edges[:, 1]])
        np.add.at(mean, edges[:, 1], p[edges[:, 0]])
        return np.asarray(mean / np.maximum(degree, 1) - p)

    drawn = 0.8 * curvature()
    for step in range(steps):
        force = 0.22 * (curvature() - drawn)
        if step % 2 == 0:
            pairs = cKDTree(p).query_pairs(_APART_MM, output_type="ndarray")
            key = pairs[:, 0].astype(np.int64) * len(p) + pairs[:, 1]
            pairs = pairs[~np.isin(key, near)]
        v = p[pairs[:, 0]] - p[pairs[:, 1]]
        away = np.linalg.norm(v, axis=1)[:, None] + 1e-6
        push = 0.25 * np.maximum(0, _APART_MM - away) * v / away
        np.add.at(force, pairs[:, 0], push)
        np.add.at(force, pairs[:, 1], -push)
        outside = np.maximum(0, clear_mm - fat.depth(p))[:, None]
        force += 0.4 * np.minimum(outside, 5) * fat.inwards(p)
        force[still] = 0
        p += np.clip(force, -1.5, 1.5)
    fan.points = list(p)


def _related(edges: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Keys (smaller × count + larger) of points that lie within three steps of each other along the web."""
    from scipy.sparse import coo_matrix

    ones = np.ones(len(edges))
    web = coo_matrix((ones, (edges[:, 0], edges[:, 1])), (count, count))
    web = ((web + web.T) > 0).astype(np.int8).tocsr()
    reach = web + web @ web + web @ web @ web
    a, b = reach.nonzero()
    keep = a < b
    return np.unique(a[keep].astype(np.int64) * count + b[keep])


def radii(fan: Fan, tip_mm: float, power: float, cap_mm: float) -> Values:
    """Return a radius per point by Murray's law; none where another structure has carved the vessel."""
    radius = np.asarray(fan.tree().radii(tip_mm, power, tip_mm, cap_mm))
    radius[list(fan.carved)] = 0
    return radius


def companion(fan: Fan, rng: np.random.Generator) -> Points:
    """Return for each point a unit vector across its vessel, on which its companion lies: another side on every stem."""
    points, across = np.array(fan.points), np.zeros((len(fan.points), 3))
    trunk = fan.carved
    for i, parent in enumerate(fan.parent):
        way = points[i] - points[parent] if parent >= 0 else np.array([0.0, 0.0, -1.0])
        way = way / (np.linalg.norm(way) + 1e-9)
        if parent < 0 or i in trunk:
            side = np.array([-1.0, 0.15, 0.0])
        elif parent in trunk:
            side = rng.normal(0, 1, 3)
        else:
            side = across[parent]
        side = side - (side @ way) * way
        across[i] = side / (np.linalg.norm(side) + 1e-9)
    return across
