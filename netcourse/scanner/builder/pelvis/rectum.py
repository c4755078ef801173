"""Rectum and anal canal with sphincters, content, valves, and the mesorectum with its fascia."""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import FAT, LEAST_WALL_MM, MUSCLE, depth, settled
from netcourse.scanner.builder.pelvis.swept import Swept, swept
from netcourse.scanner.builder.shapes import Points

_GAPS_MM = {"bone": 3.0, "muscle": 0.6}
_CONTENTS = ("stool", "bowel_fluid", "gas")


def carve_rectum(body: Body, space: Space) -> None:
    """Carve the rectum from the sigmoid to the anorectal ring and the anal canal; keep "rectum" and "mesorectum"."""
    rows = table("pelvic_organs")
    shape = rows["rectum"]["variant"][body.variant]
    axis = body.place(rows["rectum"]["axis"])
    tube = swept(space, axis, 46)
    outside = tube.field(axis, shape["half_width"], shape["half_depth"])
    outside += 0.7 * noise(body.seed("rectum"), tube.box, 14)
    outside += 0.5 * noise(body.seed("rectum"), tube.box, 6)
    outside = settled(space, outside, _GAPS_MM)
    space.carve(outside, "rectum_wall", FAT)
    _fill(body, space, tube, axis, outside)
    space.keep("rectum", outside)
    _carve_canal(body, space)
    _carve_mesorectum(body, space, outside)


def _fill(body: Body, space: Space, tube: Swept, axis: Points, outside: Field) -> None:
    """Open the lumen: folds of mucosa, valves, stool or fluid, and gas in front of it."""
    rows = table("pelvic_organs")["rectum"]
    shape: dict[str, Any] = rows["variant"][body.variant]
    box = tube.box
    folds = noise(body.seed("mucosa"), box, (9, 4, 4))
    lumen = tube.ellipse(
        tube.at(axis, shape["lumen_width"]), tube.at(axis, shape["lumen_depth"])
    ) + np.float32(0.9) * np.maximum(folds, -0.6)
    thick = noise(body.seed("rectal wall"), box, 12)
    wall = np.maximum(shape["wall"] + 0.5 * folds + 0.8 * thick, LEAST_WALL_MM)
    lumen = np.maximum(lumen, wall - depth(outside)).astype(np.float32)
    lumen = np.maximum(lumen, -_valves(tube, rows["valves"], body))
    content = (box, lumen < 0)
    space.carve(content, shape["content"], ("rectum_wall",))
    level = tube.at(axis, shape["level"]) + noise(body.seed("rectal gas"), box, 12)
    gas = (lumen < -0.4) & (tube.deep < level)
    space.carve((box, gas), "gas", _CONTENTS)


def _valves(tube: Swept, valves: list[list[float]], body: Body) -> Float:
    """The distance from the crescents that reach into the lumen from the left, the right and the left."""
    out = tube.box.full(60.0)
    wave = noise(body.seed("valves"), tube.box, 12)
    for at_mm, side, reach in valves:
        edge = side * tube.across
        rim = 20 * (1 - reach)
        plate = np.abs(tube.along - at_mm - wave - 0.15 * edge) - 1.6
        np.minimum(out, np.maximum(plate, rim - edge), out=out)
    return out


def _carve_canal(body: Body, space: Space) -> None:
    rows = table("pelvic_organs")["anal_canal"]
    axis = body.place(rows["axis"])
    tube = swept(space, axis, 34)
    wave = 0.5 * noise(body.seed("anal canal", False), tube.box, 8)
    ring = tube.field(axis, rows["sphincter_width"], rows["sphincter_depth"]) + wave
    ring = ring.yielding(space.kept["bone"], 3.0)
    space.carve(ring, "muscle_across", FAT)
    inner = tube.field(axis, rows["half_width"], rows["half_depth"]) + wave
    inner = inner.yielding(space.kept["bone"], 3.0)
    space.carve(inner, "rectum_wall", (*FAT, *MUSCLE))
    gap = (inner + 1.3).values
    seam = (np.abs(gap) < 0.45) & (noise(body.seed("sphincter", False), tube.box, 7) > -0.3)
    share = np.where(seam, 0.5, 0).astype(np.float32)
    space.cover((tube.box, share), "visceral_fat", ("rectum_wall",))
    space.keep("rectum", ring)


def _carve_mesorectum(body: Body, space: Space, rectum: Field) -> None:
    """The fat around the rectum and the thin fascia that bounds it, broken where the plane is unseen."""
    reach = table("pelvic_organs")["rectum"]["mesorectum"]
    box = _larger(space, rectum.box, reach)
    away = rectum.on(box) - reach - 3.0 * noise(body.seed("mesorectum", False), box, 22)
    away = np.maximum(away, 2.5 - space.kept["bone"].on(box))
    space.keep("mesorectum", Field(box, away))
    seen = noise(body.seed("mesorectal fascia", False), box, 11) > -0.4
    behind = (box.y > body.place([0, 0, -230])[1]) & (box.z > body.height(-262))
    share = np.where(seen & behind, np.clip(0.55 - np.abs(away), 0, 0.5), 0)
    space.cover((box, share.astype(np.float32)), "fascia", ("visceral_fat",))


def _larger(space: Space, box: Box, by_mm: float) -> Box:
    """A box grown on all sides, within the block."""
    corners = [(a.ravel()[0], a.ravel()[-1]) for a in (box.x, box.y, box.z)]
    low, high = zip(*corners, strict=True)
    return space.between(np.array(low) - by_mm, np.array(high) + by_mm)
