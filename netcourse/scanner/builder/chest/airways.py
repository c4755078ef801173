"""Trachea and bronchi down to the lobes, with their walls."""

from __future__ import annotations

from functools import cache

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.great_vessels import FAT, union
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.shapes import Points, tube

_FLAT_REAR_MM = 7.2
"""Where the membranous rear wall cuts the trachea, behind its middle."""


@cache
def airway_lines(body: Body) -> dict[str, tuple[Points, float]]:
    """Return trachea and bronchi by name: points (x, y, z, inner radius) and the wall's thickness, mm."""
    data = table("airways")
    size = data["woman"] if body.woman else 1.0
    return {
        row["name"]: (body.place(row["points"]) * (1, 1, 1, size), row["wall"])
        for row in data["bronchus"]
    }


def draw_airways(body: Body, space: Space, pad_mm: float = 6.0) -> tuple[Field, Field]:
    """Return the distances from the lumen and from the wall's outside of trachea and bronchi."""
    lumen, wall = [], []
    for name, (points, thick) in airway_lines(body).items():
        field = tube(space, points, pad_mm)
        if name == "trachea":
            field = Field(field.box, np.maximum(field.values, _rear(points, field.box)))
        lumen.append(field)
        wall.append(field + -thick)
    return union(space, lumen), union(space, wall)


def carve_airways(body: Body, space: Space) -> None:
    """Carve trachea and bronchi; keep "airway" with its wall."""
    lumen, wall = draw_airways(body, space)
    space.carve(wall, "airway_wall", ("lung", "muscle", "muscle_across", *FAT))
    space.carve(lumen, "airway", ("airway_wall",))
    space.keep("airway", wall)


def _rear(points: Points, box: Box) -> Float:
    """The plane of the trachea's flat rear wall."""
    order = np.argsort(points[:, 2])
    y = np.interp(box.z, points[order, 2], points[order, 1])
    return np.asarray(box.y - y - _FLAT_REAR_MM + 0 * box.x, np.float32)
