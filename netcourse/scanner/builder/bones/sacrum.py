"""Sacrum and coccyx, drawn along their own curve in the midline plane, and the surface of the
sacroiliac joint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones.forms import Clay, Frame, superellipse
from netcourse.scanner.builder.bones.joints import Joint, joint, part, thicken
from netcourse.scanner.builder.bones.spine import SIDES
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, path

SACROILIAC_GAP_MM = 2.4


@dataclass(frozen=True)
class Curve:
    """The sacrum's curve through the middles of its bodies, (y, z) every millimetre, and its drawn
    rows by arc length.
    """

    points: Points
    arc: NDArray[np.float64]

    def along(self, box: Box) -> tuple[Float, Float]:
        """Return, in a box, the arc length of the nearest point and the distance behind the curve,
        (z, y, 1).
        """
        yz = np.stack(
            np.broadcast_arrays(box.y[0, :, 0][None, :], box.z[:, 0, 0][:, None]), -1
        ).astype(float)
        _, k = cKDTree(self.points).query(yz.reshape(-1, 2))
        way = np.gradient(self.points, axis=0)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        away = yz.reshape(-1, 2) - self.points[k]
        behind = away[:, 1] * way[k, 0] - away[:, 0] * way[k, 1]
        beyond = (away * way[k]).sum(1) * ((k == 0) | (k == len(self.points) - 1))
        shape = (*yz.shape[:2], 1)
        return (
            (k + beyond).reshape(shape).astype(np.float32),
            behind.reshape(shape).astype(np.float32),
        )

    def value(self, arc: Float, row: str) -> Float:
        """Return one of the drawn rows at some arc lengths."""
        return np.asarray(np.interp(arc, self.arc, table("pelvis")["sacrum"][row]), np.float32)


def curve(body: Body) -> Curve:
    """Return the curve of a body's sacrum and coccyx."""
    nodes = body.place([[0, y, z] for y, z in table("pelvis")["sacrum"]["curve"]])
    line = path(np.hstack([nodes, np.ones((len(nodes), 1))]), 1.0)[:, 1:3]
    arc = np.array([float(np.argmin(((line - n[1:]) ** 2).sum(1))) for n in nodes])
    return Curve(line, arc)


def sacroiliac(body: Body, box: Box) -> Float:
    """Return how far the left (|x|) voxels of a box lie outside the sacroiliac joint's middle
    surface, mm.
    """
    rows = table("pelvis")["sacroiliac"]
    ends = body.place([[x, y, z] for x, y, z in rows["front"]])
    order = np.argsort(ends[:, 2])
    at = PchipInterpolator(ends[order, 2], ends[order, :2], axis=0)
    z = np.clip(box.z[:, 0, 0], ends[:, 2].min(), ends[:, 2].max())
    x0, y0 = at(z).T.astype(np.float32)
    slope = np.float32(rows["inwards_per_back"])
    wave = 1.1 * noise(body.seed("sacroiliac", False), box, 14)
    inwards = slope * (box.y - y0[:, None, None])
    return np.asarray((np.abs(box.x) - x0[:, None, None] + inwards + wave) / np.hypot(1, slope))


def sacral_joints(body: Body) -> dict[int, Joint]:
    """Return the joints between L5 and the sacrum."""
    row = table("spine")["sacral_joint"]
    frame = sacral_frame(body)
    depth = 17.5 * (0.93 if body.woman else 1.0)
    jitter = body.rng("sacral joints", False).normal(0, 0.6, (2, 3))
    return {
        side: joint(
            frame,
            np.array([side * row["apart"] / 2 * (0.94 if body.woman else 1.0), depth + 13.0, 15.5])
            + jitter[k],
            side,
            row["angle"] + 2 * jitter[k, 0],
            row["lean"],
            (6.8, row["half_width"], row["half_height"]),
            0.026,
        )
        for k, side in enumerate(SIDES)
    }


def sacral_frame(body: Body) -> Frame:
    """Return the frame of the first sacral vertebra."""
    _, y, z = body.place([0, *table("pelvis")["sacrum"]["curve"][1]])
    return Frame.tilted(0.0, float(y), float(z), table("column")["S1"]["tilt"])


def top_of_sacrum(body: Body) -> tuple[Frame, float, tuple[float, float]]:
    """Return the first sacral vertebra's frame, how high it rises above its middle and its half-
    axes.
    """
    points = body.place([[0, *p] for p in table("pelvis")["sacrum"]["curve"][:2]])
    size = table("column")["woman"]["width"] if body.woman else 1.0
    return (
        sacral_frame(body),
        float(np.linalg.norm(points[1] - points[0])),
        (26.0 * size, 17.5 * size),
    )


@dataclass(frozen=True)
class Sacrum:
    """The sacrum with the coccyx, and what lies in it: canal and foramina, roots, the dural sac's
    end, rests of discs.

    `cortex_mm` is the width of the bone's cortex in its box.
    """

    bone: Field
    cortex_mm: Float
    hollow: Field
    nerves: Field
    sac: Field
    discs: Field


def sacrum(space: Space, body: Body, joints: dict[int, Joint]) -> Sacrum:
    """Return the sacrum, cut clear of the hip bones."""
    frame, line = sacral_frame(body), curve(body)
    clay = Clay.between(space, frame, (-72, -30, -125), (72, 60, 32))
    if clay.empty:
        return Sacrum(clay.field(), clay.values, *[clay.field()] * 4)
    arc, behind = line.along(clay.box)
    x = np.abs(clay.box.x)
    seed = body.seed("sacrum", False)
    wide, thick, wing = (line.value(arc, row) for row in ("half_body", "half_thick", "half_wing"))
    top, end = line.arc[0], line.arc[-1]
    dent = 2.0 * np.exp(-((x / 13) ** 2) - (behind / 10) ** 2)
    ends = np.maximum(top - arc + dent, arc - end)
    body_ = np.maximum(superellipse(x + 0 * arc, behind + 0 * x, wide, thick, 2.4), ends)
    clay.values = smooth_min(
        np.asarray(body_, np.float32),
        _wings(clay.box, line, arc, behind, x, wide, thick, wing),
        6.0,
    )
    clay.add(_roof(line, arc, behind, x, thick, seed, clay.box), 3.0)
    for side in SIDES:
        seen = joints[side].seen(frame)
        root = seen.centre + 4.0 * seen.axes[0]
        clay.cone((*(root - [0, 2, 14]),), (*root,), 6.5, 5.4, soft_mm=4)
        clay.blob((*seen.centre,), seen.half, seen.axes, soft_mm=2)
    foramina, nerves = _foramina(line, arc, behind, x)
    near = np.maximum(behind - thick - 15, -behind - thick - 4)
    foramina, nerves = np.maximum(foramina, near), np.maximum(nerves, near - 4)
    hollow: Float = np.minimum(foramina, _canal(line, arc, behind, x, thick)).astype(np.float32)
    clay.cut(hollow)
    sac = _canal(line, arc, behind - 1.0, x, thick, 0.68)
    sac = np.maximum(sac + np.maximum(arc - line.arc[1], 0) * 0.08, arc - line.arc[2])
    sac = np.maximum(sac, line.arc[1] - 8 - arc)
    for side in SIDES:
        part(clay, joints[side], lower=True)
    gap = SACROILIAC_GAP_MM / 2 + 0.10 * np.maximum(behind - 18, 0) * (arc < line.arc[3])
    np.maximum(
        clay.values, np.asarray(sacroiliac(body, clay.box) + gap, np.float32), out=clay.values
    )
    rests = clay.box.full(FAR_MM)
    for k, deep in ((1, 0.9), (2, 0.55)):
        rest = np.abs(arc - (line.arc[k] + line.arc[k + 1]) / 2 - 0.02 * behind * behind) - deep
        within = superellipse(x + 0 * arc, behind + 0 * x, wide * 0.62, thick * 0.72, 2.2)
        np.minimum(rests, np.maximum(rest, within), out=rests)
    clay.cut(rests)
    clay.rough(seed)
    cortex = clay.box.full(0.9)
    thicken(clay, cortex, joints.values())
    parts = (hollow, nerves, sac, rests - 0.8)
    return Sacrum(clay.field(), cortex, *(Field(clay.box, p.astype(np.float32)) for p in parts))


def _wings(
    box: Box,
    line: Curve,
    arc: Float,
    behind: Float,
    x: Float,
    wide: Float,
    thick: Float,
    wing: Float,
) -> Float:
    """The lateral masses: a rounded slab that sweeps back, with a top that slopes down outwards."""
    out = np.clip(x - 20, 0, 45)
    middle = line.value(arc, "wing_back") + line.value(arc, "wing_sweep") * out
    half = line.value(arc, "wing_thick")
    a, b = x - wing + 5, np.abs(behind - middle) - half + 5
    slab = np.hypot(np.maximum(a, 0), np.maximum(b, 0)) - 5 + np.minimum(np.maximum(a, b), 0)
    top = line.arc[0] + 3 + 0.22 * np.clip(x - 26, 0, 45) - arc
    return np.asarray(np.maximum(slab, np.maximum(top, arc - line.arc[5] - 4)), np.float32)


def _roof(
    line: Curve, arc: Float, behind: Float, x: Float, thick: Float, seed: str, box: Box
) -> Float:
    """The fused laminae, a gable behind the canal that leans on the lateral masses, and the median
    crest with its bumps.
    """
    half, pitch = line.value(arc, "roof_thick"), line.value(arc, "roof_pitch")
    ridge = thick + line.value(arc, "canal_depth") + half
    lean = np.sqrt(1 + pitch * pitch)
    gable = (np.abs(behind - ridge + pitch * x) / lean) - half
    plate = np.maximum(gable, x - line.value(arc, "roof_wide"))
    bumps = 0.55 + 0.5 * np.cos(2 * np.pi * (arc - line.arc[1] - 4) / 25)
    high = line.value(arc, "crest") * np.clip(bumps, 0.15, 1)
    crest = np.maximum(x - 2.4, np.abs(behind - ridge - high / 2) - high / 2 - 1)
    solid = smooth_min(plate + 0 * box.z, crest + 0 * box.z, 3.0) + 0.5 * noise(seed, box, 9)
    closed = np.maximum(line.arc[0] + 9 - 0.35 * x - arc, arc - line.arc[4] - 4)
    return np.asarray(np.maximum(solid, closed), np.float32)


def _canal(
    line: Curve, arc: Float, behind: Float, x: Float, thick: Float, size: float = 1.0
) -> Float:
    """The sacral canal: wide in front, narrow behind under the gable; open from S4 down."""
    deep, wide = (line.value(arc, row) / 2 + 0.1 for row in ("canal_depth", "canal_wide"))
    off = behind - thick - deep
    deep, wide = deep * np.float32(size), wide * np.float32(size)
    narrow = 1 - (0.25 + 0.5 * line.value(arc, "roof_pitch")) * np.clip(off / deep, -1, 1)
    d = superellipse(x / narrow, np.asarray(off + 0 * x), wide, deep, 2.2)
    return np.asarray(np.maximum(d, arc - line.arc[4] - 6), np.float32)


def _foramina(line: Curve, arc: Float, behind: Float, x: Float) -> tuple[Float, Float]:
    """Four pairs of openings from front to back, wider in front, and the roots that leave through
    them.
    """
    rows = table("pelvis")["sacrum"]
    shape = np.broadcast_shapes(arc.shape, x.shape)
    hollow, nerves = np.full(shape, FAR_MM, np.float32), np.full(shape, FAR_MM, np.float32)
    for k, (out, wide) in enumerate(zip(rows["foramen_out"], rows["foramen_wide"], strict=True)):
        middle = (line.arc[k + 1] + line.arc[k + 2]) / 2
        radius = wide / 2 * np.interp(behind, [-10, 4, 14, 26], [1.15, 1.0, 0.8, 0.62])
        away = np.hypot(x - out - 0.15 * behind, (arc - middle) * 0.9)
        np.minimum(hollow, (away - radius).astype(np.float32), out=hollow)
        root = np.maximum(away - 0.20 * wide, behind - 14)
        np.minimum(nerves, root.astype(np.float32), out=nerves)
    return hollow, nerves
