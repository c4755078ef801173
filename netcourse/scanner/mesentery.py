"""What a NET's mesenteric mass does to the mesentery around it: strands of fibrosis that radiate to the
loops they tether, veins that it engorges, haze in the fat.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws, Patient
from netcourse.scanner.atlas.codes import Codes, shares
from netcourse.scanner.atlas.format import Box
from netcourse.scanner.body.body import Body
from netcourse.scanner.forms import Array, from_centre, is_mesenteric_mass, waves
from netcourse.scanner.lesions import Shape, box_around

Float = NDArray[np.float32]

_REACH_MM = 34.0
_FAT = ("mesenteric_fat", "visceral_fat")
_LOOPS = ("jejunum_wall", "ileum_wall", "duodenum_wall")
_STRANDS, _VEINS = (16, 24), (3, 6)
_STEP_MM = 0.6
_APART = 0.86  # cosine of the least angle between two strands
_FLAT = 0.45  # the mesentery is a sheet: strands spread less along its height
_HAZE = 0.5


class Change(NamedTuple):
    """A tissue that takes the place of fat in a box, with the share of each voxel."""

    box: Box
    tissue: str
    share: Float


def desmoplasia(patient: Patient, body: Body, shape: Shape) -> Iterator[Change]:
    """Yield haze, strands and veins around a mesenteric mass; nothing for other lesions.

    Strands run to the nearest loops in many directions, and end in the fat where there is none.
    Everything keeps to the fat.
    """
    lesion = shape.lesion
    if not is_mesenteric_mass(lesion):
        return
    draws = Draws("desmoplasia", patient.id, lesion.id)
    radius = lesion.size_mm / 2
    box, first = box_around(body, shape.centre, radius + _REACH_MM)
    codes = body.codes[box]
    z, y, x = from_centre(first, body.spacing_mm, codes.shape, shape.centre)
    away = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    fat = shares(body.mixtures, *_FAT)[codes]
    near = np.exp(-np.clip(away - 0.8 * radius, 0, None) / (0.5 * radius + 5))
    haze = waves(f"{patient.id}/{lesion.id}/haze", 7.0, z, y, x)
    yield Change(
        box, "fibrosis", (fat * near * _HAZE * np.clip(0.7 + 0.6 * haze, 0, 1.6)).astype(np.float32)
    )

    ends = _ends(draws, body, codes, (z, y, x), radius)
    grid = np.array(first) - shape.centre, np.array(body.spacing_mm)
    veins = int(draws.uniform("veins", *_VEINS))
    for tissue, some in (("fibrosis", ends[veins:]), ("mesenteric_vessel", ends[:veins])):
        share = np.zeros(codes.shape, np.float32)
        for n, end in enumerate(some):
            line, thick = _strand(draws, f"{tissue}/{n}", end, radius, tissue == "fibrosis")
            for at, r in zip(line, thick, strict=True):
                _bead(share, at, float(r), *grid)
        yield Change(box, tissue, share * fat)


def _ends(
    draws: Draws, body: Body, codes: Codes, along: tuple[Array, Array, Array], radius: float
) -> Array:
    """Where strands end, (n, 3) from the centre in mm: walls of loops, the nearest in each direction,
    or points in the fat.
    """
    loops = np.argwhere(shares(body.mixtures, *_LOOPS)[codes[::2, ::3, ::3]] >= 0.5)
    at = np.stack(
        [axis[::n][loops[:, a]] for a, (axis, n) in enumerate(zip(along, (2, 3, 3), strict=True))],
        axis=1,
    )
    far = np.linalg.norm(at, axis=1)
    fit = (far > radius + 6) & (far < radius + _REACH_MM) & (np.abs(at[:, 0]) < _FLAT * far)
    at, far = at[fit], far[fit]
    wanted, ends = int(draws.uniform("strands", *_STRANDS)), list[Array]()
    for n in np.argsort(far, kind="stable"):
        if len(ends) == wanted:
            break
        if all(at[n] @ end < _APART * far[n] * np.linalg.norm(end) for end in ends):
            ends.append(at[n])
    for n in range(4 * wanted):
        if len(ends) >= wanted:
            break
        way = np.array(draws.in_ball(f"free/{n}")) * (_FLAT, 1.0, 1.0)
        way *= (radius + draws.uniform(f"free/{n}/far", 9, 24)) / max(
            float(np.linalg.norm(way)), 0.1
        )
        if all(way @ end < _APART * np.linalg.norm(way) * np.linalg.norm(end) for end in ends):
            ends.append(way)
    order = np.argsort([draws.unit(f"order/{n}") for n in range(len(ends))])
    return np.array(ends)[order]


def _strand(
    draws: Draws, name: str, end: Array, radius: float, fibrous: bool
) -> tuple[Array, Array]:
    """The points of a strand from inside the mass to its end, and how thick it is at each, mm.

    Fibrosis is drawn straight and gets thinner; veins wind and stay wide.
    """
    length = float(np.linalg.norm(end))
    start = 0.7 * radius / length
    along = np.arange(start, 1.0, _STEP_MM / length)
    side = np.cross(end / length, draws.in_ball(f"{name}/side"))
    side /= max(float(np.linalg.norm(side)), 1e-3)
    bend = draws.uniform(f"{name}/bend", -2.5, 2.5) * np.sin(np.pi * along)
    if not fibrous:
        turns = draws.uniform(f"{name}/turns", 1.2, 2.2)
        bend += 2.2 * np.sin(2 * np.pi * turns * along) * np.sin(np.pi * along)
    line = along[:, None] * end + bend[:, None] * side
    out = np.clip((along * length - radius) / max(length - radius, 1), 0, 1)
    if fibrous:
        base, tip = draws.uniform(f"{name}/base", 1.2, 3.2), draws.uniform(f"{name}/tip", 0.6, 1.1)
        return line, tip + base * np.exp(-4 * out)
    return line, np.full(len(along), draws.uniform(f"{name}/wide", 1.5, 2.3))


def _bead(share: Float, at: Array, radius: float, first: Array, step: Array) -> None:
    """Lay a ball of a strand into the shares, in place."""
    low = np.maximum(np.floor((at - radius - 0.5 - first) / step).astype(int), 0)
    high = np.minimum(np.ceil((at + radius + 0.5 - first) / step).astype(int) + 1, share.shape)
    if (high <= low).any():
        return
    z, y, x = (first[a] + step[a] * np.arange(low[a], high[a]) - at[a] for a in range(3))
    away = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    part = share[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    np.maximum(part, np.clip(radius - away + 0.5, 0, 1), out=part)
