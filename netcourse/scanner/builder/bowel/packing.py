"""A tube as a chain of beads: laid through scattered points of a room, then relaxed until nothing overlaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.shapes import Points

Values = NDArray[np.float64]
_LONGEST_STEP_MM = 2.0


@dataclass(frozen=True)
class Chain:
    """What holds a chain of beads together while it relaxes; forces are shares of a displacement per step.

    `bond_mm` is the rest length between beads, `apart_mm` the gap that strands keep (one number or one per
    bead), `firm` the share of its radius from which a bead pushes back, `bend` straightens it, `home` pulls each bead to where it was drawn, `reach_mm` is how far it may be from its root, `grow_steps` the steps in which it swells to its calibre.
    """

    bond_mm: float = 9.0
    apart_mm: Values | float = 0.0
    firm: float = 1.0
    bend: float = 0.12
    home: float = 0.0
    reach_mm: float = 1e9
    steps: int = 900
    grow_steps: int = 450
    jitter_mm: float = 0.25


def tour(
    room: Room,
    start: Points,
    end: Points,
    apart_mm: float,
    rng: np.random.Generator,
    least_depth_mm: float = 5.0,
) -> Points:
    """Return points (n, 3) scattered `apart_mm` from each other through a room, in the order of a short tour."""
    places = _scattered(room, start, apart_mm, rng, least_depth_mm)
    cost = _lengths(room, places)
    first = int(np.argmin(((places - start) ** 2).sum(axis=1)))
    last = int(np.argmin(((places - end) ** 2).sum(axis=1)))
    return places[_shortened(_greedy(places, cost, first, last, end - start), cost)]


def _scattered(
    room: Room, start: Points, apart_mm: float, rng: np.random.Generator, least_depth_mm: float
) -> Points:
    """Blue noise: each new point lies at the edge of those before it, so that the room fills without holes."""
    z, y, x = np.nonzero(room.values[::2] < -least_depth_mm)
    axes = room.axes
    places = np.stack([axes[2][x], axes[1][y], axes[0][::2][z]], axis=1).astype(float)
    places = places[rng.permutation(len(places))[:60000]]
    places += rng.uniform(-1, 1, places.shape)
    chosen = [places[int(np.argmin(((places - start) ** 2).sum(axis=1)))]]
    away = np.full(len(places), np.inf)
    while True:
        away = np.minimum(away, np.linalg.norm(places - chosen[-1], axis=1))
        near = np.flatnonzero((away > apart_mm) & (away < apart_mm * 1.45))
        if not near.size:
            near = np.flatnonzero(away > apart_mm)
        if not near.size:
            return np.array(chosen)
        chosen.append(places[rng.choice(near)])


def _lengths(room: Room, places: Points) -> Values:
    """Lengths of the ways between points; ways that leave the room are made long."""
    cost = np.linalg.norm(places[:, None] - places[None], axis=2)
    for share in (0.25, 0.5, 0.75):
        between = places[:, None] * (1 - share) + places[None] * share
        depth = room.depth(between.reshape(-1, 3)).reshape(cost.shape)
        cost += 6 * np.maximum(0, 4 - depth)
    return np.asarray(cost)


def _greedy(places: Points, cost: Values, first: int, last: int, way: Points) -> list[int]:
    """The nearest point next, with a liking for those that lie early on the way from start to end."""
    along = places @ (way / np.linalg.norm(way))
    order, left = [first], set(range(len(places))) - {first, last}
    while left:
        here = order[-1]
        nearest = min(left, key=lambda k: cost[here, k] + 0.25 * abs(along[k] - along[here]))
        order.append(nearest)
        left.discard(nearest)
    return [*order, last] if last != first else order


def _shortened(order: list[int], cost: Values) -> list[int]:
    """Turn parts of the tour round while that makes it shorter (2-opt)."""
    for _ in range(30):
        better = False
        for a in range(1, len(order) - 2):
            for b in range(a + 1, len(order) - 1):
                i, j, k, n = order[a - 1], order[a], order[b], order[b + 1]
                if cost[i, k] + cost[j, n] < cost[i, j] + cost[k, n] - 1e-6:
                    order[a : b + 1] = order[a : b + 1][::-1]
                    better = True
        if not better:
            break
    return order


def relax(
    beads: Points,
    radius: Values,
    room: Room,
    chain: Chain,
    rng: np.random.Generator,
    root: Points | None = None,
    fixed: NDArray[np.bool_] | None = None,
) -> Points:
    """Return the beads (n, 3) after they have pushed each other and the walls of the room away."""
    p, drawn = beads.copy(), beads.copy()
    gaps = np.broadcast_to(np.asarray(chain.apart_mm, float), len(p))
    for step in range(chain.steps):
        size = min(1.0, 0.25 + 0.75 * step / max(chain.grow_steps, 1))
        force = _bonds(p, chain) + chain.home * (drawn - p)
        force += _repulsion(p, 0.97 * chain.firm * radius * size, gaps * size, chain.bond_mm)
        outside = np.maximum(0, chain.firm * radius * size + 0.5 - room.depth(p))[:, None]
        force += 0.5 * np.minimum(outside, 6) * room.inwards(p)
        if root is not None:
            away = root - p
            length = np.linalg.norm(away, axis=1)[:, None]
            force += 0.02 * np.maximum(0, length - chain.reach_mm) * away / (length + 1e-6)
        if step < 0.65 * chain.steps:
            force += rng.normal(0, chain.jitter_mm * (1 - step / (0.65 * chain.steps)), p.shape)
        if fixed is not None:
            force[fixed] = 0
        p += np.clip(force, -_LONGEST_STEP_MM, _LONGEST_STEP_MM)
    return p


def _bonds(p: Points, chain: Chain) -> Points:
    """Forces that keep the distance of neighbours and straighten the chain."""
    force = np.zeros_like(p)
    e = np.diff(p, axis=0)
    length = np.linalg.norm(e, axis=1)[:, None] + 1e-6
    pull = 0.35 * (length - chain.bond_mm) * e / length
    force[:-1] += pull
    force[1:] -= pull
    force[1:-1] += chain.bend * (p[2:] - 2 * p[1:-1] + p[:-2])
    return force


def _repulsion(p: Points, radius: Values, gaps: Values, bond_mm: float) -> Points:
    """Forces that keep strands apart; beads that follow each other within about their own width do not count."""
    force = np.zeros_like(p)
    pairs = cKDTree(p).query_pairs(2 * float(radius.max()) + 4, output_type="ndarray")
    pairs = pairs[np.abs(pairs[:, 0] - pairs[:, 1]) > 2]
    v = p[pairs[:, 0]] - p[pairs[:, 1]]
    away = np.linalg.norm(v, axis=1) + 1e-6
    wanted = radius[pairs].sum(axis=1) + gaps[pairs].min(axis=1)
    along = np.abs(pairs[:, 0] - pairs[:, 1]) * bond_mm / wanted
    overlap = np.maximum(0, wanted * np.clip((along - 0.4) / 1.2, 0, 1) - away)
    push = (0.30 * overlap / away)[:, None] * v
    np.add.at(force, pairs[:, 0], push)
    np.add.at(force, pairs[:, 1], -push)
    return force


def wander(count: int, pitch: float, rng: np.random.Generator) -> Values:
    """Return smooth noise of unit variance along a chain; `pitch` in beads."""
    value = ndimage.gaussian_filter1d(
        rng.standard_normal(count + 8 * int(pitch + 1)), pitch, mode="wrap"
    )
    value /= value.std() + 1e-9
    return np.asarray(value[:count])
