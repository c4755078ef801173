"""Clavicle, scapula and humerus with the arms up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones.forms import Clay, Frame, plate, sweep, unevenness
from netcourse.scanner.builder.grid import Field, Float, Space, smooth_min
from netcourse.scanner.builder.shapes import Points

WORLD = Frame(np.zeros(3), np.eye(3))


def _placed(body: Body, rows: object, side: int) -> Points:
    p = body.place(rows)  # type: ignore[arg-type]
    p[..., 0] *= side
    if body.woman and p.shape[-1] > 3:
        p[..., 3:] *= 0.88
    return p


def humeral_head(body: Body, side: int) -> tuple[Points, float]:
    """Return the middle and the radius of a humeral head."""
    row = table("thorax")["humerus"]
    return _placed(body, row["head"], side), row["head_radius"] * (0.9 if body.woman else 1.0)


def clavicle(space: Space, body: Body, side: int) -> Field:
    """Return a clavicle."""
    rows = _placed(body, table("thorax")["clavicle"]["axis"], side)
    way = np.gradient(rows[:, :3], axis=0)
    normals = np.cross(way, (0.0, 0.0, 1.0))
    (one,) = sweep(space, rows, normals, power=2.1)
    return one if one.box.empty else one + unevenness(body.seed(f"clavicle {side}", False), one.box)


def scapula(space: Space, body: Body, side: int) -> Field:
    """Return a scapula: blade, spine with acromion, coracoid, and the socket hollowed for the head."""
    row = table("thorax")["scapula"]
    blade = plate(space, _placed(body, row["blade"], side))
    ridge = _placed(body, row["ridge"], side)
    back = np.tile([0.35 * side, -0.2, -0.9], (len(ridge), 1))
    parts = [blade, *sweep(space, ridge, back, power=2.4)]
    coracoid = _placed(body, row["coracoid"], side)
    parts += sweep(space, coracoid, np.tile([0.0, 0.0, 1.0], (len(coracoid), 1)))
    box = space.around(*(p.box for p in parts))
    if box.empty:
        return Field(box, box.full(60.0))
    clay = Clay(space, WORLD, box)
    clay.values = parts[0].on(box)
    for part in parts[1:]:
        clay.values = smooth_min(clay.values, part.on(box), 3.0)
    neck = _placed(body, row["neck"], side)
    size = 0.88 if body.woman else 1.0
    clay.cone(
        (*neck[0],),
        (*neck[1],),
        row["neck_radius"][0] * size,
        row["neck_radius"][1] * size,
        soft_mm=5,
    )
    centre, radius = humeral_head(body, side)
    away = np.sqrt((box.x - centre[0]) ** 2 + (box.y - centre[1]) ** 2 + (box.z - centre[2]) ** 2)
    clay.cut(np.asarray(away - radius - 3.2, np.float32))
    clay.rough(body.seed(f"scapula {side}", False), 0.8)
    return clay.field()


def humerus(space: Space, body: Body, side: int) -> tuple[Field, Float | float]:
    """Return the upper humerus and the width of its cortex in the field's box, mm."""
    row = table("thorax")["humerus"]
    centre, radius = humeral_head(body, side)
    shaft = _placed(body, row["shaft"], side)
    high = float(min(shaft[-1, 2], space.all.z[-1, 0, 0] + 40))
    x = sorted((side * 130.0, side * 222.0))
    clay = Clay.between(space, WORLD, (x[0], -45, centre[2] - 36), (x[1], 55, high))
    if clay.empty:
        return clay.field(), 1.0
    for a, b in pairwise(shaft):
        clay.cone((*a[:3],), (*b[:3],), a[3], b[3], soft_mm=3)
    for place, r in row["tubercles"]:
        p = _placed(body, place, side)
        clay.blob((*p,), (r, r, r * 1.2), soft_mm=5)
    clay.blob((*centre,), (radius,) * 3, soft_mm=2)
    clay.rough(body.seed(f"humerus {side}", False))
    z = [body.height(h) for h in (335, 365, 410)]
    return clay.field(), np.interp(clay.box.z, z, row["cortex_mm"]).astype(np.float32)
