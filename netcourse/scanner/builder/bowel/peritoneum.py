"""The limits of the peritoneal cavity: where colon and small bowel may lie, and what is mesenteric fat."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bowel.colon import Course
from netcourse.scanner.builder.bowel.room import EVERY, Room
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.outline import Outline

_BELLY = ((-152.0, -142.0, -262.0), (152.0, 64.0, 72.0))
"""Corners around the reference man's abdominal cavity."""
FAT = ("mesenteric_fat", "visceral_fat")
PREPERITONEAL_MM = 1.5
_NARROWEST_MM = 5.0
"""Half the width below which no loop squeezes in."""
PRESSED_MM = 3.0
"""How far bowel presses into the fat of the kidney."""
_ILIAC_FOSSA = ((38.0, -14.0), (64.0, -20.0), (112.0, -46.0))
"""Corners (x, y) of the peritoneum's back in the iliac fossa."""
_BODY_FRONT_MM = 18.0
"""From a lumbar vertebral body's centre to its front (reference anatomy 1.1)."""


def belly(body: Body, space: Space) -> Box:
    """Return the box around the abdominal cavity; ValueError when the block does not hold all of it."""
    low, high = body.place(_BELLY[0]), body.place(_BELLY[1])
    low[:2] = 2 * np.floor(low[:2] / 2)  # the mesh stays on even voxels, whatever the block
    box = space.between(low, high)
    if box.empty or box.z[0] > low[2] + 2 or box.z[-1] < high[2] - 2:
        raise ValueError(
            f"the bowel needs a block from z {low[2]:.0f} to {high[2]:.0f} mm: make the block larger"
        )
    return box


def free_space(body: Body, space: Space, outline: Outline) -> Room:
    """Return the room inside the peritoneum's outer limits that no structure has taken yet.

    Kidneys and rectum keep their fat ("perirenal", "mesorectum"); the space before the spine behind the great vessels' fronts is not free.
    """
    box = belly(body, space)
    free = []
    for slab in space.slabs(box):
        open_ = space.is_(slab, "visceral_fat") & (outline.cavity(slab) < -PREPERITONEAL_MM)
        open_ &= space.distance(slab, "perirenal") > -PRESSED_MM
        open_ &= space.distance(slab, "mesorectum") > 0
        free.append(open_[:, ::EVERY, ::EVERY])
    room = Room.around(box, np.concatenate(free))
    return room.limited(_before_the_spine(body, room))


def _before_the_spine(body: Body, room: Room) -> Float:
    """Distance from the front of the retroperitoneum in the midline: vessels, ureters and their fat stay behind it.

    Below the promontory it fades: there the sigmoid's mesentery goes over into the rectum's fat.
    """
    z, y, x = room.mesh
    front = body.column_y(z.ravel())[:, None, None] - 18.0
    cover = np.interp(np.abs(x), [0, 26, 46, 66], [32, 32, 18, -40])
    high, low = body.height(-128), body.height(-160)
    fading = np.clip((high - z) / (high - low), 0, 1)
    return np.asarray(y - (front - cover * (1 - fading)) - 25 * fading, np.float32)


def bowel_room(body: Body, room: Room, course: Course, colon: Field, appendix: Field) -> Room:
    """Return the room of the small bowel: below the transverse mesocolon, above the pelvic floor, behind the omentum,
    between the ascending and the descending colon, and around the fat of the mesentery's root.
    """
    z, y, x = room.mesh
    limits = np.maximum(_roof(body, z, x), _floor(body, z, y, x))
    for other in (
        _behind(body, room),
        _beside(course, room),
        1.5 - mesenteric_fat(body, room),
        _omentum(body, room),
    ):
        np.maximum(limits, other, out=limits)
    return room.without(colon, 1.0).without(appendix, 1.0).limited(limits).opened(_NARROWEST_MM)


def _roof(body: Body, z: Float, x: Float) -> Float:
    """Distance from the transverse mesocolon, which rises from right to left."""
    low, high = body.height(-42), body.height(24)
    return np.asarray(z - np.clip(body.height(-12) + 0.28 * (x - 10), low, high), np.float32)


def _floor(body: Body, z: Float, y: Float, x: Float) -> Float:
    """Distance from the peritoneum's lower limit: deepest before the rectum, higher at the sides and over the bladder;
    nothing lies behind the rectum's front.
    """
    floor = (
        body.height(-198)
        - 18 * np.exp(-((x / 28) ** 2) - ((y - 8) / 22) ** 2)
        + 20 * np.clip((np.abs(x) - 42) / 30, 0, 1.5)
        + 22 * np.clip((-y - 52) / 40, 0, 1)
    )
    behind = y - body.place([0, 12, -185])[1] - np.clip(z - body.height(-172), 0, 60)
    return np.asarray(np.maximum(floor - z, behind), np.float32)


def _behind(body: Body, room: Room) -> Float:
    """Distance from the peritoneum of the back wall beside the spine: it lies before psoas and flank, and from the crest
    on bridges the groove between psoas and iliacus.
    """
    z, y, x = room.mesh
    side = np.abs(x)
    front = body.column_y(z.ravel())[:, None, None] - _BODY_FRONT_MM
    flank = front + np.interp(side, [0, 40, 66, 100], [-34, -6, 18, 28])
    p = body.place([[a, b, -140] for a, b in _ILIAC_FOSSA])
    fossa = np.interp(side, p[:, 0], p[:, 1])
    low = np.clip((body.height(-100) - z) / 20, 0, 1)
    fading = np.clip((body.height(-178) - z) / 20, 0, 1)
    limit = np.where(
        side > p[0, 0], flank * (1 - low) + fossa * low + 60 * fading, flank + 60 * low
    )
    return np.asarray(y - limit, np.float32)


def _beside(course: Course, room: Room) -> Float:
    """Distance from the planes in which the ascending and the descending colon lie: no loops outside them but in front."""
    z, y, x = room.mesh
    out = np.full(room.values.shape, -60.0, np.float32)
    for name, side in (("ascending", -1), ("descending", 1)):
        beads = course.part(name)
        beads = beads[np.argsort(beads[:, 2])]
        edge = np.interp(z, beads[:, 2], beads[:, 0] * side)
        front = np.interp(z, beads[:, 2], beads[:, 1] - beads[:, 3])
        fading = np.clip((beads[0, 2] + 6 - z) / 20, 0, 1) * 40
        beyond = np.minimum(side * x - edge - fading, y - front)
        np.maximum(out, beyond, out=out)
    return out


def _omentum(body: Body, room: Room) -> Float:
    """Distance from the greater omentum: a layer of fat of uneven thickness behind the front wall, thin at the sides."""
    box = room.box
    thick = 3.5 if body.woman else 4.5
    uneven = noise(body.seed("omentum"), box, (34, 90, 26))[:, :1, ::EVERY]
    thickness = np.clip(thick + 0.6 * thick * uneven, 1.0, 15.0)
    return np.asarray(front_wall(room) + thickness * _apron(room) - room.mesh[1], np.float32)


def _apron(room: Room) -> Float:
    """How much of the omentum's thickness hangs at a place (0-1): all in the middle, none in the flanks."""
    return np.asarray(np.clip((112 - np.abs(room.mesh[2])) / 45, 0, 1), np.float32)


def front_wall(room: Room) -> Float:
    """Return y of the front of a room on its mesh (z, 1, x), mm, smoothed over a centimetre."""
    free = room.values < 0
    y = room.axes[1]
    front = np.where(free.any(axis=1), y[np.argmax(free, axis=1)], y[-1])
    return np.asarray(ndimage.gaussian_filter(front, (4, 3))[:, None, :], np.float32)


def claim_fat(body: Body, space: Space, room: Room) -> None:
    """Turn the fat of the room, and a little around it, into mesenteric fat."""
    for slab in space.slabs(belly(body, space)):
        space.carve((slab, room.on(slab) < 2.5), "mesenteric_fat", ("visceral_fat",))


def fat_room(body: Body, space: Space) -> Room:
    """Return the room of all fat that is left in the belly."""
    box = belly(body, space)
    free = [space.is_(slab, *FAT)[:, ::EVERY, ::EVERY] for slab in space.slabs(box)]
    return Room.around(box, np.concatenate(free))


def keep_root(body: Body, space: Space, room: Room) -> Field:
    """Keep the fat around the mesentery's root as "mesenteric_root"."""
    root = Room(room.box, room.axes, mesenteric_fat(body, room))
    near = space.between(*(body.place([[-90, -120, -160], [90, -20, 10]])))
    return space.keep("mesenteric_root", Field(near, root.on(near)))


def mesenteric_fat(body: Body, room: Room) -> Float:
    """Return the distance from the fat around the mesentery's root (mm, negative inside) on a room's mesh."""
    z, y, x = room.mesh
    rows = table("mesentery")
    depth, width = rows["root_fat"]["woman" if body.woman else "man"]
    root = body.place(rows["root"])[::-1]
    cx = np.interp(z, root[:, 2], root[:, 0]) * 0.55
    cy = body.column_y(z.ravel())[:, None, None] - _BODY_FRONT_MM - 20 - depth
    top, bottom = root[-1, 2] - 4, root[0, 2] - 26
    end = np.maximum(np.maximum(z - top, bottom - z), 0) / 22
    q = np.sqrt(((x - cx) / width) ** 2 + ((y - cy) / depth) ** 2 + end**2)
    uneven = noise(body.seed("root fat"), room.box, (26, 90, 26))[:, ::EVERY, ::EVERY]
    return np.asarray((q - 1) * depth + 0.25 * depth * uneven, np.float32)
