"""The lungs: what cage, diaphragm and mediastinum leave; their fissures and lobes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.abdomen.diaphragm import column_distance
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.great_vessels import FAT
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.outline import Outline

Lobe = Literal["right_upper", "middle", "right_lower", "left_upper", "left_lower"]
LOBES: tuple[Lobe, ...] = ("right_upper", "middle", "right_lower", "left_upper", "left_lower")
PLEURA_MM = 0.2
_KEPT_OFF = ("muscle", "muscle_across", "cortex", "marrow", "cartilage", "disc", "tendon", "aorta")
"""Tissues carved before that pleura and fat part from the lung."""
_SLIVER_VOXELS = (3, 5, 5)
_SMALLEST_VOXELS = 3000


def pleural_distance(
    body: Body, box: Box, cavity: Float, above: Float, mediastinum: Float
) -> Float:
    """Return the distance from the lungs in a box, negative inside.

    `cavity`, `above` (the space over the diaphragm) and `mediastinum` are distances in the same box.
    """
    rough = noise(body.seed("pleura", False), box, 9)
    out = np.maximum(cavity + PLEURA_MM + 0.25 * rough, -mediastinum + 0.25 * rough)
    out = np.maximum(out, above + 0.9)
    return np.asarray(np.maximum(out, 1.6 - column_distance(body, box)), np.float32)


def oblique_distance(body: Body, box: Box) -> Float:
    """Return the distance from the oblique fissures, negative above and before them (upper and middle lobe)."""
    data = table("lungs")["oblique"]
    bend = noise(body.seed("oblique", False), box, 40)
    sides = []
    for side, sign in (("right", -1), ("left", 1)):
        row = data[side]
        z, y = body.height(row["z"]), body.place([0, row["y"], row["z"]])[1]
        away = box.x * sign - 70
        turn = row["turn"] + row["twist"] * (z - box.z - 60)
        plane = box.y - y + (z - box.z) / row["steep"] - turn * away + 0.0022 * away**2
        sides.append((plane - 4.5 * bend) * np.cos(np.arctan(1 / row["steep"])))
    return np.asarray(np.where(box.x < 0, sides[0], sides[1]), np.float32)


def horizontal_distance(body: Body, box: Box) -> Float:
    """Return the distance from the horizontal fissure of the right lung, positive above it (upper lobe)."""
    row = table("lungs")["horizontal"]
    x, y, z = body.place([row["x"], row["y"], row["z"]])
    bend = noise(body.seed("horizontal", False), box, 45)
    dome = 0.0028 * (box.x - x) ** 2 + 0.0018 * (box.y - y) ** 2
    return np.asarray(box.z - (z - dome) - 2.2 * bend, np.float32)


def lobe_distances(body: Body, box: Box, lungs: Float) -> dict[Lobe, Float]:
    """Return the distance from each lobe in a box, given the distance from the lungs."""
    oblique, horizontal = oblique_distance(body, box), horizontal_distance(body, box)
    right, left = np.maximum(lungs, box.x), np.maximum(lungs, -box.x)
    front_right = np.maximum(right, oblique)
    return {
        "right_upper": np.maximum(front_right, -horizontal),
        "middle": np.maximum(front_right, horizontal),
        "right_lower": np.maximum(right, -oblique),
        "left_upper": np.maximum(left, oblique),
        "left_lower": np.maximum(left, -oblique),
    }


def lobe_codes(lobes: dict[Lobe, Float], box: Box) -> Field:
    """Return the lobe at each place of a coarse box: 1–5 in the order of `LOBES`, 0 outside the lungs."""
    codes = box.full(0)
    for code, name in enumerate(LOBES, 1):
        codes[lobes[name] < 0] = code
    return Field(box, codes)


def carve_lungs(body: Body, space: Space, box: Box, outline: Outline, mediastinum: Float) -> None:
    """Fill the lungs with their fissures; keep "lung"."""
    above = space.kept["thoracic"].on(box, -FAR_MM)
    above = np.maximum(above, 2.0 - space.distance(box, "peritoneal"))
    lungs = pleural_distance(body, box, outline.cavity(box), above, mediastinum)
    lungs = np.maximum(lungs, 1.8 - space.distance(box, "bone", "disc", "costal_cartilage"))
    mask = lungs < 0
    mask &= ~ndimage.binary_dilation(space.is_(box, *_KEPT_OFF))
    mask &= ndimage.uniform_filter(mask.astype(np.float32), _SLIVER_VOXELS) > 0.48
    parts, count = ndimage.label(mask)
    large = np.bincount(parts.ravel(), minlength=count + 1) > _SMALLEST_VOXELS
    large[0] = False
    mask = large[parts]
    space.carve((box, mask), "lung", FAT)
    kept = np.where(mask, np.minimum(lungs, -0.1), np.maximum(lungs, 0.1))
    space.keep("lung", Field(box, kept.astype(np.float16)))
    oblique, horizontal = oblique_distance(body, box), horizontal_distance(body, box)
    gaps = noise(body.seed("fissure gaps", False), box, 26)
    share = _line(oblique) * (gaps > -0.9)
    minor = np.where((box.x < 0) & (oblique < 0), _line(horizontal), 0) * (gaps > -0.3)
    space.cover((box, np.maximum(share, 0.75 * minor)), "fissure", ("lung",))


def _line(distance: Float) -> Float:
    """The share of a fissure's plane in voxels near it."""
    return np.asarray(0.36 * np.exp(-((distance / 0.6) ** 2)), np.float32)
