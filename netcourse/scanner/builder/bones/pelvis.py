"""The hip bones: wings of uneven thickness, socket, columns and rami."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones.forms import Clay, Frame, plate, unevenness
from netcourse.scanner.builder.bones.sacrum import SACROILIAC_GAP_MM, sacroiliac
from netcourse.scanner.builder.grid import Field, Space, smooth_min
from netcourse.scanner.builder.shapes import Loft, Points

WORLD = Frame(np.zeros(3), np.eye(3))


def placed(body: Body, points: Any) -> Points:
    """Take points of the pelvis to a body: a woman's is wider and deeper below the brim."""
    p = np.array(points, float)
    moved = body.place(p)
    if body.woman:
        rows = table("pelvis")["woman"]
        near = np.clip((95 - p[..., 0]) / 45, 0, 1) * np.clip(p[..., 0] / 20, 0, 1)
        down = [-z for z in rows["z"]]
        moved[..., 0] += np.interp(-p[..., 2], down, rows["out"]) * near
        moved[..., 1] -= np.interp(-p[..., 2], down, rows["forwards"]) * np.clip(
            25 - p[..., 1], 0, 90
        )
    return moved


def head(body: Body) -> tuple[Points, float]:
    """Return the middle and the radius of the left femoral head."""
    rows = table("pelvis")
    radius = rows["woman"]["head_radius"] if body.woman else rows["socket"]["radius"]
    return placed(body, rows["socket"]["centre"]), float(radius)


def hip_bone(space: Space, body: Body, side: int) -> Field:
    """Return a hip bone with its socket, cut clear of the sacrum, the head and its fellow."""
    rows = table("pelvis")["hip"]
    thin = table("pelvis")["woman"]["thinner"] if body.woman else 1.0
    rng = body.rng(f"hip {side}", False)
    grid = np.array(rows["plate"], float)
    grid[..., :3] = placed(body, grid[..., :3]) + rng.normal(0, 0.6, (*grid.shape[:2], 3))
    grid[..., 3] *= thin
    grid[..., 0] *= side
    wing = plate(space, grid)
    trunk = _sections(body, rows["section"], side).field(space)
    low, high = placed(body, [[0, -75, -315], [150, 95, -85]])
    x = sorted((side * -2.0, side * (high[0] + 8)))
    clay = Clay.between(space, WORLD, (x[0], low[1], low[2]), (x[1], high[1], high[2]))
    if clay.empty:
        return clay.field()
    clay.values = smooth_min(wing.on(clay.box), trunk.on(clay.box), 5.0)
    add_cones(clay, body, rows["rest"]["cones"], side, thin)
    _socket(clay, body, side)
    far = np.abs(clay.box.y - placed(body, [0, 40, 0])[1]) < 60
    gap = SACROILIAC_GAP_MM / 2 - sacroiliac(body, clay.box)
    np.maximum(
        clay.values, np.where(far & (clay.box.z > body.height(-206)), gap, -60), out=clay.values
    )
    half_gap = rows["rest"]["symphysis"]["half_gap"]
    np.maximum(clay.values, half_gap - side * clay.box.x, out=clay.values)
    clay.values += unevenness(body.seed(f"hip {side}", False), clay.box)
    return clay.field()


def _sections(body: Body, rows: Sequence[Any], side: int) -> Loft:
    keys = {}
    for row in rows:
        corners = np.array(row["corners"], float)
        points = placed(body, np.column_stack([corners, np.full(len(corners), row["z"])]))
        keys[float(points[0, 2])] = points[:, :2] * (side, 1)
    return Loft(keys, low=min(keys) - 2, high=max(keys) + 4, dome_mm=8, reach_mm=9, mesh_mm=1.5)


def add_cones(clay: Clay, body: Body, rows: Sequence[Any], side: int, thin: float) -> None:
    """Join rounded cones (a, b, radii, flattening) of the pelvis table to a bone."""
    for a, b, radii, flat in rows:
        p = placed(body, [a, b]) * (side, 1, 1)
        clay.cone((*p[0],), (*p[1],), radii[0] * thin, radii[1] * thin, flat, soft_mm=5)


def _socket(clay: Clay, body: Body, side: int) -> None:
    """Hollow out the socket for the head and its cartilage."""
    rows = table("pelvis")["socket"]
    centre, radius = head(body)
    p = [
        c - np.float32(m)
        for c, m in zip((side * clay.box.x, clay.box.y, clay.box.z), centre, strict=True)
    ]
    away = np.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2)
    out = p[0] * rows["opens"][0] + p[1] * rows["opens"][1] + p[2] * rows["opens"][2]
    hollow = np.where(out < 40, radius + rows["gap"] - away, -99)
    np.maximum(clay.values, np.asarray(hollow, np.float32), out=clay.values)
