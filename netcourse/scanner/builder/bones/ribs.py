"""The thoracic cage: twelve pairs of ribs on the surface of the cavity, their cartilages and the
sternum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones.forms import superellipse, sweep, unevenness
from netcourse.scanner.builder.bones.spine import Level, transverse_tip
from netcourse.scanner.builder.grid import FAR_MM, Field, Space
from netcourse.scanner.builder.shapes import Points, path

_ROUND = 81
_CLEAR_MM = 2.6
"""Fat and membrane between the cavity and a rib's inside."""


class Cage:
    """The cavity's surface as (x, y) by height and by how far round it lies from the back (0) to
    the front (1), left side.
    """

    def __init__(self, body: Body) -> None:
        rows = sorted(table("outlines")["cavity"], key=lambda row: float(row["z"]))
        self.heights = np.array([body.height(row["z"]) for row in rows])
        lines = []
        for row in rows:
            corners = body.place_xy(row["half"], row["z"])
            line = path(
                np.column_stack([corners, np.zeros(len(corners)), np.ones(len(corners))]), 1.0
            )
            length = np.concatenate(
                [[0], np.cumsum(np.linalg.norm(np.diff(line[:, :2], axis=0), axis=1))]
            )
            t = np.linspace(length[-1], 0, _ROUND)
            lines.append(np.stack([np.interp(t, length, line[:, k]) for k in (0, 1)], axis=1))
        self._at = PchipInterpolator(self.heights, np.array(lines), axis=0)

    def point(self, way: float, z: float, out_mm: float) -> tuple[Points, Points]:
        """Return a point (x, y, z) `out_mm` outside the cavity and the outward normal there."""
        ring = self.ring(z)
        k = way * (_ROUND - 1)
        t = np.arange(_ROUND)
        here = np.array([np.interp(k, t, ring[:, 0]), np.interp(k, t, ring[:, 1])])
        tangent = np.array([np.interp(k + 2, t, c) - np.interp(k - 2, t, c) for c in ring.T])
        normal = np.array([-tangent[1], tangent[0]])
        normal /= np.linalg.norm(normal) + 1e-9
        if normal @ here < 0 and way > 0.2:
            normal = -normal
        place = here + normal * out_mm
        return np.array([*place, z]), np.array([*normal, 0.0])

    def ring(self, z: float) -> Points:
        """Return the left half of the cavity's outline at a height, from back to front, (81, 2)."""
        return np.asarray(self._at(np.clip(z, self.heights[0], self.heights[-1])))

    def front(self, z: float) -> float:
        """Return y of the cavity's front in the midline."""
        return float(self.ring(z)[-1, 1])


@dataclass(frozen=True)
class Rib:
    """A rib of the left side: rows (x, y, z, half thickness, half height) from the head to the
    cartilage, and outward normals.
    """

    number: int
    rows: Points
    normals: Points

    def mirrored(self) -> Rib:
        """Return the rib of the right side."""
        return Rib(
            self.number,
            self.rows * (-1, 1, 1, 1, 1),
            self.normals * (-1, 1, 1),
        )


def rib(body: Body, cage: Cage, column: Mapping[str, Level], number: int, side: int) -> Rib:
    """Return a rib's course: head at the disc above its vertebra, neck along the transverse
    process, then round the cage.

    The course of either side is given on the left; see `Rib.mirrored`.
    """
    sizes = table("thorax")["ribs"]
    woman = 0.92 if body.woman else 1.0
    thick, high = (sizes[key][number - 1] * woman for key in ("half_thick", "half_high"))
    head, tubercle = _joints(column[f"T{number}"], number, side, thick)
    shaft, outwards = _round_cage(body, cage, number, tubercle, _CLEAR_MM + thick)
    shaft[:, 2] += _smooth(body.rng(f"rib {number} {side}", False).normal(0, 0.9, len(shaft)))
    places = np.vstack([head, 0.5 * (head + tubercle) + [0, 0.5, 0.5], tubercle, shaft])
    half = np.tile([thick, high], (len(places), 1))
    half[:3] = [[4.6, 5.6], [3.0, 4.8], [4.4, 5.4]]
    half[-1] *= 1.08
    if number > 10:
        half[:3] *= 0.85
        half[-1] *= 0.6
    across = (tubercle - head) * (1, 1, 0)
    behind = np.array([-across[1], across[0], 0.0]) / np.linalg.norm(across)
    if number == 1:  # lies flat
        outwards = outwards * 0.55 + np.array([0.0, 0.0, 0.9])
    normals = np.vstack([np.tile(behind, (3, 1)), outwards])
    line = path(np.hstack([places, half, normals]), 1.0)
    bent = gaussian_filter1d(line, 7.0, axis=0, mode="nearest")
    keep = np.clip(np.arange(len(line))[:, None] / 12, 0, 1)  # the head stays at its joint
    return Rib(number, *np.hsplit((line * (1 - keep) + bent * keep)[::4], [5]))


def _joints(level: Level, number: int, side: int, thick: float) -> tuple[Points, Points]:
    """The head and the tubercle of a rib, on the left."""
    up = level.half_height + 1.0 if number not in (1, 11, 12) else level.half_height - 7
    head = level.frame.world([side * (level.bone.width / 2 + 1.5), level.rear - 3.5, up])
    beyond = 3.5 if number < 5 else 4.0 if number < 11 else 5.5
    before = thick + (3.6 if number < 10 else 3.2)
    tip = np.array(transverse_tip(level, side))
    tubercle = level.frame.world(tip + np.array([side * beyond, -before, 1.5]))
    return head * (side, 1, 1), tubercle * (side, 1, 1)


def _round_cage(
    body: Body, cage: Cage, number: int, tubercle: Points, out_mm: float
) -> tuple[Points, Points]:
    """The rib's shaft on the cage's surface and its outward normals; it falls forwards and outwards
    to its end.
    """
    t = table("thorax")["ribs"]
    ways = np.linspace(0.8 * t["angle_round"][number - 1], t["end_round"][number - 1], 26)
    fall = tubercle[2] - body.height(t["end_z"][number - 1])
    drop = np.zeros(len(ways))
    for _ in range(
        3
    ):  # the height decides where the cage lies, the place how far the rib has fallen
        points = [
            cage.point(float(way), float(tubercle[2] - down), out_mm)
            for way, down in zip(ways, drop, strict=True)
        ]
        p = np.array([place for place, _ in points])
        far = tubercle[1] + 10 - p[:, 1] + t["sideways"] * np.clip(p[:, 0] - 30, 0, 75)
        far = np.maximum.accumulate(far - min(far[0], 0))
        drop = far / far[-1] * fall
    return p, np.array([normal for _, normal in points])


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.convolve(values, np.array([1, 2, 3, 2, 1]) / 9, "same")


def rib_field(space: Space, body: Body, course: Rib, side: int) -> list[Field]:
    """Return a rib's distance in four pieces from back to front."""
    course = course if side > 0 else course.mirrored()
    pieces = sweep(space, course.rows, course.normals, power=2.2, pieces=4)
    return [_uneven(one, body.seed(f"rib {course.number} {side}", False), 0.8) for one in pieces]


def _uneven(one: Field, seed: str, amount: float = 1.0) -> Field:
    return one if one.box.empty else one + amount * unevenness(seed, one.box)


def cartilage(space: Space, body: Body, cage: Cage, course: Rib, side: int) -> Field:
    """Return the cartilage that goes on from a rib (1–10) to the sternum or to the cartilage above."""
    t = table("thorax")["cartilage"]
    n = course.number - 1
    x, z = t["ends"][n]
    end = body.place([x, 0, z])
    start = course.rows[-1, :3]
    before = course.rows[-3, :3]
    way = (start - before) / np.linalg.norm(start - before)
    high = t["half_high"] * (0.92 if body.woman else 1.0)
    rows, normals = [start - 1.5 * way], [course.normals[-1]]
    for f in np.linspace(0.25, 1.0, 5):
        zz = start[2] + (end[2] - start[2]) * f - t["sag"][n] * np.sin(np.pi * f) * (1 - 0.4 * f)
        xx = start[0] + (end[0] - start[0]) * f
        p, normal = _front_point(cage, xx, zz, _CLEAR_MM + t["half_thick"])
        rows.append(p)
        normals.append(normal)
    line = np.hstack(
        [np.array(rows), np.full((len(rows), 1), t["half_thick"]), np.full((len(rows), 1), high)]
    )
    line[-1, 4] *= 0.85
    line[:, 0] *= side
    (one,) = sweep(space, line, np.array(normals) * (side, 1, 1), power=2.3)
    return _uneven(one, body.seed(f"cartilage {n} {side}", False))


def _front_point(cage: Cage, x: float, z: float, out_mm: float) -> tuple[Points, Points]:
    """The point of the cage's front at some x and z."""
    ring = cage.ring(z)[_ROUND // 2 :]
    way = np.interp(-x, -ring[:, 0], np.linspace(0.5, 1.0, len(ring)))
    return cage.point(float(way), z, out_mm)


def sternum(space: Space, body: Body) -> tuple[Field, Field]:
    """Return manubrium with body, and the xiphoid."""
    cage = Cage(body)
    t = table("thorax")["sternum"]
    size = 0.85 if body.woman else 1.0
    z = np.array([body.height(h) for h in t["z"]])[::-1]
    wide = PchipInterpolator(z, np.array(t["half_wide"])[::-1] * size)
    thick = PchipInterpolator(z, np.array(t["half_thick"])[::-1] * (0.9 if body.woman else 1.0))
    grid = np.linspace(z[0], z[-1], 30)
    middle = PchipInterpolator(
        grid, [cage.front(float(h)) - t["behind_mm"] - float(thick(h)) for h in grid]
    )
    low, high = z[0] - 6, z[-1] + 6
    box = space.between(
        (-42, float(middle(grid).min()) - 16, low), (42, float(middle(grid).max()) + 16, high)
    )
    if box.empty:
        return Field(box, box.full(FAR_MM)), Field(box, box.full(FAR_MM))
    h = np.clip(box.z, z[0], z[-1])
    notch = 1 - 0.07 * np.cos(2 * np.pi * (h - body.height(216)) / body.height(22)) * (
        h < body.height(236)
    )
    a = (wide(h) * notch).astype(np.float32)
    b = thick(h).astype(np.float32)
    bow = 0.0035 * box.x**2
    d = superellipse(box.x, box.y - middle(h).astype(np.float32) - bow, a, b, 2.5)
    d = d + unevenness(body.seed("sternum", False), box)
    ends = np.maximum(z[0] - box.z, box.z - z[-1])
    d = np.maximum(d, ends)
    top = body.height(t["z"][0])
    y0 = float(middle(top))
    cup = np.hypot(box.x, box.z - (top + t["notch_radius"] * 0.55)) - t["notch_radius"]
    d = np.maximum(d, -cup)
    for side in (1, -1):
        socket = (
            np.sqrt((box.x - side * 27 * size) ** 2 + (box.y - y0) ** 2 + (box.z - top - 6) ** 2)
            - 12
        )
        d = np.maximum(d, -socket)
    joint = np.abs(box.z - body.height(t["joint_z"])) - 1.2
    d = np.maximum(d, -joint)
    xiphoid = body.height(t["xiphoid_z"])
    return (
        Field(box, np.maximum(d, xiphoid + 0.8 - box.z).astype(np.float32)),
        Field(box, np.maximum(d, box.z - xiphoid + 0.8).astype(np.float32)),
    )
