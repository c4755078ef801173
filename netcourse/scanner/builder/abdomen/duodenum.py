"""The duodenum: bulb, descending, horizontal and ascending part up to the flexure, round the
pancreas' head.
"""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.abdomen.hollow import Hollow, close_wall
from netcourse.scanner.builder.abdomen.stomach import state
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise

_GAPS = (
    ("pancreas", 0.3),
    ("cava", 1.2),
    ("aorta", 1.4),
    ("sma", 1.6),
    ("portal", 1.2),
    ("coeliac", 1.0),
    ("ima", 1.0),
    ("kidney", 3.0),
    ("renal_vessel", 1.5),
    ("ureter", 1.5),
    ("gallbladder", 1.0),
)
_FOLD_MM, _PITCH_MM = 3.4, 4.6  # height and distance of the folds


def carve_duodenum(body: Body, space: Space) -> None:
    """Carve the duodenum with folds and content; keep "duodenum". It begins at the stomach's
    pylorus.
    """
    rows = table("stomach")["duodenum"]
    axis = body.place(rows["axis"])
    axis[1:-1, :3] += body.rng("duodenum").normal(0, 1.2, (len(axis) - 2, 3))
    pylorus = body.place(state(body)["axis"][-1])
    axis[0, :3] = pylorus[:3] + 0.25 * (axis[1, :3] - pylorus[:3])
    axis[:, 3] *= 0.96 if body.woman else 1.0
    gut = Hollow.through(space, axis, 8.0)
    box = gut.box
    if box.empty:
        return
    filling = gut.at(rows["filling"][int(body.variant) % len(rows["filling"])])
    fine = noise(body.seed("duodenum 8"), box, 8)
    narrow = 3.2 * np.clip(0.7 - filling, 0, 1) / 0.7
    values = gut.distance + narrow + 0.8 * noise(body.seed("duodenum"), box, 18) + 0.5 * fine
    surface = Field(box, values.astype(np.float32))
    for name, gap in _GAPS:
        surface = surface.yielding(space.kept[name], gap)
    surface = Field(box, np.maximum(surface.values, space.kept["peritoneal"].on(box) + 2.0))
    space.keep("duodenum", surface)
    space.carve(surface, "duodenum_wall", ("visceral_fat", "fascia"))
    depth = -np.asarray(surface.values, np.float32)
    wall = rows["wall"] + 0.3 * fine + 0.8 * np.clip(0.5 - filling, 0, 1)
    lumen = depth > wall
    space.carve((box, lumen), "bowel_fluid", ("duodenum_wall",))
    index = np.clip((gut.along / 1.2).astype(int), 0, len(gut.axis) - 1)
    middle, radius = gut.axis[index, 1], gut.axis[index, 3]
    gas = lumen & (box.y < middle + radius * (1.6 * (0.75 - filling) - 0.6)) & (filling > 0.45)
    space.carve((box, gas), "gas", ("bowel_fluid",))
    wave = np.abs(np.sin(np.pi * gut.along / _PITCH_MM + 1.2 * fine + 0.8 * np.cos(gut.angle)))
    beyond_bulb = gut.along > 45
    part = np.cos(gut.angle + 2.2 * np.rint(gut.along / _PITCH_MM)) + 0.5 * fine
    height = _FOLD_MM * np.clip(0.6 + 0.7 * part, 0, 1.2)
    folds = lumen & beyond_bulb & (wave < 0.36) & (depth < wall + height)
    space.carve((box, folds), "duodenum_wall", ("bowel_fluid", "gas"))
    close_wall(space, box, "duodenum_wall", (), ("bowel_fluid", "gas"))
