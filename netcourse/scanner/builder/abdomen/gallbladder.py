"""The gallbladder with its wall, and the bile ducts outside the liver."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.abdomen.great_vessels import BELLY_FAT
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, tube


def keep_gallbladder(body: Body, space: Space) -> None:
    """Keep the field "gallbladder", before the liver is carved round it."""
    rows = table("liver")["gallbladder"]
    size = rows["size"][int(body.variant) % len(rows["size"])] * (0.95 if body.woman else 1.0)
    course = _course(body, rows["course"])
    course[:, 3] *= size
    course[1:, :3] = course[0, :3] + (course[1:, :3] - course[0, :3]) * size
    sac = tube(space, course, 8)
    if not sac.box.empty:
        sac = sac + 0.8 * noise(body.seed("gallbladder"), sac.box, 18)
        sac = sac.yielding(space.kept["kidney"], 4.0).yielding(space.kept["pancreas"], 2.0)
    inside = Field(sac.box, space.kept["peritoneal"].on(sac.box) + np.float32(2.0))
    space.keep("gallbladder", Field(sac.box, np.maximum(sac.values, inside.values)))


def carve_gallbladder(body: Body, space: Space) -> None:
    """Carve the gallbladder and the ducts; keep "bile_duct"."""
    sac = space.kept["gallbladder"]
    wall = table("liver")["gallbladder"]["wall"]
    space.carve(sac, "gallbladder_wall", ("visceral_fat", "fascia", "liver"))
    uneven = 0.1 * noise(body.seed("gallbladder wall"), sac.box, 8)
    space.carve(sac + (wall + uneven), "bile", ("gallbladder_wall",))
    for name in ("duct", "cystic"):
        field = tube(space, _course(body, table("liver")["gallbladder"][name]))
        for vessel in ("portal", "coeliac"):
            field = field.yielding(space.kept[vessel], 0.4)
        space.carve(field, "bile_duct", (*BELLY_FAT, "pancreas", "uncinate"))
        space.keep("bile_duct", field)


def _course(body: Body, points: list[list[float]]) -> Points:
    """A drawn course in a body; its far end wanders most."""
    course = body.place(points)
    far = np.linspace(0, 1, len(course))[:, None]
    course[:, :3] += far * body.rng("gallbladder course").normal(0, 4, 3)
    return course
