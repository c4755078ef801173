"""A coarse block of the whole thorax: smooth shapes are drawn on it once, and are then the same in every block."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.shapes import spread

LOW_MM, HIGH_MM = (-150.0, -130.0, -30.0), (150.0, 84.0, 348.0)
STEP_MM = (2.0, 2.0, 3.0)


class Mesh(Space):
    """A block without voxels of 3 × 2 × 2 mm (z, y, x) that holds the thorax of a body from its recesses to its apices."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.kept: dict[str, Field] = {}
        x, y, z = (
            np.arange(low, high + step / 2, step).astype(np.float32)
            for low, high, step in zip(LOW_MM, HIGH_MM, STEP_MM, strict=True)
        )
        self._axes = (z, y, x)

    @cached_property
    def all(self) -> Box:
        """The whole thorax."""
        return self._box([(0, axis.size) for axis in self._axes])


def fine(field: Field, box: Box, outside: float = FAR_MM) -> Float:
    """Return a field of the coarse block on the voxels of a box, `outside` where it is not known."""
    axes = (field.box.z.ravel(), field.box.y.ravel(), field.box.x.ravel())
    if box.empty or field.box.empty:
        return box.full(outside)
    values = spread(np.asarray(field.values, np.float32), axes, box)
    for axis, places in zip(axes, (box.z, box.y, box.x), strict=True):
        values = np.where((places < axis[0]) | (places > axis[-1]), np.float32(outside), values)
    return values
