"""What holds for every lumen: a wall around it, gas above fluid, and an opening where one organ goes over into the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.grid import SPACING_MM, Box, Mask, Space
from netcourse.scanner.builder.shapes import ellipsoid

LUMEN = ("stool", "gas", "bowel_fluid")
_LEAST_POCKET_ML = 0.15
_BELOW_MM = 15.0


@dataclass(frozen=True)
class Pocket:
    """Gas in a lumen: a box (slices z, y, x of the block) around it and the fluid or stool below, and the height of its
    surface (y, mm): after a body is warped, gas belongs in front of the level again.
    """

    organ: str
    box: tuple[slice, slice, slice]
    level_mm: float


def open_to_outside(space: Space, box: Box, walls: Sequence[str]) -> Mask:
    """Return which lumen voxels of a box touch, face to face, anything but lumen and walls."""
    lumen = space.is_(box, *LUMEN)
    outside = ~(lumen | space.is_(box, *walls))
    return np.asarray(lumen & ndimage.binary_dilation(outside))


def within_walls(space: Space, box: Box, walls: Sequence[str]) -> Mask:
    """Return which voxels of a box are lumen or wall and have nothing else beside them."""
    return np.asarray(ndimage.binary_erosion(space.is_(box, *LUMEN, *walls)))


def connect(
    space: Space, place: Sequence[float], radius_mm: float, content: str, *walls: str
) -> None:
    """Open the walls between two organs that go over into each other, in a ball around a place (x, y, z)."""
    ball = ellipsoid(space, place, (radius_mm,) * 3)
    inside = (ball.values < 0) & within_walls(space, ball.box, walls)
    space.carve((ball.box, inside), content, walls)


def pockets(space: Space, organ: str) -> list[Pocket]:
    """Return the pockets of gas in a kept organ."""
    field = space.kept[organ]
    box = field.box
    gas = space.is_(box, "gas") & (np.asarray(field.values) < 0)
    parts, count = ndimage.label(gas)
    sizes = np.bincount(parts.ravel())
    least = _LEAST_POCKET_ML * 1000 / float(np.prod(SPACING_MM))
    found = []
    for number, where in enumerate(ndimage.find_objects(parts, count), 1):
        if sizes[number] >= least:
            z, y, x = (
                slice(a.start + b.start, a.stop + b.start)
                for a, b in zip(where, box.slices, strict=True)
            )
            level = float(box.y.ravel()[where[1].stop - 1]) + 0.5
            below = min(y.stop + int(_BELOW_MM), box.slices[1].stop)
            found.append(Pocket(organ, (z, slice(y.start, below), x), level))
    return found
