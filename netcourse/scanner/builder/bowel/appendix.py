"""The ileocaecal valve and the appendix."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.colon import FAT, Course
from netcourse.scanner.builder.bowel.packing import Chain, relax
from netcourse.scanner.builder.bowel.room import Room
from netcourse.scanner.builder.bowel.walls import LUMEN, within_walls
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import (
    Points,
    capsule,
    capsule_distance,
    ellipsoid_distance,
    path,
    tube,
)

_BEAD_MM = 4.0


def carve_appendix(space: Space, body: Body, course: Course, room: Room) -> Field:
    """Carve the appendix from the caecum's inner rear side on its variant's way; keep it as "appendix"."""
    rows = table("colon")["appendix"]
    radius = rows["diameter"] / 2
    x, y, z, wide = course.beads[2]
    base = np.array([x + 0.75 * wide, y + 0.45 * wide, z + 2])
    way = base + np.array([[0, 0, 0], *rows["way"][body.variant]], float)
    beads = path(np.column_stack([way, np.full(len(way), radius)]), _BEAD_MM)
    rng = body.rng("appendix")
    beads[:, :3] += rng.normal(0, 1.5, (len(beads), 3)) * np.linspace(0, 1, len(beads))[:, None]
    chain = Chain(bond_mm=_BEAD_MM, home=0.02, steps=120, grow_steps=60, jitter_mm=0, bend=0.2)
    fixed = np.arange(len(beads)) == 0
    beads[:, :3] = relax(beads[:, :3], beads[:, 3], room, chain, rng, fixed=fixed)
    outside = tube(space, beads) + 0.3 * noise(body.seed("appendix"), tube(space, beads).box, 6)
    outside = outside.yielding(-room.on(outside.box), 0.3)
    space.cover(outside, "colon_wall", FAT)
    lumen = outside + rows["wall"]
    kinds = noise(body.seed("appendix lumen"), lumen.box, 9)
    for tissue, part in (("bowel_fluid", kinds < 0.8), ("gas", kinds >= 0.8)):
        part &= within_walls(space, lumen.box, ("colon_wall",))
        share = np.where(part, np.clip(0.5 - lumen.values, 0, 1), 0).astype(np.float32)
        space.cover((lumen.box, share), tissue, ("colon_wall",))
    return space.keep("appendix", outside)


def carve_valve(space: Space, body: Body, course: Course) -> None:
    """Let the lips of the ileocaecal valve, with fat between their walls, stand in the caecum around a slit."""
    at = course.valve
    axis = course.beads[np.flatnonzero(course.segment == 0)[-1], :3]
    inwards = (axis - at) / np.linalg.norm(axis - at)
    end = at + 9 * inwards
    lips = capsule(space, tuple(at), tuple(end), 8.0, 6.5, (1, 1, 1.15))
    lips = lips + 0.7 * noise(body.seed("valve"), lips.box, 6)
    slit = capsule_distance(lips.box, tuple(at), tuple(end + 2 * inwards), 2.2, 2.2, (1, 1, 2.2))
    space.carve(lips, "ileum_wall", (*LUMEN, "colon_wall"))
    inside = within_walls(space, lips.box, ("ileum_wall", "colon_wall", "jejunum_wall"))
    space.carve((lips.box, (slit < 0) & inside), "bowel_fluid", ("ileum_wall",))
    for side in (1, -1):
        core = at + 5.5 * inwards + np.array([0, 0, 4.2 * side])
        fat = ellipsoid_distance(lips.box, tuple(core), (5.0, 4.0, 1.9))
        fat = np.maximum(fat, np.maximum(lips.values + 1.6, 1.6 - slit))
        clear = ~ndimage.binary_dilation(space.is_(lips.box, *LUMEN))
        space.carve((lips.box, (fat < 0) & clear), "mesenteric_fat", ("ileum_wall",))


def terminal_ileum(course: Course) -> Points:
    """Return the last places (n, 3) of the small bowel: from the pelvis' brim up and outwards to the valve."""
    axis = course.beads[np.flatnonzero(course.segment == 0)[-1], :3]
    out = course.valve - axis
    out = out / np.linalg.norm(out)
    steps = ((38, -16, 2), (22, -7, -2), (9, -1, 0), (0, 0, 0))
    return np.array([course.valve + a * out + (0, c, b) for a, b, c in steps])
