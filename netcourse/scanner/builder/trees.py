"""Vessel and airway trees that fill a space: scattered targets, growth by cheapest join, radii by Murray's law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Mask, Space
from netcourse.scanner.builder.shapes import Points, path


@dataclass(frozen=True)
class Tree:
    """Nodes (x, y, z) in mm, each node's parent (−1 for a root) and the number of tips that it feeds."""

    nodes: Points
    parent: NDArray[np.int64]
    tips: NDArray[np.float64]

    def radii(
        self, tip_mm: float, power: float = 2.6, floor_mm: float = 0.3, cap_mm: float = 99.0
    ) -> NDArray[np.float64]:
        """Return a radius per node: `tip_mm` × tips^(1/power), within limits."""
        return np.clip(tip_mm * self.tips ** (1 / power), floor_mm, cap_mm)

    def shifted(self, first: Sequence[float]) -> Tree:
        """Return a companion tree beside this one: moved by a vector that turns only as far as the branches turn."""
        moved = np.empty_like(self.nodes)
        offsets = np.empty_like(self.nodes)
        for i, parent in enumerate(self.parent):
            if parent < 0:
                offsets[i] = first
            else:
                way = self.nodes[i] - self.nodes[parent]
                way = way / (np.linalg.norm(way) + 1e-9)
                turned = offsets[parent] - (offsets[parent] @ way) * way
                length = np.linalg.norm(turned)
                offsets[i] = turned / (length + 1e-9) * np.linalg.norm(offsets[parent])
            moved[i] = self.nodes[i] + offsets[i]
        return replace(self, nodes=moved)

    def without(self, gone: Mask) -> Tree:
        """Return the tree without some nodes and all that hangs on them; tips are counted again."""
        gone = gone.copy()
        for i, parent in enumerate(self.parent):
            if parent >= 0 and gone[parent]:
                gone[i] = True
        number = np.cumsum(~gone) - 1
        kept = ~gone
        parent = self.parent[kept]
        return _counted(self.nodes[kept], np.where(parent >= 0, number[np.maximum(parent, 0)], -1))


def scatter(box: Box, mask: Mask, count: int, apart_mm: float, rng: np.random.Generator) -> Points:
    """Return up to `count` random points (x, y, z) of a mask, at least `apart_mm` from each other."""
    z, y, x = np.nonzero(mask)
    order = rng.permutation(len(z))[: count * 12]
    places = np.stack(
        [box.x.ravel()[x[order]], box.y.ravel()[y[order]], box.z.ravel()[z[order]]], axis=1
    ).astype(float)
    places += rng.uniform(-0.5, 0.5, places.shape)
    cells: dict[tuple[int, int, int], list[int]] = {}
    chosen: list[int] = []
    for i, (p, cell) in enumerate(
        zip(places, np.floor(places / apart_mm).astype(int), strict=True)
    ):
        cx, cy, cz = (int(c) for c in cell)
        near = (
            j
            for a in (cx - 1, cx, cx + 1)
            for b in (cy - 1, cy, cy + 1)
            for c in (cz - 1, cz, cz + 1)
            for j in cells.get((a, b, c), ())
        )
        if all(((places[j] - p) ** 2).sum() >= apart_mm**2 for j in near):
            cells.setdefault((cx, cy, cz), []).append(i)
            chosen.append(i)
            if len(chosen) == count:
                break
    return places[chosen]


def grow(
    trunks: Sequence[Points],
    targets: Points,
    rng: np.random.Generator,
    step_mm: float = 1.5,
    bend: float = 0.2,
    wander: float = 0.09,
    avoid: Points | None = None,
    gap_mm: float = 2.2,
) -> Tree:
    """Return a tree from drawn trunks (each a list of points; later ones start at the nearest node) to all targets.

    Each target joins the node of least distance × (1.32 − 0.50 cos of the angle to the flow) by a bent line.
    A seventh of the targets, far ones, come first and make long straight branches; the rest come in random
    order. Lines that pass within `gap_mm` of the points to `avoid` are left out.
    """
    nodes: list[Points] = []
    parents: list[int] = []
    count = 0

    def add(points: Points, parent: int) -> None:
        nonlocal count
        for p in points:
            nodes.append(p)
            parents.append(parent)
            parent = count
            count += 1

    for trunk in trunks:
        line = path(
            np.column_stack([np.asarray(trunk, float)[:, :3], np.ones(len(trunk))]), step_mm
        )[:, :3]
        if nodes:
            k = int(np.argmin(((np.array(nodes) - line[0]) ** 2).sum(axis=1)))
            add(line[1:], k)
        else:
            add(line, -1)
    capacity = count + int(sum(6 + 60 / step_mm for _ in targets)) + 10
    place, flow = np.empty((capacity, 3)), np.empty((capacity, 3))
    place[:count] = nodes
    for i in range(count):
        p = parents[i]
        flow[i] = place[i] - place[p] if p >= 0 else place[1] - place[0]
    flow[:count] /= np.linalg.norm(flow[:count], axis=1, keepdims=True) + 1e-9
    away = cKDTree(place[:count]).query(targets)[0]
    chance = rng.random(len(targets))
    early = (chance < 0.14) & (away > np.quantile(away, 0.55)) if len(targets) else chance < 0
    others = cKDTree(avoid) if avoid is not None and len(avoid) else None
    for t in targets[np.argsort(chance - 2.0 * early)]:
        v = t - place[:count]
        r = np.sqrt((v * v).sum(axis=1)) + 1e-6
        cost = 1.32 * r - 0.50 * (v * flow[:count]).sum(axis=1)
        k = int(np.argmin(cost))
        n = max(2, int(r[k] / step_mm))
        u = np.linspace(0, 1, n + 1)[1:, None]
        control = place[k] + flow[k] * bend * r[k] + rng.normal(0, wander * r[k], 3)
        line = (1 - u) ** 2 * place[k] + 2 * u * (1 - u) * control + u * u * t
        if others is not None and others.query(line)[0].min() < gap_mm:
            continue
        if count + n > capacity:
            capacity = 2 * capacity
            place, flow = np.resize(place, (capacity, 3)), np.resize(flow, (capacity, 3))
        steps = np.diff(np.vstack([place[k], line]), axis=0)
        place[count : count + n] = line
        flow[count : count + n] = steps / (np.linalg.norm(steps, axis=1, keepdims=True) + 1e-9)
        parents.extend([k, *range(count, count + n - 1)])
        count += n
    return _counted(place[:count].copy(), np.array(parents))


def _counted(nodes: Points, parent: NDArray[np.int64]) -> Tree:
    """A tree whose tips are counted; parents stand before their children."""
    has_child = np.zeros(len(nodes), bool)
    has_child[parent[parent >= 0]] = True
    tips = np.where(has_child, 0.0, 1.0)
    for i in range(len(nodes) - 1, 0, -1):
        if parent[i] >= 0:
            tips[parent[i]] += tips[i]
    return Tree(nodes, parent, tips)


def tree_field(
    space: Space,
    tree: Tree,
    radius: NDArray[np.floating],
    box: Box | None = None,
    pad_mm: float = 2.0,
) -> Field:
    """Return the distance from the branches of a tree, known up to `pad_mm` from their surface, 60 mm elsewhere."""
    box = box or space.box(tree.nodes, float(radius.max()) + pad_mm + 1)
    out = box.full(FAR_MM)
    z, y, x = box.z.ravel(), box.y.ravel(), box.x.ravel()
    for i, parent in enumerate(tree.parent):
        b, rb = tree.nodes[i], float(radius[i])
        a = tree.nodes[parent] if parent >= 0 else b
        ra = min(float(radius[parent]), 1.5 * rb) if parent >= 0 else rb
        w = max(ra, rb) + pad_mm
        low, high = np.minimum(a, b) - w, np.maximum(a, b) + w
        part = tuple(
            slice(
                int(np.searchsorted(axis, low[k])),
                int(np.searchsorted(axis, high[k], side="right")),
            )
            for axis, k in ((z, 2), (y, 1), (x, 0))
        )
        near = out[part]
        if not near.size:
            continue
        e = b - a
        px, py, pz = (
            x[None, None, part[2]] - a[0],
            y[None, part[1], None] - a[1],
            z[part[0], None, None] - a[2],
        )
        h = np.clip((px * e[0] + py * e[1] + pz * e[2]) / (e @ e + 1e-9), 0, 1)
        d = np.sqrt((px - h * e[0]) ** 2 + (py - h * e[1]) ** 2 + (pz - h * e[2]) ** 2) - (
            ra + (rb - ra) * h
        )
        np.minimum(near, d.astype(np.float32), out=near)
    return Field(box, out)


def companion_mask(field: Float, within_mm: float) -> Mask:
    """Return where a field's surface is nearer than some millimetres: the fat sleeve of a vessel."""
    return np.asarray(field < within_mm)
