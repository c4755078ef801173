"""The bladder: a boxy, leaning body with a dented dome that yields to bone, muscle and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import FAT, LEAST_WALL_MM, depth, settled
from netcourse.scanner.builder.shapes import Points

_ROUND_MM = 110.0
_REACH_MM = (24.0, 18.0, 14.0)
_GAPS_MM = {
    "bone": 4.0,
    "muscle": 2.0,
    "iliac": 2.0,
    "prostate": 0.2,
    "seminal_vesicle": 1.2,
    "uterus": 0.8,
    "vagina": 0.5,
    "rectum": 2.5,
}


def carve_bladder(body: Body, space: Space) -> None:
    """Carve the bladder in this variant's state of filling; keep "bladder"."""
    sex, every = "woman" if body.woman else "man", table("pelvic_organs")["bladder"]
    rows, slope = every[sex][body.variant], every["retropubic"][sex]
    centre = np.asarray(rows["centre"], float) if body.woman else body.place(rows["centre"])
    reach = np.add(rows["half_axes"], _REACH_MM)
    box = space.between(centre - reach, centre + reach)
    values = _shape(body, box, centre, rows)
    values = -smooth_min(-values, -_retropubic(box, *slope), 10.0)
    if "uterus" in space.kept:
        values = -smooth_min(-values, space.kept["uterus"].on(box) - _GAPS_MM["uterus"], 9.0)
    field = settled(space, Field(box, values), _GAPS_MM)
    space.carve(field, "bladder_wall", FAT)
    trabeculae = noise(body.seed("bladder wall"), box, 5)
    wall = np.maximum(rows["wall"] + 0.45 * trabeculae, LEAST_WALL_MM)
    space.carve((box, depth(field) > wall), "urine", ("bladder_wall",))
    space.keep("bladder", field)


def _shape(body: Body, box: Box, centre: Points, rows: dict[str, Any]) -> Float:
    """The outside before it yields: leaning forwards with height, the dome dented by what lies on it."""
    a, b, c = rows["half_axes"]
    z = box.z - centre[2]
    narrow = 1 + rows["taper"] * np.clip(-z / c, 0, 1.2) ** 2
    x = (box.x - centre[0]) * narrow
    y = (box.y - centre[1] + rows["lean"] * z) * narrow
    rise = np.clip(z / c, 0, 1)
    for dx, dy, width, fall in rows["dents"]:
        z = z + rise * fall * np.exp(-((x - dx) ** 2 + (y - dy) ** 2) / width**2)
    away = superellipsoid_distance((x, y, z), (a, b, c), rows["power"])
    away += 1.3 * noise(body.seed("bladder"), box, 24)
    return np.asarray(away + 0.4 * noise(body.seed("bladder"), box, 9), np.float32)


def _retropubic(box: Box, low: Sequence[float], high: Sequence[float]) -> Float:
    """The distance from the slope behind the symphysis through two points (y, z), round from side to side, negative behind it."""
    run, rise = high[0] - low[0], high[1] - low[1]
    ahead = (-rise * (box.y - low[0]) + run * (box.z - low[1])) / np.hypot(run, rise)
    return np.asarray(ahead + box.x**2 / _ROUND_MM, np.float32)


def superellipsoid_distance(
    point: tuple[Float, Float, Float], axes: Sequence[float], power: float
) -> Float:
    """Return the distance of points (x, y, z from the centre) from |x/a|^p + |y/b|^p + |z/c|^p = 1."""
    terms = [np.abs(p / r) for p, r in zip(point, axes, strict=True)]
    q = np.maximum(sum(t**power for t in terms) ** (1 / power), 0.3)
    slope = sum((t ** (power - 1) / r) ** 2 for t, r in zip(terms, axes, strict=True)) ** 0.5
    return np.asarray(
        (q - 1) * q ** (power - 1) / np.maximum(slope, 0.3 ** (power - 1) / max(axes)), np.float32
    )
