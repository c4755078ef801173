"""The stomach, half full, collapsed or full: wall, mucosa with rugae, fluid with gas above it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.abdomen.diaphragm import reference_frame
from netcourse.scanner.builder.abdomen.hollow import Hollow, close_wall
from netcourse.scanner.builder.abdomen.pressing import shadow
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import SPACING_MM, Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, tube

_GAPS = (
    ("liver", 1.6, 0.7),
    ("spleen", 2.2, 1.1),
    ("kidney", 4.0, 0.0),
    ("adrenal", 3.0, 0.0),
    ("gallbladder", 1.4, 0.4),
    ("coeliac", 1.6, 0.0),
    ("portal", 1.6, 0.0),
    ("aorta", 4.0, 0.0),
    ("cava", 4.0, 0.0),
)
_ROUND_MM = 2.4  # how far corners are rounded that the neighbours press
_MUCOSA_MM = 1.4
_TOUCH_MM = 0.8  # what rounding may not go below
_FOLDS = 9
_GREATER = [0.55, -0.15, -0.82]  # from the axis towards the greater curve
_BED_MM = 36.0  # depth behind the pancreas that is no place for the stomach
_BED_Y, _BED_Z = -30.0, 50.0  # the slope behind the body of the stomach
_ANTRUM_MM = 40.0  # length of the thicker wall before the pylorus


def state(body: Body) -> dict[str, Any]:
    """Return a variant's stomach: `axis`, `wall`, `level` of its fluid and height of its `rugae`."""
    states = table("stomach")["state"]
    return dict(states[int(body.variant) % len(states)])


def axis(body: Body) -> Points:
    """Return the axis of a body's stomach, from the fundus to the pylorus: (x, y, z, radius)."""
    rows = body.place(state(body)["axis"])
    rows[1:-2, :3] += body.rng("stomach axis").normal(0, 1.5, (len(rows) - 3, 3))
    rows[:, 3] *= 0.95 if body.woman else 1.0
    return rows


def curve(body: Body, greater: bool, off_mm: float, first: int, last: int) -> Points:
    """Return points (x, y, z) along the greater or lesser curve, `off_mm` outside the wall, beside
    some points of the axis.
    """
    rows = axis(body)
    tangent = np.gradient(rows[:, :3], axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.array(_GREATER if greater else [-c for c in _GREATER])
    out = side - (tangent @ side)[:, None] * tangent
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(rows[:, :3] + out * (rows[:, 3:4] + off_mm))[first:last]


def carve_stomach(body: Body, space: Space) -> None:
    """Carve the stomach and the lowest piece of the gullet; keep "stomach" and "stomach_lumen"."""
    form = state(body)
    sac = Hollow.through(space, axis(body), 12.0)
    box = sac.box
    if box.empty:
        return
    surface = _pressed(body, space, sac)
    space.keep("stomach", surface)
    space.carve(surface, "stomach_wall", ("visceral_fat", "fascia"))
    depth = -np.asarray(surface.values, np.float32)
    fundus = np.asarray(np.clip(1 - sac.along / 60, 0, 1), np.float32)
    antrum = np.clip((sac.along - (sac.length_mm - _ANTRUM_MM)) / 25, 0, 1)
    uneven = 0.8 * noise(body.seed("stomach wall"), box, 8)
    wall = form["wall"] + uneven + 2.0 * antrum - 1.3 * fundus
    space.carve((box, depth > wall - _MUCOSA_MM), "stomach_mucosa", ("stomach_wall",))
    space.keep("stomach_lumen", Field(box, (wall - depth).astype(np.float32)))
    _fill(body, space, sac, depth - wall, np.float32(1) - np.float32(0.7) * fundus)
    close_wall(space, box, "stomach_wall", ("stomach_mucosa",), ("stomach_content", "gas"))


def _fill(body: Body, space: Space, sac: Hollow, depth: Float, folded: Float) -> None:
    """Fluid with gas in front of its level, folds of mucosa where the lumen's `depth` is small, a
    few bubbles.
    """
    form, box = state(body), sac.box
    lumen = depth > 0
    space.carve((box, lumen), "stomach_content", ("stomach_wall", "stomach_mucosa"))
    level = body.place([0, form["level"], 0])[1] + 0.5 * noise(body.seed("level"), box, 28)
    gas = lumen & (box.y < level)
    space.carve((box, gas), "gas", ("stomach_content",))
    fold = _rugae(body, sac) * form["rugae"] * np.where(gas, 0.7, 1.0) * folded
    space.carve((box, lumen & (depth < fold)), "stomach_mucosa", ("stomach_content", "gas"))
    bubbles = lumen & (noise(body.seed("bubbles"), box, 4) > 2.1) & (box.y < level + 18)
    space.carve((box, bubbles), "gas", ("stomach_content",))


def _pressed(body: Body, space: Space, sac: Hollow) -> Field:
    """The outside of the stomach with the gullet, pressed by its neighbours, its corners rounded."""
    box = sac.box
    middle = noise(body.seed("stomach 11"), box, 11)
    values = sac.distance + 2.2 * noise(body.seed("stomach"), box, 18)
    gullet = tube(space, body.place(table("stomach")["gullet"]), 8).on(box)
    outside = Field(box, smooth_min(values.astype(np.float32), gullet, 6))
    for name, gap, uneven in _GAPS:
        outside = outside.yielding(space.kept[name], gap + uneven * middle)
    outside = outside.yielding(_bed(body, space, box), 2.6 + 1.4 * middle)
    inside = np.maximum(outside.values, space.kept["peritoneal"].on(box) + 1.2)
    sigma = [_ROUND_MM / s for s in SPACING_MM]
    smooth = ndimage.gaussian_filter(inside, sigma) + 0.4 + 0.7 * middle
    smooth += 0.4 * noise(body.seed("stomach 8"), box, 8)
    smooth = np.maximum(smooth, space.kept["peritoneal"].on(box) + _TOUCH_MM)
    for name, *_ in _GAPS:
        smooth = np.maximum(smooth, _TOUCH_MM - space.kept[name].on(box))
    smooth = np.maximum(smooth, _TOUCH_MM - space.kept["pancreas"].on(box))
    return Field(box, smooth.astype(np.float32))


def _bed(body: Body, space: Space, box: Box) -> Float:
    """The pancreas, all that lies behind it, and the slope from there up to the diaphragm: the
    stomach stays in front.
    """
    bed = shadow(space.kept["pancreas"].on(box), (0.0, 1.0), _BED_MM)
    _, y, z = reference_frame(body, box)
    slope = _BED_Y + 0.9 * np.clip(z - _BED_Z, -20, 60) - y
    return np.asarray(np.minimum(bed, 0.75 * slope), np.float32)


def _rugae(body: Body, sac: Hollow) -> Float:
    """Height of the folds that run along the stomach, winding and joining, as a share of the full
    height.
    """
    box = sac.box
    turn = 1.1 * noise(body.seed("rugae"), box, 18) + 0.35 * noise(body.seed("rugae fine"), box, 9)
    wave = np.abs(np.sin(_FOLDS / 2 * sac.angle + turn))
    tall = 0.75 + 0.5 * noise(body.seed("rugae height"), box, 13)
    return np.asarray(np.clip(1 - (wave / 0.55) ** 2, -0.2, 1) * np.clip(tall, 0, 1.5), np.float32)
