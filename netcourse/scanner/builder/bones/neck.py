"""Atlas and axis."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.bones.forms import Clay
from netcourse.scanner.builder.bones.joints import Joint, part
from netcourse.scanner.builder.bones.spine import SIDES, Level
from netcourse.scanner.builder.grid import Space


def atlas(space: Space, body: Body, level: Level) -> Clay:
    """Return C1: a ring with lateral masses, hollowed for the occiput above and lying on the axis."""
    f = 0.93 if body.woman else 1.0
    clay = Clay.between(space, level.frame, (-48, -25, -22), (48, 45, 22))
    if clay.empty:
        return clay
    for side in SIDES:
        s = float(side)
        clay.blob((s * 21 * f, -2, 0), (8.5 * f, 11 * f, 9.5), soft_mm=2)
        clay.cone((s * 17 * f, -9 * f, 0), (0, -13.0 * f, 0), 3.2, 3.4, (1, 1, 0.62), soft_mm=3)
        clay.cone((s * 24 * f, 6 * f, 1), (s * 15 * f, 21 * f, 0), 3.2, 2.8, (1, 1, 0.8), soft_mm=3)
        clay.cone((s * 15 * f, 21 * f, 0), (0, 26.5 * f, 0), 2.8, 3.2, (1, 1, 0.7), soft_mm=3)
        clay.cone((s * 24 * f, -1, -1), (s * 36 * f, 2, -1), 4.2, 3.4, (1, 1, 0.9), soft_mm=3)
        hole = np.hypot(clay.u - s * 29 * f, clay.v - 1.0) - 3.0
        clay.cut(np.asarray(np.maximum(hole, np.abs(clay.w) - 11), np.float32) + 0 * clay.values)
        clay.blob((s * 19 * f, -1, 12.5), (9, 14, 8), cut=True)
    clay.rough(body.seed("C1", False))
    return clay


def axis(space: Space, body: Body, level: Level, below: dict[int, Joint]) -> Clay:
    """Return C2: body and dens, shoulders for the atlas, pillars, laminae and a stout forked
    process.
    """
    f = 0.93 if body.woman else 1.0
    clay = Clay.between(space, level.frame, (-36, -20, -32), (36, 62, 36))
    if clay.empty:
        return clay
    low = -level.half_height + 2.5
    clay.cone((0, 0, low + 4), (0, 0, 6), 8.2 * f, 7.0 * f, (1, 1.03, 1), soft_mm=2)
    clay.cone((0, 0, 6), (0, -1.0, 22 * f), 5.2 * f, 4.6 * f, (1, 0.95, 1), soft_mm=3)
    clay.cut(np.asarray(clay.w - low + 0 * clay.values, np.float32))
    for side in SIDES:
        s = float(side)
        seen = below[side].seen(level.frame)
        clay.blob((s * 16 * f, 1, 6), (8.5 * f, 9 * f, 6.5), soft_mm=3)
        clay.cone((s * 15 * f, 4, 3), (*(seen.centre - 4.5 * seen.axes[0]),), 5.2, 5.4, soft_mm=3)
        clay.cone((s * 17 * f, 3, 0), (s * 28 * f, 4, -3), 4.6, 3.0, soft_mm=3)
        clay.cone((s * 17 * f, 13, -2), (s * 2, 27 * f, -5), 3.0, 3.4, (1, 1, 0.45), soft_mm=3)
        clay.cone((0, 27 * f, -6), (s * 5, 39 * f, -10), 4.0, 3.6, (1, 1, 0.75), soft_mm=3)
        hole = np.hypot(clay.u - s * 22.5 * f, clay.v - 2.5) - 2.8
        clay.cut(
            np.asarray(np.maximum(hole, np.abs(clay.w + 1) - 10), np.float32) + 0 * clay.values
        )
        clay.blob((*seen.centre,), seen.half, seen.axes, soft_mm=2)
        part(clay, below[side], lower=False)
    clay.rough(body.seed("C2", False))
    return clay
