"""The oesophagus: a flat muscular tube behind trachea and left atrium, with a little gas here and there."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.abdomen.great_vessels import upright_distance
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.chest.great_vessels import FAT, draw_vessels
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise


def oesophagus_distance(body: Body, box: Box) -> Float:
    """Return the distance from the oesophagus in a box; it ends at the height of its first and last point."""
    data = table("airways")["oesophagus"]
    line = body.place(data["points"])
    line = line[np.argsort(line[:, 2])]
    at = PchipInterpolator(line[:, 2], line[:, :2], axis=0)
    z = np.clip(box.z.ravel(), line[0, 2], line[-1, 2])
    x, y = at(z).T
    size = 0.9 if body.woman else 1.0
    width, depth = data["half_width"] * size, data["half_depth"] * size
    width = width + 0.9 * noise(body.seed("oesophagus width", False), _axis(box), 16)
    u = (box.x - x.astype(np.float32)[:, None, None]) / width
    v = (box.y - y.astype(np.float32)[:, None, None]) / depth
    beyond = np.maximum(np.maximum(line[0, 2] - box.z, box.z - line[-1, 2]), 0)
    rough = noise(body.seed("oesophagus", False), box, 9)
    return np.asarray((np.hypot(u, v) - 1) * depth + 0.45 * rough + beyond, np.float32)


def _axis(box: Box) -> Box:
    """A line along z through the middle: what changes with height alone."""
    zero = np.zeros((1, 1, 1), np.float32)
    return Box(box.slices, box.z, zero, zero)


def carve_oesophagus(body: Body, space: Space) -> None:
    """Carve wall and gas where the tube gapes, off aorta, airway, heart and bone; keep "oesophagus"."""
    data = table("airways")["oesophagus"]
    box = space.between(*body.place([[-24, -60, 60], [40, 30, 334]]))
    whole = Field(box, oesophagus_distance(body, box))
    aorta = np.minimum(
        upright_distance(body, box, "aorta"), draw_vessels(body, space, "aorta").on(box)
    )
    field = whole.yielding(aorta, 1.8).yielding(space.distance(box, "airway"), 0.7)
    field = space.keep("oesophagus", field.yielding(space.distance(box, "heart", "bone"), 1.0))
    space.carve(field, "oesophagus_wall", ("pericardium", "muscle", "muscle_across", *FAT))
    gape = noise(body.seed("oesophagus gas", False), box, (26, 14, 14))
    rough = noise(body.seed("oesophagus lumen", False), box, 5)
    lumen = field + (data["wall"] + 0.9 - 1.1 * np.clip(gape - 0.35, -1.0, 0.9) + 0.3 * rough)
    space.carve(lumen, "gas", ("oesophagus_wall",))
