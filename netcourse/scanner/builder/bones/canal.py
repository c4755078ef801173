"""Discs between the vertebrae, and what lies in the spinal canal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.bones.forms import Clay, Frame, superellipse
from netcourse.scanner.builder.bones.sacrum import top_of_sacrum
from netcourse.scanner.builder.bones.spine import SIDES, Level
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Mask, Space
from netcourse.scanner.builder.noise import noise

CONUS_Z = 2.0
"""Where the cord ends: the disc between L1 and L2 (reference anatomy 1.1)."""


def disc(
    space: Space, body: Body, upper: Level, lower: Frame, top: float, half: tuple[float, float]
) -> Field:
    """Return the disc below a vertebra: a barrel between it and the bone below, a little wider than
    they are.

    It overlaps both bones; carve it before them. `top` is how high the bone below rises above its
    middle, `half`
    are its half-axes (width, depth).
    """
    above, below = upper.frame.world([0, 0, -upper.half_height]), lower.world([0, 0, top])
    up = upper.frame.axes[2] + lower.axes[2]
    x, y, z = (above + below) / 2
    frame = Frame.tilted(x, y, z, float(np.rad2deg(np.arctan2(-up[1], up[2]))))
    gap = float(np.linalg.norm(above - below))
    wide, deep = upper.bone.width / 2 + half[0], upper.bone.depth / 2 + half[1]
    reach = gap / 2 + 5
    clay = Clay.between(
        space,
        frame,
        (-wide / 2 - 8, -deep / 2 - 8, -reach - 3),
        (wide / 2 + 8, deep / 2 + 8, reach + 3),
    )
    if clay.empty:
        return clay.field()
    bulge = 0.2 + 0.8 * np.exp(-((2 * clay.w / gap) ** 2))
    half_wide, fore, aft = wide / 2 + bulge, deep / 2 + 2.5 + bulge, deep / 2 - 2.5 + 0.5 * bulge
    wall = np.where(
        clay.v < 2.5,
        superellipse(clay.u, np.minimum(clay.v - 2.5, 0), half_wide, fore, 2.05),
        superellipse(clay.u, np.maximum(clay.v - 2.5, 0), half_wide, aft, 2.8),
    )
    ends = np.abs(clay.w) - gap / 2 - 0.3 - 4.0 * np.clip(-wall / 7, 0, 1)
    clay.values = np.maximum(wall, ends).astype(np.float32)
    clay.rough(body.seed("disc " + upper.name, False), 0.7)
    return clay.field()


def roots(space: Space, level: Level) -> list[tuple[Field, Field]]:
    """Return the fat of a vertebra's lower foramina and the nerves with their ganglia in it."""
    found = []
    size = {"C": 0.7, "T": 0.75, "L": 1.0}[level.region]
    high = level.sizes["pedicle_height"]
    down = level.half_height - high - 6.5 * size
    x, back = level.bone.canal[0] / 2, level.rear + 4.5
    for side in SIDES:
        clay = Clay.between(space, level.frame, (-x - 34, -10, -42), (x + 34, level.arch + 12, 22))
        if clay.empty:
            continue
        clay.blob((side * (x + 4), back + 1, down), (9 * size, 8 * size, 9.5 * size))
        fat = clay.field()
        clay.values = clay.box.full(FAR_MM)
        ganglion = np.array([side * (x + 4.5 * size), back + 0.5, down + 2.5 * size])
        clay.cone((side * (x - 3), back + 3, down + 7 * size), (*ganglion,), 1.3 * size, 2.4 * size)
        way = (
            np.array([side * 11, -4.0, -13])
            if level.region == "L"
            else np.array([side * 12, 3.0, -3])
        )
        middle, end = ganglion + 0.4 * size * way, ganglion + 1.6 * size * way
        clay.cone((*ganglion,), (*middle,), 2.9 * size, 2.3 * size)
        clay.cone((*middle,), (*end,), 2.0 * size, 1.7 * size)
        found.append((fat, clay.field()))
    return found


class Canal:
    """The spinal canal from C1 to L5: its middle and half-axes at each height."""

    def __init__(self, body: Body, column: Mapping[str, Level]) -> None:
        frame, _, (_, depth) = top_of_sacrum(body)
        _, y, z = frame.world([0, depth - 2.5, 0])
        rows = [(float(z), 0.0, float(y) + 8, 14.0, 6.5)]
        for level in column.values():
            wide, deep = level.bone.canal
            if level.name == "C1":  # the dens takes the front third of its ring
                deep *= 0.62
            middle = level.frame.world([0, level.rear + level.bone.canal[1] - deep / 2 - 0.3, 0])
            rows.append((float(middle[2]), float(middle[0]), float(middle[1]), wide / 2, deep / 2))
        rows.sort()
        values = np.array(rows)
        self.low, self.high = values[0, 0], values[-1, 0]
        self._at = PchipInterpolator(values[:, 0], values[:, 1:], axis=0)

    def at(self, box: Box) -> tuple[Float, Float, Float, Float]:
        """Return, in a box, x and y from the canal's middle, and its half width and depth."""
        x, y, wide, deep = self._at(np.clip(box.z[:, 0, 0], self.low, self.high)).T.astype(
            np.float32
        )
        return (
            box.x - x[:, None, None],
            box.y - y[:, None, None],
            wide[:, None, None],
            deep[:, None, None],
        )

    def field(self, box: Box) -> Float:
        """Return the distance from the canal's walls in a box: round in the chest, three-cornered
        in neck and loin.
        """
        x, y, wide, deep = self.at(box)
        corner = np.clip(np.abs(box.z - 150) / 150, 0, 1)
        narrow = 1 - 0.42 * corner * np.clip(y / deep, -0.4, 1)
        d = superellipse(x / narrow, y + 0 * x, wide, deep, 2.15)
        ends = np.maximum(box.z - self.high - 8, self.low - 6 - box.z)
        return np.asarray(np.maximum(d, ends), np.float32)


def carve_canal(space: Space, body: Body, canal: Canal, box: Box, bone: Float, hard: Float) -> None:
    """Fill a slab's canal with fat, sac, cord and roots; the sac keeps 1.2 mm off bone and disc
    (`hard`).
    """
    x, y, wide, deep = canal.at(box)
    field = canal.field(box)
    free = (field < 0) & (bone > 0)
    space.carve((box, free), "muscle_fat")
    hollow = (field < 3.0) & (bone > 0) & (y < 0.3 * deep)  # behind the bodies' hollow rear walls
    space.carve((box, hollow), "muscle_fat", ("muscle", "muscle_across"))
    ligament = np.clip(1.0 - np.abs(field + 0.6) / 1.3, 0, 1) * (y > 0.25 * deep) * (bone > -0.3)
    space.cover((box, ligament.astype(np.float32)), "ligament", ("muscle_fat", "muscle"))
    height = body.height
    low_end = height(-178)
    size = np.interp(
        box.z,
        [low_end, height(-140), height(-90), height(30), height(330), height(430)],
        [0.38, 0.66, 0.84, 0.90, 0.84, 0.84],
    ).astype(np.float32)
    fat_behind = np.interp(
        box.z,
        [height(-140), height(-60), height(20), height(100), height(330)],
        [2.5, 2.6, 1.6, 0.8, 0.4],
    ).astype(np.float32)
    sac = superellipse(
        x, y + fat_behind, wide * (0.15 + 0.88 * size), deep * size, 2.1
    ) + 0.3 * noise(body.seed("sac", False), box, 9)
    sac = np.maximum(sac, low_end - box.z)
    inside = (sac < 0) & (field < -1.2) & (hard > 1.2)
    space.carve((box, inside), "csf")
    _cord(space, body, box, x, y + fat_behind, inside)


def _cord(space: Space, body: Body, box: Box, x: Float, y: Float, inside: Mask) -> None:
    """The cord down to its cone, then the roots of the cauda equina lying behind in the sac."""
    height = body.height
    z = [
        height(CONUS_Z - 4),
        height(20),
        height(55),
        height(150),
        height(300),
        height(355),
        height(440),
    ]
    wide = np.interp(box.z, z, [0.3, 3.6, 4.8, 4.3, 4.8, 6.4, 5.6]).astype(np.float32)
    deep = np.interp(box.z, z, [0.3, 3.2, 4.2, 3.7, 4.0, 4.4, 4.4]).astype(np.float32)
    cord = superellipse(x, y + 0 * x, wide, deep, 2.0)
    cord = np.where(box.z < z[0], FAR_MM, cord)
    space.carve((box, (cord < 0) & inside), "cord")
    grain = noise(body.seed("cauda", False), box, (30, 2.2, 2.2))
    share = np.clip(0.40 + 0.35 * grain + 0.06 * y, 0, 1) * np.clip((height(18) - box.z) / 20, 0, 1)
    space.cover((box, np.asarray(share * inside, np.float32)), "nerve", ("csf",))
