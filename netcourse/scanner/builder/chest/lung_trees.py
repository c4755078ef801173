"""The trees of the lungs: bronchi with the arteries beside them, and veins between, to the periphery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.lungs import LOBES, Lobe
from netcourse.scanner.builder.grid import Box, Float, Mask, Space
from netcourse.scanner.builder.shapes import Points, path
from netcourse.scanner.builder.trees import Tree, tree_field

_STEP_MM = 1.2
_LAST_BRONCHUS_MM = 1.7
"""Arteries thinner than this have a bronchus that a scan does not show."""
_ROOTS_KEEP_OFF = ("right_heart", "upper_cava", "aorta", "left_heart", "upper_vein", "airway")
_THICK_MM = 1.6
"""Radius above which branches are drawn one by one."""


_THINNEST_DRAWN_MM = 0.485
"""Radius at which soft-edged lines have a section of 1 mm²; thinner ones are drawn as wide, and fainter."""


@dataclass(frozen=True)
class LobeTrees:
    """The bronchi of a lobe, the arteries beside them (same nodes, moved), and the veins, with a radius per node in mm."""

    bronchi: Tree
    arteries: Tree
    artery_radius: NDArray[np.float64]
    veins: Tree
    vein_radius: NDArray[np.float64]


def grow_lung_trees(body: Body, box: Box, lungs: dict[Lobe, Float]) -> dict[Lobe, LobeTrees]:
    """Grow the trees of all lobes, given as distances in a coarse box."""
    data = table("lung_trees")
    grown = {}
    for lobe in LOBES:
        rng = body.rng(f"lung trees {lobe}", variant=False)
        trunks = [body.place(v) for k, v in data[lobe].items() if k.startswith("b")]
        bronchi = fill(trunks, _levels(box, lungs[lobe], data["pitches"], rng), rng)
        radius = bronchi.radii(data["tip_radius"], data["power"], 0.0, data["cap"])
        beside = _beside(bronchi, radius, data[lobe]["artery"])
        trunks = [body.place(v) for v in data["veins"][lobe].values()]
        veins = fill(trunks, _levels(box, lungs[lobe], data["vein_pitches"], rng), rng)
        crossing = cKDTree(beside.nodes[radius > 0.5]).query(veins.nodes)[0] < 1.6
        veins = veins.without(crossing & (veins.tips < 12))
        grown[lobe] = LobeTrees(
            bronchi,
            beside,
            radius,
            veins,
            veins.radii(data["vein_tip_radius"], data["power"], 0.0, data["cap"]),
        )
    return grown


def _levels(
    box: Box, lobe: Float, pitches: Sequence[float], rng: np.random.Generator
) -> list[Points]:
    """Targets level by level, wide apart first; the first ones lie near the lobe's surface and make long axes."""
    levels = []
    for k, pitch in enumerate(pitches):
        deep = (lobe < -4) & (lobe > -14) if k < 2 else lobe < (-4 if k < 4 else -3)
        levels.append(scattered(box, deep, pitch, rng))
    return levels


def scattered(box: Box, mask: Mask, pitch_mm: float, rng: np.random.Generator) -> Points:
    """Return points (x, y, z) of a mask that keep their distance: a lattice with its cells' centres, each point shaken."""
    axes = [a.ravel() for a in (box.x, box.y, box.z)]
    side = pitch_mm * 2 ** (1 / 3)
    start = rng.uniform(0, side, 3)
    lattice = np.stack(
        np.meshgrid(
            *(
                np.arange(a[0] - side + s, a[-1] + side, side)
                for a, s in zip(axes, start, strict=True)
            ),
            indexing="ij",
        ),
        axis=-1,
    ).reshape(-1, 3)
    points = np.vstack([lattice, lattice + side / 2])
    points += rng.uniform(-0.36, 0.36, points.shape) * pitch_mm
    index = [np.rint((points[:, k] - a[0]) / (a[1] - a[0])).astype(int) for k, a in enumerate(axes)]
    inside = np.all([(i >= 0) & (i < a.size) for i, a in zip(index, axes, strict=True)], axis=0)
    points, (x, y, z) = points[inside], (i[inside] for i in index)
    return np.asarray(points[mask[z, y, x]])


def fill(
    trunks: Sequence[Points],
    levels: Sequence[Points],
    rng: np.random.Generator,
    bend: float = 0.25,
    direct: float = 0.22,
) -> Tree:
    """Return a tree from drawn trunks (later ones start at the nearest node) that reaches the targets of all levels.

    The first level makes the long axes, each next one the side branches of those before it: a target joins the node
    for which distance × (1 − 0.66 cos of the angle to the flow) is least, so that branches leave at about 45°.
    """
    places: list[Points] = []
    parents: list[NDArray[np.int64]] = []
    flows: list[Points] = []
    depths: list[NDArray[np.float64]] = []
    count = 0

    def add(
        lines: Points, joined: NDArray[np.int64], starts: Points, lengths: NDArray[np.int64]
    ) -> None:
        """Append lines one after the other; `joined` holds the node that each starts from (−1: none)."""
        nonlocal count
        parent = np.arange(count - 1, count - 1 + len(lines))
        first = np.cumsum(lengths) - lengths
        parent[first] = joined
        before = np.vstack([lines[:1], lines[:-1]])
        before[first] = starts
        way = lines - before
        along = np.cumsum(np.linalg.norm(way, axis=1))
        root = np.where(joined >= 0, np.concatenate([[0.0], *depths])[joined + 1], 0.0)
        depths.append(along + np.repeat(root - np.append(0.0, along)[first], lengths))
        places.append(lines)
        parents.append(parent)
        flows.append(way / (np.linalg.norm(way, axis=1, keepdims=True) + 1e-9))
        count += len(lines)

    for trunk in trunks:
        line = path(np.column_stack([trunk[:, :3], np.ones(len(trunk))]), _STEP_MM)[:, :3]
        whole = np.array([len(line) - 1])
        if places:
            k = int(np.argmin(((np.vstack(places) - line[0]) ** 2).sum(axis=1)))
            add(line[1:], np.array([k]), np.vstack(places)[[k]], whole)
        else:
            add(line, np.array([-1]), line[:1] - (line[1:2] - line[:1]), whole + 1)
    for level in levels:
        for targets in np.array_split(level[rng.permutation(len(level))], 3):
            nodes, flow, depth = np.vstack(places), np.vstack(flows), np.concatenate(depths)
            near = min(len(nodes), 1200 if len(targets) < 60 else 120)
            _, index = cKDTree(nodes).query(targets, near)
            v = targets[:, None] - nodes[index]
            far = np.linalg.norm(v, axis=2)
            cost = far - 0.66 * (v * flow[index]).sum(axis=2) + direct * (far + depth[index])
            best = np.argmin(cost, axis=1)
            joined = index[np.arange(len(targets)), best]
            away = far[np.arange(len(targets)), best]
            lengths = np.maximum(1, np.rint(away / _STEP_MM)).astype(int)
            which = np.repeat(np.arange(len(targets)), lengths)
            u = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
            u = (u / lengths[which])[:, None]
            start = nodes[joined]
            control = (
                start
                + 0.5 * (targets - start) * (1 - bend)
                + flow[joined] * (bend * 0.6 * away)[:, None]
            )
            control += rng.normal(0, 0.06, control.shape) * away[:, None]
            lines = (
                (1 - u) ** 2 * start[which]
                + 2 * u * (1 - u) * control[which]
                + u * u * targets[which]
            )
            add(lines, joined, start, lengths)
    return _counted(np.vstack(places), np.concatenate(parents))


def _unit(v: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(v / (np.linalg.norm(v) + 1e-9))


def _counted(nodes: Points, parent: NDArray[np.int64]) -> Tree:
    return Tree(nodes, parent, np.ones(len(nodes))).without(np.zeros(len(nodes), bool))


def _beside(bronchi: Tree, radius: NDArray[np.float64], first: Sequence[float]) -> Tree:
    """The arteries: the bronchi's nodes, moved to the side as far as both calibres ask, by a vector that never twists."""
    unit = bronchi.shifted(_unit(np.asarray(first, float)).tolist())
    offset = unit.nodes - bronchi.nodes
    lumen, wall = bronchus_calibre(radius)
    apart = (lumen + wall + 0.95 * radius) * np.clip((radius - 0.5) / 0.7, 0, 1)
    return Tree(bronchi.nodes + offset * apart[:, None], bronchi.parent, bronchi.tips)


def bronchus_calibre(
    artery_radius: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return inner radius and wall of the bronchus beside an artery, mm: as wide outside as the artery (K), wall 0.14 × lumen."""
    lumen = 0.74 * artery_radius
    return lumen, np.clip(0.28 * lumen, 0.3, 0.9)


def line_shares(
    space: Space, box: Box, tree: Tree, radius: NDArray[np.float64], shown: Mask | None = None
) -> Float:
    """Return the share (0–1) of each voxel of a box that the branches of a tree fill; thin ones fill a part of a voxel."""
    shown = np.ones(len(radius), bool) if shown is None else shown
    thick = shown & (radius > _THICK_MM)
    trunk = tree_field(space, tree.without(~thick), radius[thick], box, 1.0)
    out = np.asarray(np.clip(0.5 - trunk.values, 0, 1), np.float32)
    has = (tree.parent >= 0) & shown & (radius < 1.3 * _THICK_MM)
    b, a = tree.nodes[has], tree.nodes[tree.parent[has]]
    rb = radius[has]
    ra = np.minimum(radius[tree.parent[has]], 1.35 * rb)
    low = np.array([box.x.min(), box.y.min(), box.z.min()]) - 8
    high = np.array([box.x.max(), box.y.max(), box.z.max()]) + 8
    near = np.all((b > low) & (b < high), axis=1)
    a, b, ra, rb = a[near], b[near], ra[near], rb[near]
    length = np.linalg.norm(b - a, axis=1)
    pieces = np.maximum(1, np.ceil(length / 0.6).astype(int))
    which = np.repeat(np.arange(len(a)), pieces)
    t = (np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[
        which
    ]
    places = a[which] + (b - a)[which] * t[:, None]
    flow = ((b - a) / (length[:, None] + 1e-9))[which]
    local = ra[which] + (rb - ra)[which] * t
    reaches = np.ceil(local + 0.6).astype(int)
    for reach in np.unique(reaches):
        mine = reaches == reach
        _splat(out, box, places[mine], flow[mine], local[mine], int(reach))
    return out


def _splat(
    out: Float, box: Box, places: Points, flow: Points, radius: NDArray[np.float64], reach: int
) -> None:
    """Raise the shares round many points of lines, all of a similar radius."""
    origin = np.array([box.x.min(), box.y.min(), box.z.min()])
    step = np.array([1.0, 1.0, 1.5])
    shape = np.array(out.shape)[::-1]
    base = np.rint((places - origin) / step).astype(np.int32)
    within = np.minimum(np.pi * radius**2 / (1 + 0.5 * np.hypot(flow[:, 0], flow[:, 1])), 1.0)
    drawn = np.sqrt(np.maximum(radius**2 - 0.083, _THINNEST_DRAWN_MM**2))
    flat = out.reshape(-1)
    tall = int(np.ceil(reach / 1.5))
    for dz in range(-tall, tall + 1):
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                index = base + np.array([dx, dy, dz], np.int32)
                v = index * step + origin - places
                along = (v * flow).sum(axis=1)
                away = np.sqrt(np.maximum((v * v).sum(axis=1) - along**2, 0))
                share = within * np.clip(0.5 - (away - drawn), 0, 1)
                good = (share > 0.05) & (np.abs(along) < 0.9)
                good &= np.all((index >= 0) & (index < shape), axis=1)
                i = index[good]
                np.maximum.at(
                    flat,
                    (i[:, 2] * shape[1] + i[:, 1]) * shape[0] + i[:, 0],
                    share[good].astype(np.float32),
                )


def carve_lung_trees(space: Space, trees: dict[Lobe, LobeTrees]) -> None:
    """Cover the lungs with bronchi, arteries and veins; their roots run on through the fat of the hilum."""
    for lobe in trees.values():
        box = space.box(np.vstack([lobe.arteries.nodes, lobe.veins.nodes]), 8)
        if box.empty:
            continue
        lumen, wall = bronchus_calibre(lobe.artery_radius)
        drawn = lobe.artery_radius > _LAST_BRONCHUS_MM
        walls = line_shares(space, box, lobe.bronchi, lumen + wall, drawn)
        space.cover((box, walls), "bronchus_wall", ("lung",))
        for tree, radius, tissue in (
            (lobe.arteries, lobe.artery_radius, "lung_artery"),
            (lobe.veins, lobe.vein_radius, "lung_vein"),
        ):
            shares = line_shares(space, box, tree, radius)
            shares = np.where(walls > 0.3, 0, shares)
            space.cover((box, shares), tissue, ("lung",))
            root = (shares > 0.5) & space.is_(box, "mediastinal_fat")
            root &= ~ndimage.binary_dilation(space.is_(box, *_ROOTS_KEEP_OFF))
            space.carve((box, root), tissue)
        inner = line_shares(space, box, lobe.bronchi, lumen, drawn)
        space.carve((box, inner > 0.5), "airway", ("lung", "bronchus_wall", "mediastinal_fat"))
