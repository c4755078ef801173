"""Mesentery and mesocolon: fat with the branches of the superior and inferior mesenteric vessels."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from netcourse.scanner.builder.abdomen.visceral_vessels import drawn
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.arcades import Fan, companion, radii, settle
from netcourse.scanner.builder.bowel.colon import Course
from netcourse.scanner.builder.bowel.peritoneum import FAT
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.bowel.small_bowel import Gut
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.shapes import Points, path
from netcourse.scanner.builder.trees import tree_field

_ARTERY = (0.56, 2.0, 2.6)  # radius of a straight vessel, power of Murray's law, largest radius
_VEIN = (0.74, 2.0, 3.6)


def carve_mesentery(
    space: Space, body: Body, course: Course, gut: Gut, fat: Room
) -> dict[str, Fan]:
    """Carve the branches of the mesenteric vessels in the fat; return the webs by their trunk."""
    rows, rng = table("mesentery"), body.rng("mesentery")
    fans = {
        "superior": _superior(body, rows, course, gut, rng),
        "inferior": _inferior(body, course, rng),
    }
    for fan in fans.values():
        settle(fan, fat)
        _carve_pair(space, fan, rng)
    return fans


def _superior(
    body: Body, rows: dict[str, Any], course: Course, gut: Gut, rng: np.random.Generator
) -> Fan:
    """The superior mesenteric artery's web: jejunal and ileal stems from its left, colic branches from its right."""
    fan, vessels = Fan(), table("visceral_vessels")["sma"]
    line = _line(drawn(body, vessels["trunk"], "trunk"))
    line = line[line[:, 2] < body.height(rows["first_branch_z"])]
    numbers = fan.trunk(line, drawn=False)
    end = course.valve + np.array([16, 2, 4])
    way = np.stack([line[-1], (line[-1] + end) / 2 + np.array([0, -4, 4]), end])
    numbers += fan.trunk(_line(way)[1:], numbers[-1])
    rim = _rim(gut.beads, line.mean(axis=0))[::2]
    stems = rows["stems"]["woman" if body.woman else "man"]
    ends = np.sort(np.arange(1, stems) + rng.uniform(-0.25, 0.25, stems - 1))
    cuts = np.concatenate([[0], ends * len(rim) / stems, [len(rim)]]).astype(int)
    heights = np.array([fan.points[n][2] for n in numbers])
    for j, (a, b) in enumerate(pairwise(cuts)):
        above = rim[a:b, 2].mean() + rows["stem_drop"] + rng.uniform(-10, 10)
        start = numbers[int(np.argmin(np.abs(heights - above)))]
        fan.spread(start, rim[a:b], rng, arcades=1 if j < 0.35 * stems else 2)
    middle = fan.trunk(_line(drawn(body, vessels["middle_colic"], "middle_colic")), drawn=False)
    for start, part in (
        (numbers[-1], "caecum"),
        (numbers[len(numbers) // 2], "ascending"),
        (middle[-1], "transverse"),
    ):
        fan.spread(start, _rim(course.part(part), line.mean(axis=0))[::2], rng, 0.55, 1)
    return fan


def _inferior(body: Body, course: Course, rng: np.random.Generator) -> Fan:
    """The inferior mesenteric artery's web: left colic and sigmoid branches."""
    fan, vessels = Fan(), table("visceral_vessels")["ima"]
    trunk = fan.trunk(_line(drawn(body, vessels["trunk"], "trunk")), drawn=False)
    colic = fan.trunk(_line(drawn(body, vessels["left_colic"], "left_colic")), drawn=False)
    rim = _rim(course.part("descending"), np.array(fan.points).mean(axis=0))[::2]
    fan.spread(colic[-1], rim[: len(rim) // 2], rng, 0.55, 1)
    fan.spread(colic[len(colic) // 2], rim[len(rim) // 2 :], rng, 0.55, 1)
    rim = _rim(course.part("sigmoid"), np.array(fan.points)[trunk].mean(axis=0))[::2]
    for k, piece in enumerate(np.array_split(rim, 3)):
        fan.spread(trunk[int((len(trunk) - 1) * (0.55 + 0.15 * k))], piece, rng, 0.55, 1)
    return fan


def _line(points: Points) -> Points:
    """Points (x, y, z) every 4 mm on the smooth curve through some."""
    return path(np.column_stack([points[:, :3], np.zeros(len(points))]), 4.0)[:, :3]


def _rim(beads: Points, towards: Points) -> Points:
    """The points of a bowel's surface on the side of its mesentery."""
    way = np.gradient(beads[:, :3], axis=0)
    way /= np.linalg.norm(way, axis=1)[:, None] + 1e-9
    side = towards - beads[:, :3]
    side -= way * (way * side).sum(axis=1)[:, None]
    side /= np.linalg.norm(side, axis=1)[:, None] + 1e-9
    return beads[:, :3] + 0.95 * side * beads[:, 3:4]


def _carve_pair(space: Space, fan: Fan, rng: np.random.Generator) -> None:
    """Artery and vein side by side."""
    tree = fan.tree()
    artery, vein = radii(fan, *_ARTERY), radii(fan, *_VEIN)
    beside = tree.nodes + (1.1 * artery + vein + 0.4)[:, None] * companion(fan, rng)
    for nodes, radius, tissue in ((tree.nodes, artery, "artery"), (beside, vein, "portal_vein")):
        vessel = replace(tree, nodes=nodes)
        space.cover(tree_field(space, vessel, radius), tissue, FAT)
