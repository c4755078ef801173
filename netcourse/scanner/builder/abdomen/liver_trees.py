"""The vessels in the liver: portal tree with its artery and fat, hepatic veins between its
branches, and Couinaud's segments.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from netcourse.scanner.builder.abdomen.liver import shape
from netcourse.scanner.builder.abdomen.portal import portal_end
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Space
from netcourse.scanner.builder.shapes import Points, path
from netcourse.scanner.builder.trees import Tree, grow, scatter, tree_field

_TARGETS, _APART_MM, _PORTAL_SHARE = 2400, 5.4, 0.56
_TIP_MM, _POWER = 0.58, 2.65
_PORTAL_CAP_MM, _VEIN_CAP_MM = 5.6, 4.8
_SLEEVE_FROM_MM = 2.4  # portal branches wider than this carry fat and a visible artery
_SEGMENTS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def carve_liver_trees(body: Body, space: Space) -> None:
    """Carve portal, arterial and venous trees into the liver; keep "portal_tree", "hepatic_vein"
    and "segment" (codes 1–8).
    """
    liver = space.kept["liver"]
    inside = np.asarray(liver.values) < -2.5
    targets = scatter(liver.box, inside, _TARGETS, _APART_MM, body.rng("liver targets"))
    cut = int(_PORTAL_SHARE * len(targets))
    veins = _veins(body, targets[cut:])
    portal, branches = _portal(body, targets[:cut], veins)
    vein_radius = veins.radii(_TIP_MM, _POWER, 0.7, _VEIN_CAP_MM)
    portal_radius = portal.radii(_TIP_MM, _POWER, 0.65, _PORTAL_CAP_MM)
    for name, tree, radius, tissue in (
        ("hepatic_vein", veins, vein_radius, "hepatic_vein"),
        ("portal_tree", portal, portal_radius, "portal_vein"),
    ):
        field = tree_field(space, tree, radius)
        near_liver = np.maximum(field.values, liver.on(field.box) - 1.5)
        over = ("liver",) if tissue == "hepatic_vein" else ("liver", "visceral_fat")
        space.cover(Field(field.box, near_liver), tissue, over)
        space.keep(name, field)
    _sleeve(space, portal, portal_radius)
    _arteries(space, portal, portal_radius)
    space.kept["segment"] = _segments(space, branches)


def _veins(body: Body, targets: Points) -> Tree:
    """The hepatic veins from the cava."""
    trunks = [
        _trunk(body, f"hepatic {n}", p) for n, p in table("liver")["trees"]["hepatic"].items()
    ]
    return grow(trunks, targets, body.rng("hepatic veins"), step_mm=2.5, bend=0.35)


def _portal(body: Body, targets: Points, veins: Tree) -> tuple[Tree, dict[str, Points]]:
    """The portal tree from the hilum, away from the hepatic veins, and the drawn branch of each
    segment.
    """
    drawn = table("liver")["trees"]["portal"]
    end = portal_end(body)[:3]
    trunks = {name: _trunk(body, f"portal {name}", points) for name, points in drawn.items()}
    shift = end - trunks["main"][0]
    for trunk in trunks.values():
        near = np.exp(-np.linalg.norm(trunk - trunks["main"][0], axis=1) / 25)
        trunk += shift * near[:, None]
    tree = grow(
        list(trunks.values()), targets, body.rng("portal tree"), step_mm=2.5, bend=0.3,
        avoid=veins.nodes, gap_mm=2.4,
    )  # fmt: skip
    return tree, {name: trunk for name, trunk in trunks.items() if name in _SEGMENTS}


def _trunk(body: Body, name: str, points: list[list[float]]) -> Points:
    """A drawn trunk in a body; it follows the left lobe's length and the right lobe's depth, and
    wanders at its end.
    """
    form, p = shape(body), np.array(points, float)
    left = p[:, 0] > 6
    p[left, 0] = 6 + (p[left, 0] - 6) * (0.3 + 0.7 * form["left"])
    low = p[:, 2] < 30
    p[low, 2] = 30 + (p[low, 2] - 30) * form["deep"]
    placed = body.place(p)
    wander = np.linspace(0, 1, len(placed))[:, None] * body.rng(name).normal(0, 3.0, placed.shape)
    wander[0] = 0
    return np.asarray(placed + wander)


def _sleeve(space: Space, portal: Tree, radius: NDArray[np.float64]) -> None:
    """A little fat beside the larger portal branches."""
    big = portal.without(radius < _SLEEVE_FROM_MM)
    if len(big.nodes):
        wide = radius[radius >= _SLEEVE_FROM_MM]
        field = tree_field(space, big, wide[: len(big.nodes)] + 0.2, pad_mm=3.0)
        share = 0.26 * np.clip(1 - field.values / 2.0, 0, 1)
        space.cover((field.box, share.astype(np.float32)), "visceral_fat", ("liver",))


def _arteries(space: Space, portal: Tree, radius: NDArray[np.float64]) -> None:
    """The hepatic artery's branches beside the portal ones."""
    beside = portal.shifted((0.4, -1.0, 0.3))
    moved = portal.nodes + (beside.nodes - portal.nodes) * (radius + 1.1)[:, None]
    tree = Tree(moved, portal.parent, portal.tips)
    calibre = np.clip(0.30 * radius, 0.28, 1.5)
    space.cover(tree_field(space, tree, calibre), "artery", ("liver", "visceral_fat"))


def _segments(space: Space, drawn: dict[str, Points]) -> Field:
    """Couinaud's segments: each voxel of the liver belongs to the segment whose portal branch is
    nearest.
    """
    branches = {
        name: path(np.column_stack([line, np.ones(len(line))]), 2.0)[:, :3]
        for name, line in drawn.items()
    }
    outer = {name: line[int(0.4 * len(line)) :] for name, line in branches.items()}
    code = np.concatenate(
        [np.full(len(line), _SEGMENTS.index(name) + 1) for name, line in outer.items()]
    )
    tree = cKDTree(np.concatenate(list(outer.values())))
    liver, step = space.kept["liver"], (2, 3, 3)
    coarse = np.asarray(liver.values)[:: step[0], :: step[1], :: step[2]]
    near = coarse < 3
    small = np.zeros(coarse.shape, np.uint8)
    small[near] = code[tree.query(_places(liver.box, step)[near.ravel()])[1]]
    grown = small.repeat(step[0], 0).repeat(step[1], 1).repeat(step[2], 2)
    codes = grown[tuple(slice(0, n) for n in liver.box.shape)].astype(np.float16)
    codes[np.asarray(liver.values) >= 0] = 0
    return Field(liver.box, codes)


def _places(box: Box, step: tuple[int, int, int]) -> Points:
    """Centres of every so many voxels of a box, (n, 3)."""
    z, y, x = (axis.ravel()[::s] for axis, s in zip((box.z, box.y, box.x), step, strict=True))
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return np.stack([xx.ravel(), yy.ravel(), zz.ravel()], axis=1).astype(float)
