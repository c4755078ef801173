"""The vertebrae C1 to L5: bodies, arches, processes and joints, each in its own tilted frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.body import Body, Vertebra, table
from netcourse.scanner.builder.bones.forms import Clay, Frame, superellipse
from netcourse.scanner.builder.bones.joints import Joint, joint, part, thicken
from netcourse.scanner.builder.grid import Float, Space
from netcourse.scanner.builder.shapes import Points

SIDES = (1, -1)


@dataclass(frozen=True)
class Level:
    """What the tables know of a vertebra, and its frame."""

    bone: Vertebra
    frame: Frame
    shear: float
    sizes: Mapping[str, float]
    jitter: NDArray[np.float64]

    @property
    def name(self) -> str:
        """C1 … L5."""
        return self.bone.name

    @property
    def region(self) -> str:
        """C, T or L."""
        return self.bone.name[0]

    @property
    def half_height(self) -> float:
        """Half the body's height, mm."""
        return self.bone.height / 2

    @property
    def rear(self) -> float:
        """How far the rear wall lies behind the body's centre, mm."""
        return self.bone.depth / 2

    @property
    def arch(self) -> float:
        """How far the canal's rear wall lies behind the body's centre, mm."""
        return self.rear + self.bone.canal[1]

    @cached_property
    def spine_tip(self) -> Points:
        """The tip of the spinous process in the bone's frame."""
        behind, below = self.bone.spine_tip
        return np.asarray(self.frame.axes @ np.array([0, behind, -below]))

    def wall(self, u: Float, v: Float, w: Float, out: float = 0.0) -> Float:
        """Return the distance from the body's side walls: waist, round front, hollow rear; `out` mm
        larger.
        """
        v = v - np.float32(self.shear) * w
        t = np.clip(np.abs(w) / self.half_height, 0, 1.15)
        waist = {"C": 0.05, "T": 0.10, "L": 0.115}[self.region]
        size = 1 - waist * (1 - t * t)
        middle = {"C": 0.10, "T": 0.20, "L": 0.10}[self.region] * self.bone.depth
        front, behind = self.rear + middle, self.rear - middle
        power = {"C": (2.6, 3.6), "T": (2.05, 3.4), "L": (2.02, 2.7)}[self.region]
        half = self.bone.width / 2 * size + out
        fore = superellipse(u, np.minimum(v - middle, 0), half, front * size + out, power[0])
        aft = superellipse(
            u, np.maximum(v - middle, 0), half, behind * (0.3 + 0.7 * size) + out, power[1]
        )
        hollow = {"C": 0.6, "T": 2.6, "L": 1.2}[self.region] * (1.15 - 0.55 * t)
        rear = v - (
            self.rear + out - hollow * np.clip(1 - (u / (0.36 * self.bone.width)) ** 2, 0, 1)
        )
        return np.asarray(np.maximum(np.where(v < middle, fore, aft), rear), np.float32)

    def ends(self, u: Float, v: Float, w: Float) -> Float:
        """Return the distance from the endplates, negative between them: hollow in the middle,
        wedged.
        """
        lean = self.sizes["wedge"] / self.bone.depth / 2
        hollow = self.sizes["plate"] * np.exp(
            -((u / (0.30 * self.bone.width)) ** 2) - ((v - 2) / (0.33 * self.bone.depth)) ** 2
        )
        return np.asarray(np.abs(w) + lean * v - self.half_height + hollow, np.float32)


def levels(body: Body) -> dict[str, Level]:
    """Return the vertebrae C1–L5 of a body; their tilt is half the table's, half the curve's
    through their centres.
    """
    column = [v for v in body.column.values() if v.name[0] in "CTL" and len(v.name) <= 3]
    sizes = table("spine")["levels"]
    everyone = sorted((v.z, v.y) for v in body.column.values() if v.name[0] in "CTLS")
    z, y = np.array(everyone).T
    slope = PchipInterpolator(z, y).derivative()
    rng = body.rng("spine", False)
    made = {}
    for bone in column:
        along = -np.rad2deg(np.arctan(float(slope(bone.z))))
        along = float(np.clip(along, bone.tilt - 12, bone.tilt + 12))
        tilt = (bone.tilt + along) / 2
        sway = -1.6 * np.exp(-(((bone.z - 170) / 90) ** 2)) + rng.normal(0, 0.3)
        own = (
            {
                key: float(row[sizes["names"].index(bone.name)])
                for key, row in sizes.items()
                if key != "names"
            }
            if bone.name in sizes["names"]
            else {}
        )
        if bone.name[0] == "C":
            bone = _shorter(bone, 0.9)
        made[bone.name] = Level(
            bone,
            Frame.tilted(sway, bone.y, bone.z, tilt),
            float(np.tan(np.deg2rad(tilt - along))),
            own,
            rng.normal(0, 1, 24),
        )
    return made


def _shorter(bone: Vertebra, factor: float) -> Vertebra:
    from dataclasses import replace

    return replace(bone, height=bone.height * factor)


def upper_joints(level: Level, side: int) -> Joint:
    """Return the joint on a vertebra's upper articular process."""
    s, j = level.sizes, level.jitter
    back = {
        "C": level.rear + 4.5,
        "T": level.arch - 0.5,
        "L": level.rear + 0.90 * level.bone.canal[1],
    }[level.region]
    if level.name in ("T1", "C7"):
        back = level.rear + 8
    centre = np.array([side * s["joint_apart"] / 2, back, level.half_height + 1.5])
    centre += 0.5 * j[:3] if side > 0 else 0.5 * j[3:6]
    half = (
        {"C": 4.6, "T": 3.5, "L": 7.0}[level.region],
        s["facet_half_width"],
        s["facet_half_height"],
    )
    lumbar = level.region == "L"
    return joint(
        level.frame,
        centre,
        side,
        s["joint_angle"] + 2.0 * j[6 if side > 0 else 7],
        s["joint_lean"],
        half,
        0.030 if lumbar else 0.004,
    )


def vertebra(
    space: Space, body: Body, level: Level, above: dict[int, Joint], below: dict[int, Joint]
) -> Clay:
    """Return a vertebra C3–L5 with its joints: those on its upper processes, and those of the bone
    below.
    """
    tip = level.spine_tip
    half = level.bone.transverse / 2 + 8
    clay = Clay.between(
        space,
        level.frame,
        (-half, -level.rear - 10, min(tip[2] - 16, -level.half_height - 30)),
        (half, tip[1] + 10, level.half_height + 20),
    )
    if clay.empty:
        return clay
    _body(clay, level)
    for side in SIDES:
        _pedicle(clay, level, side)
        {"C": _cervical_transverse, "T": _thoracic_transverse, "L": _lumbar_transverse}[
            level.region
        ](clay, level, side)
        _lamina(clay, level, side, below[side])
        _articular(clay, level, side, above[side], below[side])
    _spinous(clay, level)
    for side in SIDES:
        part(clay, above[side], lower=True)
        part(clay, below[side], lower=False)
    clay.rough(body.seed(level.name, False))
    return clay


def _body(clay: Clay, level: Level) -> None:
    wall = level.wall(clay.u, clay.v, clay.w)
    ends = level.ends(clay.u, clay.v, clay.w)
    rim = 1.6
    a, b = np.maximum(wall + rim, 0), np.maximum(ends + rim, 0)
    clay.values = np.where((a > 0) & (b > 0), np.hypot(a, b) - rim, np.maximum(wall, ends)).astype(
        np.float32
    )
    if level.region == "C":
        for side in SIDES:
            clay.blob(
                (side * (level.bone.width / 2 - 1.5), 1.0, level.half_height + 0.5),
                (2.2, level.rear * 0.75, 4.2),
                soft_mm=2,
            )


def _pedicle(clay: Clay, level: Level, side: int) -> None:
    wide, high = level.sizes["pedicle_width"] / 2, level.sizes["pedicle_height"] / 2
    outside = level.bone.canal[0] / 2 + wide
    up = level.half_height - high - (0.5 if level.region != "C" else 1.5)
    if level.region == "C":
        clay.cone(
            (side * (level.bone.width / 2 - 2), level.rear - 4, 1),
            (side * (level.sizes["joint_apart"] / 2 - 3), level.rear + 3, 1),
            wide,
            wide,
            (1, 1, wide / high),
        )
        return
    start = min(outside, level.bone.width / 2 - wide * 0.8)
    clay.cone(
        (side * start, level.rear - 8, up),
        (side * outside, level.rear + 0.45 * level.bone.canal[1], up),
        wide,
        wide,
        (1, 1, wide / high),
        soft_mm=3.0,
    )


def _lumbar_transverse(clay: Clay, level: Level, side: int) -> None:
    j = level.jitter[8:11] * side
    root = level.bone.canal[0] / 2 + 0.8 * level.sizes["pedicle_width"]
    end = level.bone.transverse / 2 - 2
    n = int(level.name[1])
    back, rise = level.rear + 7, (1.0, 1.0, 1.5, 4.0, 2.0)[n - 1]
    up = level.half_height - (10.0 if n < 5 else 12.0)
    rear_end = level.rear + (17, 16, 14, 11, 8)[n - 1]
    middle = (side * (root + 0.5 * (end - root)), 0.45 * back + 0.55 * rear_end, up + 0.4 * rise)
    tip = (side * (end + j[0]), rear_end + j[1], up + rise + j[2])
    stout = (3.4, 3.4, 3.4, 3.3, 6.3)[n - 1]
    flat = (1.0, 1.0, 0.62 if n < 5 else 0.85)
    start = (side * root, back, up)
    clay.cone(start, middle, stout * 1.15, stout * 0.85, flat, soft_mm=4)
    clay.cone(middle, tip, stout * 0.85, stout * (0.72 if n < 5 else 0.55), flat, soft_mm=3)


def _thoracic_transverse(clay: Clay, level: Level, side: int) -> None:
    root = level.bone.canal[0] / 2 + level.sizes["pedicle_width"] * 0.7
    n = int(level.name[1:])
    thick = 3.4 if n < 10 else 3.0
    end = transverse_tip(level, side)
    start = (side * root, level.rear + 0.75 * level.bone.canal[1], level.half_height - 7)
    clay.cone(start, end, thick, thick, (1, 1, 0.8), soft_mm=3.5)
    knob = 4.6 if n < 10 else 3.6
    clay.blob((end[0], end[1], end[2]), (knob, knob * 0.9, knob * 1.25), soft_mm=3)


def transverse_tip(level: Level, side: int) -> tuple[float, float, float]:
    """Return the middle of the knob that ends a thoracic transverse process, in the vertebra's
    frame.
    """
    n = int(level.name[1:])
    j = level.jitter[8:11] * side
    back = (13, 16, 18, 19, 20, 21, 21, 21, 21, 20, 17, 15)[n - 1]
    return (
        side * (level.bone.transverse / 2 - 4.5 + 0.4 * j[0]),
        level.rear + back + 0.6 * j[1],
        level.half_height - 6 + 0.5 * j[2],
    )


def _cervical_transverse(clay: Clay, level: Level, side: int) -> None:
    half = level.bone.transverse / 2
    body = level.bone.width / 2
    tip = (side * (half - 3), -1.0, -2.5)
    clay.cone((side * (body - 2), -2, 0), tip, 3.4, 2.8, (1, 1, 1.1))
    clay.cone(
        (side * (level.sizes["joint_apart"] / 2 - 2), level.rear + 1, -1),
        (side * (half - 2), 4.0, -3.5),
        3.2,
        2.8,
    )
    clay.cone(tip, (side * (half - 2), 4.0, -3.5), 2.6, 2.6, (1, 1, 1.2))
    x = side * (body + 4.6)
    hole = np.hypot(clay.u - x, clay.v - 2.2) - 2.9
    clay.cut(np.asarray(np.maximum(hole, np.abs(clay.w) - 12), np.float32) + 0 * clay.values)


def _lamina(clay: Clay, level: Level, side: int, below: Joint) -> None:
    arch, canal = level.arch, level.bone.canal[0] / 2
    if level.region == "C":
        pillar = (side * (level.sizes["joint_apart"] / 2 - 3), level.rear + 7, -1.0)
        clay.cone(pillar, (side * 2.0, arch + 2.0, -3.5), 2.2, 2.2, (1, 1, 0.4), soft_mm=3)
        return
    start = np.array([side * (canal + 2.0), level.rear + 0.72 * level.bone.canal[1], 0.5])
    if level.region == "L":
        clay.cone((*start,), (side * 2.0, arch + 3.3, -7.0), 3.3, 3.3, (1, 1, 0.39), soft_mm=3)
        return
    # a shingle: its lower edge ends at the joints and covers the next lamina
    seen = below.seen(clay.frame)
    low = seen.centre - 3.2 * seen.axes[0]
    for f in (0.0, 0.5, 1.0):
        outside = start + f * (low - start)
        inside = np.array([side * 1.0, arch + 2.6 + 1.8 * f, -2.0 + f * (low[2] + 3.0)])
        clay.cone((*outside,), (*inside,), 2.7, 2.9, (1, 1, 0.6), soft_mm=3.5)


def _articular(clay: Clay, level: Level, side: int, above: Joint, below: Joint) -> None:
    up, low = above.seen(clay.frame), below.seen(clay.frame)
    n_up, n_low = up.axes[0], low.axes[0]
    canal, wide = level.bone.canal[0] / 2, level.sizes["pedicle_width"] / 2
    if level.region == "C":
        pillar = 5.6
        top, bottom = up.centre + 4.5 * n_up, low.centre - 4.5 * n_low
        clay.cone((*top,), (*bottom,), pillar, pillar, (1, 1.05, 1))
    else:
        pars = np.array([side * (canal + wide + 0.3), level.rear + 0.62 * level.bone.canal[1], 1.5])
        thin = 3.4 if level.region == "T" else 4.6
        deep = 2.4 if level.region == "T" else 3.3
        clay.cone((*pars,), (*(up.centre + deep * n_up),), thin, thin * 0.85, soft_mm=3)
        clay.cone((*pars,), (*(low.centre - deep * n_low),), thin, thin * 0.9, soft_mm=3)
    for a in (up, low):
        clay.blob((*a.centre,), a.half, a.axes, soft_mm=2)


def strength(
    clay: Clay, level: Level, trunk: Float, joints: Iterable[Joint]
) -> tuple[Float, Float]:
    """Return the cortex's width (mm) and the density of trabeculae in a vertebra's box.

    Thin on the body's walls, thicker on its endplates and on the arch, thickest under the facets;
    the trabeculae
    are denser beside the endplates.
    """
    ends = level.ends(clay.u, clay.v, clay.w)
    inside = trunk < 1.5
    arch = 1.4 if level.region == "L" else 1.1
    cortex = np.where(inside, 0.6 + 0.4 * (np.abs(ends) < 1.6), arch).astype(np.float32)
    dense = np.where(inside, 0.10 * np.exp(-((ends / 3.5) ** 2)), 0.10).astype(np.float32)
    thicken(clay, cortex, joints)
    return cortex, dense


def basivertebral(clay: Clay, level: Level) -> Float:
    """Return the share (0–1) of the veins that meet in the middle of the body's rear wall."""
    vein = Clay(clay.space, clay.frame, clay.box)
    size, j = level.bone.width / 48, level.jitter[14:20]
    fork = (0.6 * j[0], level.rear - 13 * size, 0.6 * j[1])
    vein.cone((0, level.rear + 1.5, 0), fork, 2.5 * size, 1.5 * size, (0.75, 1, 1.3), soft_mm=1)
    for side in SIDES:
        end = (side * (12 + j[2]) * size, (-3 + 2 * j[3 + (side > 0)]) * size, j[5])
        vein.cone(fork, end, 1.3 * size, 0.8 * size, soft_mm=1)
    return np.asarray(np.clip(0.6 - vein.values / 1.5, 0, 0.75), np.float32)


def _spinous(clay: Clay, level: Level) -> None:
    tip, j = level.spine_tip, level.jitter[12:14]
    root = (0.0, level.arch + 2.5, -5.0 if level.region == "L" else -3.0)
    n = int(level.name[1:])
    if level.region == "L":
        middle = (0.5 * j[0], 0.5 * (root[1] + tip[1]), 0.5 * (root[2] + tip[2]) - 1.0)
        end = (0.8 * j[0], tip[1] - 4, tip[2])
        clay.cone(root, middle, 3.4, 2.8, (1, 1, 0.34), soft_mm=4)
        clay.cone(middle, end, 2.8, 4.2, (1, 1, 0.42), soft_mm=3)
    elif level.region == "T" or n == 7:
        end = (1.2 * j[0], tip[1] - 4, tip[2] + 2)
        clay.cone(root, end, 3.6, 2.8, (1.15, 1, 0.62), soft_mm=4)
        clay.blob(end, (3.4, 4.5, 5.0), soft_mm=4)
    else:
        end = (0.6 * j[0], tip[1] - 6, tip[2] + 2)
        clay.cone(root, end, 3.0, 2.6, (1.1, 1, 0.7), soft_mm=4)
        for side in SIDES:
            clay.cone(end, (side * 4.0 + 0.6 * j[1], tip[1] - 1.5, tip[2] - 1), 2.4, 2.6, soft_mm=2)
