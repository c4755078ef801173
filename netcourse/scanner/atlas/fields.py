"""Coarse fields made from the voxels of a body: distances and numbered regions."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.atlas.format import FIELD_MM, FIELDS, Field, doubled
from netcourse.scanner.study import Point

_POOL = (1, 2, 2)  # voxels that are taken together: what is left is about as wide as high


def distance(name: str, inside: NDArray[np.bool_], spacing_mm: Point, origin_mm: Point) -> Field:
    """Return the field `name` (`wall`, `skin`, `bone`): mm from what is `inside`, [z, y, x] of a
    body's voxels, negative within it; bone has 0 there.

    `wall` and `skin` are smooth and known at every second point, linear between. Distances are good to 2 mm, half a millimetre on average, and end at 127 steps of `FIELDS`.
    Raises ValueError where nothing is inside.
    """
    if not inside.any():
        raise ValueError(f"nothing is inside of '{name}'")
    filled = inside
    for axis, pool in enumerate(_POOL):
        starts = np.arange(0, inside.shape[axis], pool)
        filled = np.add.reduceat(filled, starts, axis=axis, dtype=np.uint8)
    mostly = filled > prod(_POOL) / 2
    step = tuple(pool * mm for pool, mm in zip(_POOL, spacing_mm, strict=True))
    half = min(step) / 2
    apart = ndimage.distance_transform_edt(~mostly, sampling=step)
    apart -= np.where(mostly, 0, half)
    if name != "bone":
        within = ndimage.distance_transform_edt(mostly, sampling=step)
        apart -= np.where(mostly, within - half, 0)
    first = tuple(o + (s - mm) / 2 for o, s, mm in zip(origin_mm, step, spacing_mm, strict=True))
    every = 1 if name == "bone" else 2
    at = [
        (o + every * FIELD_MM * np.arange((_count(n, mm) - 1) // every + 1) - f) / s
        for o, n, mm, f, s in zip(origin_mm, inside.shape, spacing_mm, first, step, strict=True)
    ]
    coarse = ndimage.map_coordinates(
        apart.astype(np.float32), np.meshgrid(*at, indexing="ij"), order=1, mode="nearest"
    )
    limit = np.iinfo(np.int8).max
    steps = np.clip(np.rint(coarse / FIELDS[name]), -limit, limit).astype(np.int8)
    return Field(doubled(steps) if every == 2 else steps, origin_mm)


def regions(numbers: NDArray[np.int8], spacing_mm: Point, origin_mm: Point) -> Field:
    """Return numbered regions (`segment`, `pocket`) of a body's voxels, [z, y, x], 0 for none, as a
    coarse field: of the numbers in the voxels around each of its points the highest.
    """
    reach = tuple(round(FIELD_MM / mm) | 1 for mm in spacing_mm)
    wide = ndimage.maximum_filter(numbers, reach, mode="nearest")
    at = [
        np.minimum(np.rint(FIELD_MM / mm * np.arange(_count(n, mm))).astype(int), n - 1)
        for n, mm in zip(numbers.shape, spacing_mm, strict=True)
    ]
    return Field(np.ascontiguousarray(wide[np.ix_(*at)]), origin_mm)


def _count(voxels: int, spacing_mm: float) -> int:
    """How many points of a coarse field cover some voxels: an odd number."""
    return 2 * int(np.ceil((voxels - 1) * spacing_mm / FIELD_MM / 2)) + 1
