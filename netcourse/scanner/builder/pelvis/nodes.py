"""Pelvic and inguinal lymph nodes with a fatty hilum, small and normal, and the list of them for the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import FAT, lay
from netcourse.scanner.builder.shapes import ellipsoid_distance

_HILUM_FROM_MM = 2.3
_SPARSE = 0.15  # share of the listed nodes that a body lacks


@dataclass(frozen=True)
class Node:
    """A normal node that was carved: its station, its middle (x, y, z) and half its short axis, mm."""

    station: str
    centre: tuple[float, float, float]
    radius: float


def carve_nodes(body: Body, space: Space) -> list[Node]:
    """Carve small nodes in fat, the same in all variants, and return them; keep "node"."""
    found = []
    for station, rows in table("pelvic_vessels")["nodes"].items():
        for side in ("left", "right"):
            rng = body.rng(f"{side} {station}", variant=False)
            for *centre, radius in rows:
                place = body.place(centre) * (1 if side == "left" else -1, 1, 1)
                place += rng.normal(0, 1.5, 3)
                radius *= rng.uniform(0.75, 1.1)
                kept = rng.random() > _SPARSE
                if kept and _carve_node(body, space, place, radius, rng):
                    x, y, z = (float(c) for c in place)
                    found.append(Node(f"{side} {station.replace('_', ' ')}", (x, y, z), radius))
    return found


def _carve_node(
    body: Body, space: Space, centre: np.ndarray, radius: float, rng: np.random.Generator
) -> bool:
    """Carve a bean with its hilum turned inwards; return whether fat left it the room."""
    axes = radius * np.array([1.0, rng.uniform(1.0, 1.25), rng.uniform(1.4, 2.1)])
    box = space.box(centre, float(axes.max()) + 4)
    if box.empty:
        return False
    lean = rng.normal(0, 0.35, 2)
    shear = np.array([[1, 0, lean[0]], [0, 1, lean[1]], [0, 0, 1.0]])
    bean = ellipsoid_distance(box, tuple(centre), tuple(axes), shear)
    bean += 0.15 * radius * noise(body.seed("node", False), box, 3)
    if radius > _HILUM_FROM_MM:
        inwards = np.add(centre, (-np.sign(centre[0]) * 0.55 * radius, 0.4 * radius, 0))
        hilum = ellipsoid_distance(box, tuple(inwards), tuple(axes * (0.62, 0.55, 0.7)), shear)
        bean = np.maximum(bean, -hilum)
    clear = box.full(60.0)
    for name in ("iliac", "bone", "rectum", "bladder"):
        np.minimum(clear, space.kept[name].on(box), out=clear)
    bean = np.maximum(bean, 1.0 - clear)
    inside = bean < 0
    if inside.sum() < 3 or not space.is_(box, *FAT)[inside].mean() > 0.6:
        return False
    lay(space, Field(box, bean), "lymph_node")
    return True
