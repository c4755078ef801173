"""Greater omentum and epiploic appendages: fat with fine vessels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.colon import Course
from netcourse.scanner.builder.bowel.packing import Values, wander
from netcourse.scanner.builder.bowel.peritoneum import front_wall
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.grid import Float, Space
from netcourse.scanner.builder.shapes import Points
from netcourse.scanner.builder.trees import Tree, tree_field

FAT = ("mesenteric_fat",)
_STEP_MM = 4.0
_DEEPEST_MM = 30.0


def carve_omentum(space: Space, body: Body, course: Course, room: Room, fat: Room) -> None:
    """Carve the vessels of the omentum, which run down in it, and a twig in each epiploic appendage."""
    rows, rng = table("mesentery")["omentum"], body.rng("omentum")
    lines = _epiploic(body, course, _Apron.of(room, fat), rows, rng) + _appendages(
        course, rows, rng
    )
    tree, radius = threads(lines)
    space.cover(tree_field(space, tree, radius), "mesenteric_vessel", FAT)


@dataclass(frozen=True)
class _Apron:
    """The fat behind the front wall: y of the wall and the fat's thickness, both (z, x), on the mesh of a room."""

    room: Room
    front: Float
    thickness: Float

    @classmethod
    def of(cls, room: Room, fat: Room) -> _Apron:
        front = front_wall(room)
        behind = (fat.values > 0) & (room.mesh[1] > front + 1.5)
        y = room.axes[1]
        first = np.where(behind.any(axis=1), y[np.argmax(behind, axis=1)], y[-1])
        thickness = np.clip(first - front[:, 0], 2, _DEEPEST_MM)
        return cls(room, front[:, 0], ndimage.gaussian_filter(thickness, (3, 2)))

    def y(self, x: Values, z: Values, share: Values) -> Values:
        """Return y at a share of the fat's thickness behind the wall."""
        i = np.clip(np.searchsorted(self.room.axes[0], z), 0, len(self.room.axes[0]) - 1)
        j = np.clip(np.searchsorted(self.room.axes[2], x), 0, len(self.room.axes[2]) - 1)
        return np.asarray(self.front[i, j] + 1.2 + share * (self.thickness[i, j] - 2.4))


def threads(lines: list[Points]) -> tuple[Tree, Values]:
    """Return separate lines of (x, y, z, radius) points as one tree and its radii."""
    parent: list[int] = []
    for line in lines:
        first = len(parent)
        parent += [-1, *range(first, first + len(line) - 1)]
    points = np.concatenate(lines)
    tree = Tree(points[:, :3].copy(), np.array(parent), np.ones(len(points)))
    return tree, points[:, 3]


def _epiploic(
    body: Body, course: Course, apron: _Apron, rows: dict[str, Any], rng: np.random.Generator
) -> list[Points]:
    """Vessels from the transverse colon down the apron, each with a vein beside it and a branch on its upper half."""
    transverse = course.part("transverse")
    half = body.place([rows["half_width"], 0, -60])[0]
    low = body.height(rows["low_z"])
    lines: list[Points] = []
    for x in np.linspace(-half, half, rows["vessels"]) + rng.normal(0, 4, rows["vessels"]):
        near = transverse[int(np.argmin(np.abs(transverse[:, 0] - x)))]
        top, radius = float(near[2]) + rng.uniform(-10, 30), rng.uniform(*rows["radius"])
        main = _down(apron, x, top, low + rng.uniform(-10, 45), radius, 0.0, rng)
        if len(main) > 8:
            start = main[len(main) // 3]
            vein = main + np.array([2.2 * radius + 0.4, 0.6, 0, 0.15 * radius])
            twig = _down(
                apron, start[0], start[2], low + rng.uniform(0, 60), 0.7 * radius, 14.0, rng
            )
            lines += [main, vein, twig]
    return lines


def _down(
    apron: _Apron,
    x: float,
    top: float,
    low: float,
    radius: float,
    aside_mm: float,
    rng: np.random.Generator,
) -> Points:
    """A wandering line (x, y, z, radius) down the apron, drifting aside."""
    count = max(2, int((top - low) / _STEP_MM))
    z: Values = top - _STEP_MM * np.arange(count, dtype=float)
    xs = x + 7 * np.cumsum(wander(count, 3, rng)) / 4 + np.linspace(0, aside_mm, count)
    share = np.clip(rng.uniform(0.15, 0.85) + 0.18 * wander(count, 5, rng), 0, 1)
    return np.column_stack([xs, apron.y(xs, z, share), z, np.linspace(radius, 0.5 * radius, count)])


def _appendages(course: Course, rows: dict[str, Any], rng: np.random.Generator) -> list[Points]:
    """A short twig beside the colon every few centimetres, from the descending colon on most of all."""
    lines = []
    for part, every in rows["appendage_every_mm"].items():
        beads = course.part(part)
        step = np.linalg.norm(np.diff(beads[:, :3], axis=0), axis=1).mean()
        for bead in beads[:: max(1, round(every / step))]:
            way = rng.normal(0, 1, 3) * (1, 0.7, 0.7)
            way /= np.linalg.norm(way)
            at = bead[:3] + way * (bead[3] + 0.5)
            reach = np.linspace(0, rng.uniform(8, 16), 5)[:, None]
            twig = at + way * reach + 0.12 * reach * rng.normal(0, 1, 3)
            lines.append(np.column_stack([twig, np.linspace(0.9, 0.5, 5)]))
    return lines
