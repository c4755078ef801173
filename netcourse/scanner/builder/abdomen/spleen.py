"""The spleen: outer face on the diaphragm, hilum towards the pancreas' tail, notches in the front
border.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.abdomen.great_vessels import BELLY_FAT, calibres
from netcourse.scanner.builder.abdomen.pancreas import splenic_artery_course, splenic_vein_course
from netcourse.scanner.builder.abdomen.pressing import smooth_max
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import (
    Loft,
    Points,
    capsule_distance,
    ellipsoid,
    ellipsoid_distance,
    tube,
)

_GAPS = (
    ("kidney", 2.6),
    ("adrenal", 3.0),
    ("pancreas", 1.6),
    ("liver", 1.6),
    ("portal", 0.8),
    ("coeliac", 0.8),
)


def size(body: Body) -> dict[str, Any]:
    """Return the size of a variant's spleen."""
    sizes = table("spleen")["size"]
    return dict(sizes[int(body.variant) % len(sizes)])


def carve_spleen(body: Body, space: Space) -> None:
    """Carve the spleen, its hilar vessels and, in some, an accessory spleen; keep "spleen"."""
    form, rng = size(body), body.rng("spleen corners")
    keys = {}
    for row in table("spleen")["visceral"]:
        face, z = np.array(row["face"], float), float(row["z"])
        face[3:-1] += rng.normal(0, 1.5, face[3:-1].shape) - (form["grow"], 0.4 * form["grow"])
        keys[body.height(z)] = body.place_xy(face, z)
    ends = [body.height(form[end]) for end in ("low", "top")]
    organ = Loft(keys, ends[0], ends[1], 12.0).field(space)
    box = organ.box
    if box.empty:
        return
    habit = 1.2 * noise(body.seed("spleen"), box, 18) + 0.4 * noise(
        body.seed("spleen skin"), box, 8
    )
    habit += 3.4 * noise(body.seed("spleen habit"), box, 28)
    organ = organ + habit
    hilum = splenic_vein_course(body)[-1, :3] + (5, 2, 0)
    pit = -ellipsoid_distance(box, list(hilum), (12, 9, 16)) - 1.5 * noise(
        body.seed("hilum"), box, 8
    )
    values = np.maximum(np.maximum(organ.values, pit), -_notches(body, box, hilum))
    organ = Field(box, smooth_max(values, space.kept["peritoneal"].on(box) + 0.3, 9))
    for name, gap in _GAPS:
        organ = organ.yielding(space.kept[name], gap)
    space.keep("spleen", organ)
    space.carve(organ, "spleen", ("visceral_fat", "fascia"))
    if "accessory" in form:
        x, y, z, radius = body.place(form["accessory"])
        second = ellipsoid(space, (x, y, z), (radius, radius * 0.9, radius * 0.95))
        second = second.yielding(space.kept["pancreas"], 2.0).yielding(space.kept["kidney"], 2.0)
        space.keep("spleen", second)
        space.carve(second, "spleen", ("visceral_fat", "fascia"))
    _hilar_vessels(body, space)


def _notches(body: Body, box: Box, hilum: Points) -> Float:
    """Grooves in the front border, wide outside and ending as a slit, negative inside."""
    rng, out = body.rng("spleen notches"), box.full(FAR_MM)
    for up in (26.0, 6.0)[: rng.integers(1, 3)]:
        outer = hilum + np.array([38, -40, up + rng.normal(0, 3)])
        inner = hilum + np.array([24, -14, up - 4 + rng.normal(0, 2)])
        groove = capsule_distance(box, list(outer), list(inner), 5.0, 0.4, (1, 1, 1.6))
        np.minimum(out, groove, out=out)
    return out + np.float32(0.5) * noise(body.seed("notch"), box, 8)


def _hilar_vessels(body: Body, space: Space) -> None:
    """Splenic artery and vein divide in the hilum and enter the spleen."""
    rng = body.rng("splenic hilum")
    for course, tissue, name, calibre in (
        (splenic_vein_course(body), "portal_vein", "portal", 2.4),
        (splenic_artery_course(body), "artery", "coeliac", 1.5),
    ):
        start = course[-1, :3]
        for up, back in ((20, -3), (10, 5), (0, 0), (-10, 6), (-20, 1)):
            tip = start + np.array([17 + rng.normal(0, 2), back + 4, up + rng.normal(0, 2)])
            middle = (start + tip) / 2 + (0, rng.normal(0, 2), 0.35 * up)
            radii = calibres(body, [[0, 0, 0, calibre * f] for f in (1.0, 0.8, 0.55)])[:, 3]
            field = tube(space, np.column_stack([[start, middle, tip], radii]))
            space.cover(field, tissue, BELLY_FAT)
            space.keep(name, field)
