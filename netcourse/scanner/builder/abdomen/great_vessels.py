"""Descending aorta, inferior vena cava and the iliac vessels down to the groin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import tube

BELLY_FAT = ("visceral_fat",)
"""The fat that the belly's vessels run in."""
FAT = ("visceral_fat", "mediastinal_fat")
"""The fat that the great vessels run in."""
_MUSCLE = ("muscle", "muscle_across", "diaphragm")
_SLEEVE_MM = 1.2  # of fat between a vessel and muscle


def keep_great_vessels(body: Body, space: Space) -> None:
    """Keep the fields "aorta", "cava" and "iliac" (arteries and veins), for all that yields to
    them; nothing is carved.
    """
    rows = table("great_vessels")
    space.keep("aorta", _upright(body, space, "aorta"))
    for side in ("left", "right"):
        space.keep("iliac_artery", tube(space, calibres(body, rows["iliac_artery"][side])))
        space.keep("iliac_vein", tube(space, calibres(body, rows["iliac_vein"][side])))
    artery = space.kept["iliac_artery"]
    veins = space.kept["iliac_vein"].yielding(artery, 0.6)
    space.kept["iliac_vein"] = Field(veins.box, veins.values.astype(np.float16))
    space.keep("cava", _upright(body, space, "cava").yielding(artery, 0.6))
    space.keep("iliac", artery.joined(veins, space))


def carve_great_vessels(body: Body, space: Space) -> None:
    """Fill aorta, cava and the iliac vessels with their blood, over fat and muscle."""
    kept = space.kept
    carve_vessel(space, kept["iliac_artery"], "artery", BELLY_FAT)
    carve_vessel(space, kept["iliac_vein"], "lower_vein", BELLY_FAT)
    cava, join = kept["cava"], body.height(table("great_vessels")["renal_veins_join"])
    height = np.broadcast_to(cava.box.z, cava.box.shape)
    wave = 6 * noise(body.seed("cava", False), cava.box, 14)
    for tissue, part in (("lower_vein", height + wave < join), ("cava", height + wave >= join)):
        part_of_cava = Field(cava.box, np.where(part, cava.values, 9.0))
        carve_vessel(space, part_of_cava, tissue, FAT if tissue == "cava" else BELLY_FAT)
    carve_vessel(space, kept["aorta"], "aorta")


def carve_vessel(
    space: Space,
    field: Field,
    tissue: str,
    over: Sequence[str] = FAT,
    sleeve_mm: float = _SLEEVE_MM,
) -> None:
    """Fill a vessel with shares at its border; muscle that it runs through gives way with a sleeve
    of fat.
    """
    if sleeve_mm:
        space.carve(field + (-sleeve_mm), "visceral_fat", _MUSCLE)
    space.cover(field, tissue, over)


def calibres(body: Body, points: ArrayLike) -> NDArray[np.float64]:
    """Take tube points (x, y, z, radius) drawn for the reference man to this body, with its own
    calibres.
    """
    placed = body.place(points)
    placed[..., 3] *= table("great_vessels")["woman"] if body.woman else 1.0
    return placed


def upright_distance(body: Body, box: Box, name: str) -> Float:
    """Return the distance in a box from a nearly upright vessel, "aorta" or "cava", by its oval
    section at each height.
    """
    x, y, width, depth, turn = upright_course(body, box, name)
    turn = np.deg2rad(turn)
    u = (box.x - x) * np.cos(turn) + (box.y - y) * np.sin(turn)
    v = (box.y - y) * np.cos(turn) - (box.x - x) * np.sin(turn)
    ends = body.place(table("great_vessels")[name])[:, 2]
    beyond = np.maximum(np.maximum(ends.min() - box.z, box.z - ends.max()), 0)
    radius = np.sqrt(width * depth)
    return np.asarray((np.hypot(u / width, v / depth) - 1) * radius + beyond, np.float32)


def upright_course(body: Body, box: Box, name: str) -> list[Float]:
    """Return x, y, half width, half depth and turn of an upright vessel at the heights of a box,
    each (z, 1, 1).
    """
    rows = body.place(table("great_vessels")[name])
    rows = rows[np.argsort(rows[:, 2])]
    rows[:, 3:5] *= table("great_vessels")["woman"] if body.woman else 1.0
    at = PchipInterpolator(rows[:, 2], np.delete(rows, 2, axis=1), axis=0)
    z = np.clip(box.z.ravel(), rows[0, 2], rows[-1, 2])
    return [c.astype(np.float32)[:, None, None] for c in at(z).T]


def _upright(body: Body, space: Space, name: str) -> Field:
    rows = body.place(table("great_vessels")[name])
    box = space.box(rows, 24)
    wobble = noise(body.seed(name, False), box, 14) * (0.5 if name == "cava" else 0.25)
    return Field(box, upright_distance(body, box, name) + wobble)
