"""The great vessels: arch with its branches, pulmonary arteries and veins, the upper veins to neck and axilla."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import FAR_MM, Field, Space
from netcourse.scanner.builder.shapes import Points, tube

FAT = ("mediastinal_fat", "visceral_fat", "muscle_fat")
"""The fat that the structures of the chest and the root of the neck lie in."""
_GIVES_WAY = ("lung", "myocardium", "pericardium", *FAT)
_ORDER = ("aorta", "lung_artery", "artery", "upper_vein", "upper_cava", "cava", "lung_vein")
_FLOWS_INTO = {"upper_cava": ("upper_vein",)}
_SLEEVE_MM = 1.2
ARCH_FROM_MM = 234.0
"""Height (reference man) above which the aorta is the arch that is drawn here."""


@cache
def vessel_lines(body: Body) -> dict[str, tuple[str, Points]]:
    """Return every drawn vessel of a body: name, then its tissue and its points (x, y, z, radius)."""
    data = table("chest_vessels")
    size = data["woman"] if body.woman else 1.0
    return {
        row["name"]: (row["tissue"], body.place(row["points"]) * (1, 1, 1, size))
        for row in data["vessel"]
    }


def draw_vessels(body: Body, space: Space, *tissues: str, pad_mm: float = 6.0) -> Field:
    """Return the distance from all drawn vessels of some tissues."""
    return union(
        space,
        [
            tube(space, points, pad_mm)
            for tissue, points in vessel_lines(body).values()
            if tissue in tissues
        ],
    )


def union(space: Space, fields: Sequence[Field]) -> Field:
    """Return the distance from the nearest of some structures, in the box that holds them all."""
    box = space.around(*(f.box for f in fields))
    out = box.full(FAR_MM)
    for f in fields:
        if not f.box.empty:
            part = f.box.within(box)
            np.minimum(out[part], f.values, out=out[part])
    return Field(box, out)


def carve_chest_vessels(body: Body, space: Space, right_blood: Field) -> None:
    """Carve the great vessels, with a sleeve of fat where they run through muscle, the later off the earlier.

    Vessels of one kind flow into each other; so do the upper veins and the cava, atria and their veins.
    """
    _clear_arch(body, space)
    done = [space.kept["airway"] + 0.6]
    for tissue in _ORDER:
        lines = [points for own, points in vessel_lines(body).values() if own == tissue]
        fields = [f for f in (tube(space, points, 4.0) for points in lines) if not f.box.empty]
        for field in fields:
            hard = space.distance(field.box, "bone", "disc")
            free = field.yielding(hard, 1.7)
            for before in done:
                free = free.yielding(before, 1.3)
            space.carve(free + -_SLEEVE_MM, "muscle_fat", ("muscle", "muscle_across"))
            space.carve(free, tissue, _GIVES_WAY + _FLOWS_INTO.get(tissue, ()))
        if tissue != "upper_vein":
            done.extend(fields)
        if tissue == "cava":
            done.append(right_blood + -0.6)


def _clear_arch(body: Body, space: Space) -> None:
    """Give the place of the arch back to the fat: the descending aorta ends below it."""
    box = space.between(*body.place([[-20.0, -60.0, ARCH_FROM_MM], [60.0, 60.0, 290.0]]))
    space.carve((box, space.is_(box, "aorta")), "mediastinal_fat")
