"""The pancreas: lobulated, from the head in the duodenum's bend to the tail at the spleen, with
its duct.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from netcourse.scanner.builder.abdomen.great_vessels import calibres
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space, smooth_min
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, path, tube

_NECK = 4  # index of the neck among the points of the axis
_VESSELS = (
    ("portal", 0.6),
    ("sma", 3.0),
    ("coeliac", 0.8),
    ("aorta", 3.0),
    ("cava", 1.5),
    ("renal_vessel", 1.5),
)
_ORGANS = (("kidney", 3.0), ("adrenal", 1.5))


def lie(body: Body) -> dict[str, Any]:
    """Return the drawn lie of a variant's pancreas: `axis` rows (x, y, z, half thickness, half
    height) and `fat` (0–1).
    """
    lies = table("pancreas")["lie"]
    return dict(lies[int(body.variant) % len(lies)])


@cache
def axis(body: Body) -> Points:
    """Return the pancreas' axis in a body, rows (x, y, z, half thickness, half height)."""
    rows = body.place(lie(body)["axis"])
    rows[:, 3:] *= table("pancreas")["woman"] if body.woman else 1.0
    rng = body.rng("pancreas axis")
    rows[1:-1, :3] += rng.normal(0, 0.8, (len(rows) - 2, 3))
    rows[:, 3:] *= 1 + rng.normal(0, 0.04, (len(rows), 2))
    return rows


def splenic_vein_course(body: Body) -> Points:
    """Return the splenic vein from the confluence to the spleen's hilum, in a groove of the
    pancreas' back: (x, y, z, radius).
    """
    gland = axis(body)[_NECK + 1 :]
    start = calibres(body, [-5, -62, 5, 4.9])
    vein = gland[:, :4].copy()
    vein[:, 1] += 0.80 * gland[:, 3] + 3.4
    vein[:, 2] += 0.12 * gland[:, 4] + body.rng("splenic vein").normal(0, 1.2, len(gland))
    vein[:, 3] = np.linspace(4.5, 3.5, len(vein)) * (start[3] / 4.9)
    vein[0, :3] += (0, 1.0, -2.0)
    vein[-1, :2] += (2, 2)
    return np.vstack([start, vein])


def splenic_artery_course(body: Body) -> Points:
    """Return the splenic artery from the coeliac trunk along the gland's upper border, winding:
    (x, y, z, radius).
    """
    rng = body.rng("splenic artery")
    fine = path(np.column_stack([axis(body)[_NECK + 2 :], np.ones(6)]), 7.0)
    artery = np.column_stack(
        [fine[:, 0], fine[:, 1] + 4.5, fine[:, 2] + 0.82 * fine[:, 4], np.full(len(fine), 2.9)]
    )
    t = np.arange(len(fine)) * 7.0
    lie_free = np.clip((len(fine) - 1 - np.arange(len(fine))) / 3, 0, 1)
    swing = rng.uniform(4.5, 7.0) * np.sin(2 * np.pi * t / rng.uniform(30, 38) + rng.uniform(0, 6))
    artery[:, 2] += swing * lie_free
    artery[:, 1] += 3.5 * np.cos(2 * np.pi * t / rng.uniform(24, 34)) * lie_free
    artery[:, 3] = np.linspace(2.9, 2.2, len(fine))
    start = [[9, -49, 37, 2.9], [17, -55, 38, 2.9]]
    artery[:, 3] *= calibres(body, start)[0, 3] / 2.9
    return np.vstack([calibres(body, start), artery])


def carve_pancreas(body: Body, space: Space) -> None:
    """Carve the pancreas; keep "pancreas". It yields to its vessels and never reaches past them."""
    gland = _gland(body, space)
    box = gland.box
    if box.empty:
        return
    fine, middle = noise(body.seed("lobules"), box, 5.5), noise(body.seed("lobes"), box, 11)
    grain = noise(body.seed("acini"), box, 3.8)
    surface = gland + (1.8 * fine + 1.1 * middle + 0.8 * grain)
    for name, gap in _VESSELS:
        surface = surface.yielding(space.kept[name], gap)
    for name, gap in _ORGANS:
        surface = surface.yielding(space.kept[name], gap)
    surface = surface.yielding(Field(box, -space.distance(box, "peritoneal")), 3.0)
    space.keep("pancreas", surface)
    fat = float(lie(body)["fat"])
    cleft = np.abs(fine + 0.35 * grain) * 5.5 - (0.25 + 0.75 * fat)
    deep = np.asarray(surface.values) + 3.2 + 3.5 * fat + 1.2 * middle
    clefts = np.maximum(np.maximum(surface.values, cleft), -deep)
    space.carve(surface, "pancreas", ("visceral_fat", "fascia"))
    share = np.clip(0.5 - clefts, 0, 1) * (0.55 + 0.4 * fat)
    space.cover((box, share.astype(np.float32)), "visceral_fat", ("pancreas",))
    space.cover(_duct(body, space), "pancreatic_duct", ("pancreas",))
    _uncinate_tissue(body, space, surface)


def _gland(body: Body, space: Space) -> Field:
    """The smooth gland: an axis of flat ovals, joined with the uncinate process."""
    rows = axis(body)
    hook = body.place(np.array(table("pancreas")["uncinate"]["axis"], float))
    hook[:, :3] += rows[_NECK, :3]
    box = space.box(np.vstack([rows, hook])[:, :3], 26)
    main, process = _flat_tube(box, rows), _flat_tube(box, hook)
    return Field(box, smooth_min(main, process, 5))


def _flat_tube(box: Box, rows: Points) -> Float:
    """Distance from a tube of ovals that are higher than thick: balls in a box squeezed along z."""
    line = path(rows, 1.5)
    out = box.full(40.0)
    z, y, x = box.z.ravel(), box.y.ravel(), box.x.ravel()
    for px, py, pz, thick, high in line:
        reach = np.array([high, thick, thick]) + 12
        part = tuple(
            slice(
                int(np.searchsorted(axis_, c - r)), int(np.searchsorted(axis_, c + r, side="right"))
            )
            for axis_, c, r in zip((z, y, x), (pz, py, px), reach, strict=True)
        )
        near = out[part]
        if near.size:
            squeezed = (z[part[0], None, None] - pz) * (thick / high)
            d = np.sqrt(
                squeezed**2
                + (y[None, part[1], None] - py) ** 2
                + (x[None, None, part[2]] - px) ** 2
            )
            np.minimum(near, (d - thick).astype(np.float32), out=near)
    return out


def _uncinate_tissue(body: Body, space: Space, surface: Field) -> None:
    """Mark the uncinate process: head behind and below the mesenteric vein."""
    rows = axis(body)
    neck = rows[_NECK]
    below = np.maximum(surface.values, surface.box.z - (neck[2] - 12))
    behind = np.maximum(below, neck[1] + 7 - surface.box.y)
    space.carve(
        Field(surface.box, np.maximum(behind, neck[0] - 26 - surface.box.x)),
        "uncinate",
        ("pancreas",),
    )


def _duct(body: Body, space: Space) -> Field:
    """The main duct: from the papilla through the head to the tail, 3 mm falling to 1.5."""
    rows = axis(body)[1:-1]
    course = np.column_stack([rows[:, :3], np.linspace(1.45, 0.7, len(rows))])
    return tube(space, course)
