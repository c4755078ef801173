"""Uterus, vagina, urethra, ovaries and the ligaments between them and the pelvic wall (woman only)."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import FAT, settled
from netcourse.scanner.builder.pelvis.swept import swept
from netcourse.scanner.builder.shapes import capsule, ellipsoid, tube

_OVARY_GAPS_MM = {"bone": 3, "muscle": 1.5, "uterus": 2, "bladder": 2, "rectum": 2.5, "iliac": 1.5}


def carve_vagina(body: Body, space: Space) -> None:
    """Carve the collapsed vagina, an H in section, and the urethra before it; keep "vagina"."""
    rows = table("pelvic_organs")["vagina"]
    frame = swept(space, rows["axis"], 30)
    across = frame.across / frame.at(rows["axis"], rows["half_width"])
    flare = 1 + 0.7 * np.clip(np.abs(across) - 0.45, 0, 0.5)
    walls = frame.ellipse(
        frame.at(rows["axis"], rows["half_width"]),
        frame.at(rows["axis"], rows["half_depth"]) * flare,
    )
    walls += 0.5 * noise(body.seed("vagina", False), frame.box, 7)
    field = settled(space, Field(frame.box, walls), {"rectum": 1.2, "bone": 3.0, "muscle": 0.6})
    space.carve(field, "vagina", FAT)
    space.keep("vagina", field)
    _carve_urethra(body, space)


def _carve_urethra(body: Body, space: Space) -> None:
    rows = table("pelvic_organs")["urethra"]
    line = np.column_stack([rows["axis"], rows["radius"]])
    ring = tube(space, line) + 0.3 * noise(body.seed("urethra", False), tube(space, line).box, 6)
    ring = settled(space, ring, {"bone": 2.5, "vagina": 0.3, "muscle": 0.6})
    space.carve(ring, "bladder_wall", FAT)
    space.carve(ring + 3.4, "vagina", ("bladder_wall",))
    space.keep("vagina", ring)


def carve_uterus(body: Body, space: Space) -> None:
    """Carve cervix, body and endometrium of this variant's uterus; keep "uterus"."""
    rows = table("pelvic_organs")["uterus"][body.variant]
    frame = swept(space, rows["axis"], 44)
    field = frame.field(rows["axis"], rows["half_width"], rows["half_depth"])
    field += 0.9 * noise(body.seed("uterus"), frame.box, 20)
    field += 0.45 * noise(body.seed("uterus"), frame.box, 8)
    field = settled(space, field, {"rectum": 2.0, "bone": 4.0, "muscle": 2.0, "iliac": 2.0})
    space.carve(field, "uterus", (*FAT, "vagina"))
    lining = rows["endometrium"]
    along = np.linspace(lining["from"], lining["to"], len(lining["half_width"]))
    cavity = frame.ellipse(
        frame.between(along, lining["half_width"]), frame.between(along, lining["half_depth"])
    )
    ends = np.maximum(lining["from"] - frame.along, frame.along - lining["to"])
    cavity = np.maximum(cavity, ends) + 0.5 * noise(body.seed("endometrium"), frame.box, 6)
    space.carve((frame.box, cavity < 0), "endometrium", ("uterus",))
    space.keep("uterus", field)


def carve_ovaries(body: Body, space: Space) -> None:
    """Carve the ovaries with their follicles, yielding to all that is there; keep "ovary"."""
    rows = table("pelvic_organs")["ovary"][body.variant]
    for side in ("left", "right"):
        rng = body.rng(f"{side} ovary")
        centre = np.asarray(rows[side], float)
        ovary = ellipsoid(space, tuple(centre), tuple(rows["half_axes"] * rng.normal(1, 0.04, 3)))
        ovary += 0.6 * noise(body.seed("ovary"), ovary.box, 7)
        ovary = settled(space, ovary, _OVARY_GAPS_MM)
        space.carve(ovary, "ovary", FAT)
        space.keep("ovary", ovary)
        sizes = [rng.uniform(1.4, 3.4) for _ in range(rows["follicles"])]
        sizes = sorted([*sizes, *([rows["dominant"][side]] if rows["dominant"][side] else [])])
        inside = Field(ovary.box, -ovary.values)
        for radius in reversed(sizes):
            at = centre + rng.normal(0, 1, 3) * np.asarray(rows["half_axes"]) * (
                0.5 if radius < 5 else 0.15
            )
            follicle = capsule(space, at, at + rng.normal(0, 0.8, 3), radius)
            space.carve(follicle.yielding(inside, 1.0), "follicle", ("ovary",))
