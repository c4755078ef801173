"""The femur: head, neck, trochanters and shaft, the width of its cortex and its marrow."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones.forms import Clay
from netcourse.scanner.builder.bones.pelvis import WORLD, add_cones, head, placed
from netcourse.scanner.builder.grid import Box, Field, Float, Space


def femur(space: Space, body: Body, side: int) -> tuple[Field, Float | float]:
    """Return a femur and the width of its cortex in the field's box, mm."""
    rows = table("pelvis")["femur"]
    thin = table("pelvis")["woman"]["thinner"] if body.woman else 1.0
    centre, radius = head(body)
    shaft = placed(body, np.array(rows["shaft"], float)[:, :3])
    low = float(max(shaft[-1, 2], space.origin_mm[0] - 30))
    x = sorted((side * 55.0, side * 168.0))
    clay = Clay.between(space, WORLD, (x[0], -75, low), (x[1], 40, centre[2] + 40))
    if clay.empty:
        return clay.field(), 1.0
    for a, b, ra, rb in zip(
        shaft[:-1], shaft[1:], rows["shaft"][:-1], rows["shaft"][1:], strict=True
    ):
        clay.cone(
            (*(a * (side, 1, 1)),), (*(b * (side, 1, 1)),), ra[3] * thin, rb[3] * thin, soft_mm=3
        )
    add_cones(clay, body, rows["cones"], side, thin)
    clay.blob((side * centre[0], centre[1], centre[2]), (radius,) * 3, soft_mm=1.5)
    clay.rough(body.seed(f"femur {side}", False))
    man_z = clay.box.z / (table("column")["woman"]["z"] if body.woman else 1.0)
    width = np.interp(man_z, rows["cortex_z"], rows["cortex_mm"]).astype(np.float32) * thin
    beyond_head = np.clip((np.abs(clay.box.x) - abs(centre[0]) - 8) / 14, 0, 1)
    shaft_only = np.clip((-298 - man_z) / 12, 0, 1)
    stout = np.maximum(beyond_head, shaft_only)
    return clay.field(), np.asarray(1.1 + (width - 1.1) * stout, np.float32)


def marrow(body: Body, box: Box, side: int) -> tuple[Float, Float]:
    """Return the shares of fat and of dense trabeculae in a femur: dense in the head and along the
    line of pressure.
    """
    centre, radius = head(body)
    p = [c - np.float32(m) for c, m in zip((side * box.x, box.y, box.z), centre, strict=True)]
    away = np.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) / np.float32(radius)
    pressed = np.exp(-(((p[0] - 0.35 * (-p[2] - 8)) / 9) ** 2)) * (p[2] > -45) * (p[0] < 30)
    dense = 0.10 * np.exp(-(away**2)) + 0.10 * pressed * np.exp(-((p[1] / 14) ** 2))
    fat = 0.6 * np.clip((away - 0.8) / 0.6, 0, 1)
    return np.asarray(fat, np.float32), np.asarray(dense, np.float32)
