"""The muscles around the hip, and the pelvic floor with the fat outside it."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones.pelvis import head
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.muscles.competition import (
    Ground,
    Muscle,
    Reach,
    Sections,
    drawn,
)
from netcourse.scanner.builder.shapes import capsule_distance, halves, tube

_LEVATOR_MM = 3.0
_CAPSULE_MM = 5.0
_LEVATOR_HEIGHTS = (-300.0, -240.0)


def hip_muscles(body: Body) -> list[Muscle]:
    """Return glutei, tensor, iliacus and iliopsoas, and the short rotators, left and right."""
    return drawn(body, "hip")


def corridors(body: Body, space: Space) -> list[Field]:
    """Return the tubes of fat along the femoral and axillary vessels and the sciatic nerves, left and right."""
    tubes = []
    for rows in table("muscles")["corridors"].values():
        for side in (1, -1):
            points = body.place(rows)
            points[:, 0] *= side
            tubes.append(tube(space, points))
    return tubes


def pelvic_floor(ground: Ground) -> Float:
    """Return the distance from the space above and within the levators: a funnel, negative inside, far away above it."""
    body = ground.body
    keys = sorted(table("muscles")["pelvic_floor"]["outlines"], key=lambda key: float(key["z"]))
    rng = body.rng("muscles/pelvic_floor", variant=False)
    funnel = Sections(
        "pelvic_floor",
        np.array([body.height(key["z"]) for key in keys]),
        np.array([halves(body.place_xy(key["half"], key["z"]), 0.6, rng) for key in keys]),
        0.0,
        0.6,
    )
    return funnel(ground).on(ground.box)


def levator(ground: Ground, floor: Float) -> Float:
    """Return the distance from the levators: the funnel's inside, open in front to the pubis."""
    sheet = np.maximum(floor, -floor - _LEVATOR_MM - 0.8 * ground.rough)
    low, high = (ground.body.height(z) for z in _LEVATOR_HEIGHTS)
    ends = np.maximum(low - ground.box.z, ground.box.z - high)
    front = ground.y_at((-300, -30), (-260, -54)) - ground.box.y
    return np.asarray(np.maximum(np.maximum(sheet, ends), front), np.float32)


def ischioanal_fossa(ground: Ground, floor: Float) -> Float:
    """Return the distance from the wedges of fat between the levators and obturator internus, open downwards."""
    behind = np.maximum(
        ground.y_at((-300, -16), (-262, -8), (-248, 10)) - ground.box.y,
        ground.box.y - ground.y_at((-300, 48), (-230, 44)) - 2 * ground.wander,
    )
    width = ground.at((-300, 26), (-275, 19), (-255, 9), (-240, 2), (-235, -6)) + 2 * ground.wander
    sides = ground.across - ground.x_at((-300, 46), (-240, 50))
    below = ground.body.height(-312) - ground.box.z
    wedge = floor - width
    for bound in (behind, sides, below, np.where(floor >= FAR_MM, FAR_MM, -FAR_MM)):
        wedge = np.maximum(wedge, bound)
    return np.asarray(wedge, np.float32)


def iliotibial_tract(slab: Ground) -> tuple[Box, Float]:
    """Return the shares of the sheet over the side of hip and thigh, from gluteus maximus to the tensor."""
    ground = slab.part(Reach(-500, -150))
    return ground.sheet(
        np.abs(ground.wall + 0.2) - 0.55,
        ground.x_at((-485, 96), (-300, 112), (-230, 118), (-150, 122)) - ground.across,
        ground.box.y - ground.y_at((-485, 10), (-330, 18), (-150, 30)),
        ground.y_at((-485, -62), (-300, -80), (-150, -46)) - ground.box.y,
        worn=1.3,
    )


def hip_capsule(slab: Ground) -> Field:
    """Return the distance from the capsules of the hip joints and their ligaments, around head and neck of the femur."""
    ground = slab.part(Reach(-300, -200))
    centre, radius = head(ground.body)
    neck = ground.box.full(FAR_MM)
    for side in (1, -1):
        start = (centre[0] * side, centre[1], centre[2])
        end = (start[0] + 34 * side, start[1] + 9, start[2] - 20)
        np.minimum(neck, capsule_distance(ground.box, start, end, radius + 6, radius + 2), out=neck)
    coat = ground.space.distance(ground.box, "femur") - np.float32(_CAPSULE_MM)
    return Field(ground.box, np.maximum(coat, neck) + np.float32(0.8) * ground.rough)


def gluteal_fat(slab: Ground, gluteus: Float) -> tuple[Box, Float]:
    """Return the shares of the streaks of fat between the bundles of gluteus maximus, along its fibres."""
    ground = slab.part(Reach(-350, -120, front=-10))
    lean = np.deg2rad(22.0)
    depth = (ground.box.y * np.cos(lean) + ground.across * np.sin(lean)).astype(np.float32)
    bundles = np.sin(depth * (2 * np.pi / 8.5) + 2.2 * ground.wander + 0.12 * ground.box.z)
    missing = ground.noise("lamellae", (12, 9, 16)) < 0.35
    streak = 1 - np.abs(bundles + 0.4 * ground.rough) / 0.22 - 1.2 * missing
    within = slab.within(ground.box, gluteus) < -1
    return ground.box, np.asarray(np.where(within, np.clip(streak, 0, 0.75), 0), np.float32)
