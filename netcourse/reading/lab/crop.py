"""Pictures of one spot for labs: an axial slice cut to the body, PET over CT or CT alone, and where
on it the spot lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from netcourse.reading.viewer.windowing import FADE, as_window, grey, hot_colours
from netcourse.scanner.study import Point, Study, Volume

_AIR_HU, _ROOM = -300.0, 4


@dataclass(frozen=True)
class Spot:
    """A picture [y, x, 3] with millimetres per pixel, and the spot's pixel (x, y)."""

    rgb: NDArray[np.uint8]
    mm_per_pixel: float
    at: tuple[float, float]


def spot(
    study: Study,
    point: Point,
    window: str | tuple[float, float],
    pet: str | None = None,
    suv_top: float = 10,
    half_mm: float | None = None,
    ct: str = "CT",
) -> Spot:
    """Return the axial slice of one of the study's CTs through a point, with a PET over it where
    one is named.

    `half_mm` cuts a square of that half-width around the point, otherwise the body fills the
    picture. ValueError where the CT does not reach the point.
    """
    base = study[ct]
    k, j, i = base.index(point)
    if not 0 <= k < len(base.array):
        raise ValueError(f"{base.description} does not reach {point[0]:g} mm")
    hu = base.array[k]
    rgb = np.repeat(grey(hu, as_window(window))[..., None], 3, axis=2).astype(np.float32)
    if pet:
        share = np.clip(_over(study[pet], base, point) / suv_top, 0, 1)
        alpha = (np.minimum(1, share / FADE) * 0.6)[..., None]
        rgb = rgb * (1 - alpha) + hot_colours()[np.rint(share * 255).astype(int)] * alpha
    rows, columns = (
        _body(hu) if half_mm is None else _square(hu, j, i, half_mm / base.spacing_mm[2])
    )
    return Spot(
        np.rint(rgb[rows, columns]).astype(np.uint8),
        base.spacing_mm[2],
        (i - columns.start, j - rows.start),
    )


def _over(pet: Volume, ct: Volume, point: Point) -> NDArray[np.float32]:
    """The slice of a PET on the pixels of the CT."""
    k = min(max(pet.index(point)[0], 0), len(pet.array) - 1)
    wide, high = ct.array.shape[2], ct.array.shape[1]
    picture = Image.fromarray(np.asarray(pet.array[k], np.float32), mode="F")
    return np.asarray(picture.resize((wide, high), Image.Resampling.BICUBIC))


def _body(hu: NDArray[Any]) -> tuple[slice, slice]:
    inside = hu > _AIR_HU
    spans = [np.flatnonzero(inside.mean(axis=axis) > 0.03) for axis in (1, 0)]
    rows, columns = (
        slice(max(int(span[0]) - _ROOM, 0), int(span[-1]) + _ROOM + 1) for span in spans
    )
    return rows, columns


def _square(hu: NDArray[Any], j: int, i: int, half: float) -> tuple[slice, slice]:
    rows, columns = (
        slice(max(round(at - half), 0), min(round(at + half), n))
        for at, n in zip((j, i), hu.shape, strict=True)
    )
    return rows, columns
