"""The cranium: vault with diploe, base with its three pits, petrous bones, air cells and sinuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator

from netcourse.scanner.builder.body import table
from netcourse.scanner.builder.bones.paint import Bone, carve_bone
from netcourse.scanner.builder.grid import Box, Field, Float, smooth_min
from netcourse.scanner.builder.head.frame import SIDES, SOFT, HeadFrame, bar, blob, field


@dataclass(frozen=True)
class Cranium:
    """Distances in the head's box: `inside` the cavity (negative), `vault` the inner vault alone, `bone` of the skull."""

    box: Box
    vault: Float
    inside: Float
    bone: Float


def draw_cranium(frame: HeadFrame) -> Cranium:
    """Draw the cranium of a head."""
    data = table("skull")
    box = frame.head
    vault = egg(box) + 0.5 * frame.noise("vault", box, 30)
    inside = np.maximum(vault, _above(box, data["base"]["floor"]))
    thick = data["vault"]["thick_mm"] + 0.5 * frame.noise("diploe", box, 22)
    temple = np.exp(-(((box.z - 474) / 20) ** 2) - ((box.y + 20) / 34) ** 2)
    thick = (
        thick
        - 2.8 * temple
        + 5 * np.exp(-((box.x / 16) ** 2) - ((box.z - 470) / 12) ** 2) * (box.y > 30)
    )
    outside = smooth_min(vault - thick, _mastoids(box), 4.0)
    under = _above(box, data["base"]["under"])
    pieces = np.minimum(np.maximum(outside, under), _base_pieces(box))
    bone = np.maximum(pieces, -inside - 0.2)
    hole = np.hypot(box.x / 15.5, (box.y - 10) / 18) * 16 - 16
    bone = np.maximum(bone, -np.maximum(hole, box.z - 462))
    return Cranium(box, vault, inside, np.asarray(bone, np.float32))


def egg(box: Box) -> Float:
    """Return the distance from the inside of the vault: an egg, narrower in front."""
    vault = table("skull")["vault"]
    (cx, cy, cz), (a, b, c), p = vault["centre"], vault["axes"], vault["power"]
    y = box.y - cy
    width = a * (1 - 0.13 * np.clip(-(y + 8) / 76, 0, 1) ** 1.4 + 0.02 * np.clip(y / 60, 0, 1))
    terms = [(np.abs(box.x - cx), width), (np.abs(y), b), (np.abs(box.z - cz), c)]
    q = sum((t / r) ** p for t, r in terms) ** (1 / p) + 1e-6
    slope = np.sqrt(sum((t ** (p - 1) / r**p) ** 2 for t, r in terms)) * q ** (1 - p) + 1e-6
    return np.asarray((q - 1) / np.maximum(slope, 0.008), np.float32)


def _above(box: Box, points: list[list[float]]) -> Float:
    """The distance from a surface through some points, mirrored: negative above it."""
    p = np.array(points, float)
    both = np.vstack([p, p[p[:, 0] > 0] * (-1, 1, 1)])
    surface = RBFInterpolator(both[:, :2], both[:, 2], smoothing=0.5)
    y, x = box.y.ravel(), box.x.ravel()
    places = np.stack([a.ravel() for a in np.meshgrid(x, y)], axis=1)
    z = surface(places).reshape(y.size, x.size)
    dy, dx = np.gradient(z)
    tilt = np.sqrt(1 + np.minimum(dx**2 + dy**2, 9.0))
    return np.asarray((z - box.z) / tilt, np.float32)


def _mastoids(box: Box) -> Float:
    return np.minimum(
        *(bar(box, (s * 54, 10, 460), (s * 52, 5, 441), 12, 6.5, (1, 0.85, 1)) for s in SIDES)
    )


def _base_pieces(box: Box) -> Float:
    """Petrous pyramids, condyles, pterygoid and styloid processes."""
    out = box.full(60.0)
    for s in SIDES:
        for piece in (
            bar(box, (s * 52, 4, 466), (s * 13, -20, 463), 11, 6.5),
            bar(box, (s * 54, -14, 461), (s * 50, -2, 464), 6, 9),
            blob(box, (s * 19, -1, 450), (7, 11, 5)),
            bar(box, (s * 15, -45, 456), (s * 12, -41, 440), 2.2, 1.4, (1, 0.35, 1)),
            bar(box, (s * 16, -45, 456), (s * 20, -39, 441), 2.2, 1.3, (1, 0.35, 1)),
            bar(box, (s * 42, -4, 446), (s * 35, -16, 424), 2.2, 1.2),
        ):
            np.minimum(out, piece, out=out)
    return out


def carve_cranium(frame: HeadFrame, cranium: Cranium) -> None:
    """Carve the cranium with its cortex and marrow, then sinuses and air cells in it; keep "skull"."""
    box = cranium.box
    spine = frame.distance(box, "bone")
    bone = Field(box, np.maximum(cranium.bone, 1.6 - spine).astype(np.float32))
    dense = np.zeros(box.shape, np.float32)
    for s in SIDES:
        dense = np.maximum(dense, np.clip(0.5 - blob(box, (s * 36, -8, 464), (17, 9, 8)) / 3, 0, 1))
    cortex = 1.7 - 0.6 * np.clip((480 - box.z) / 12, 0, 1) + box.full(0.0)
    carve_bone(
        frame,
        Bone("skull", bone, cortex.astype(np.float32), 0.25, 0.75 * dense),
        frame.body.seed("skull", False),
    )
    frame.keep("skull", bone)
    _carve_air(frame, cranium, bone)


def _carve_air(frame: HeadFrame, cranium: Cranium, bone: Field) -> None:
    """Sphenoid sinus, mastoid cells, middle ears, ear canals, and fluid of the inner ears."""
    box = cranium.box
    marrow = ("marrow", "marrow_fat", "cortex")
    deep = bone.values < -1.4
    cells = frame.noise("cells", box, (3.4, 3.2, 3.2))
    wide = frame.noise("cells wide", box, 12)
    wall = np.abs(box.x - 1.5) < 0.7
    sphenoid = blob(box, (0, -42, 464), (13, 12, 8)) + 1.2 * frame.noise("sphenoid", box, 12)
    for s in SIDES:
        place = blob(box, (s * 54, 8, 456), (9, 14, 19)) + 2 * wide
        frame.carve((box, (place < 0) & deep & (cells < 0.55)), "gas", marrow)
        wall_here = (place < 0) & deep & (cells >= 0.55)
        frame.cover((box, 0.5 * wall_here.astype(np.float32)), "cortex", ("marrow",))
        frame.carve(field(box, blob(box, (s * 46, -9, 459), (3, 4.5, 6))), "gas", marrow)
        canal = bar(box, (s * 78, -9, 459), (s * 48, -10, 459), 3.4)
        frame.carve(field(box, canal - 1.4), "airway_wall", (*marrow, *SOFT, "muscle", "skin"))
        frame.carve(field(box, canal), "gas", ("airway_wall",))
        for centre, axes in (((s * 39, -9, 463), (2.2, 2.2, 2.4)), ((s * 43, -3, 466), (2, 3, 2))):
            frame.carve(field(box, blob(box, centre, axes)), "csf", marrow)
        frame.carve(field(box, bar(box, (s * 15, -10, 466), (s * 34, -8, 466), 2.3)), "csf", marrow)
    frame.carve((box, (sphenoid < 0) & deep & ~wall), "gas", marrow)
