"""The body of one patient: tissue codes on the scanner's fine grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Patient
from netcourse.scanner.atlas import load
from netcourse.scanner.atlas.codes import START, Codes, Mixture, shares
from netcourse.scanner.atlas.format import FIELD_MM, FIELDS, AtlasData, Box
from netcourse.scanner.body import texture
from netcourse.scanner.body.levels import Levels
from netcourse.scanner.body.sampling import CELL, fetched, lattice
from netcourse.scanner.body.warp import Warp
from netcourse.scanner.study import Point
from netcourse.scanner.threads import THREADS, each

VOXEL_MM: Point = (1.5, 1.0, 1.0)
CT_VOXELS, PET_VOXELS = (2.0, 1.5, 1.5), (2.0, 3.0, 3.0)
"""How many of the body's voxels a voxel of a CT (or MR) and of a PET measures, (z, y, x)."""

_UPPER_ABDOMEN_MM = (-113.0, 149.0)
_USUAL_MM = (216.0, -180.0, 108.0)  # half-width, front and back of the field of view
_RIM_MM, _TABLE_MM = 6.0, 12.0
_STEP_MM = 6.0  # widths are whole voxels of CT and PET


@dataclass(frozen=True, eq=False)
class Body:
    """Codes of one body, uint8 [z, y, x] of `spacing_mm`, and the mixtures that they stand for.

    `origin_mm` is the centre of the first voxel; `regions` gives the height (mm) of parts that can
    be scanned alone, `boxes` where each tissue lies, with some room.
    """

    codes: Codes
    mixtures: tuple[Mixture, ...]
    origin_mm: Point
    spacing_mm: Point = VOXEL_MM
    regions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    boxes: Mapping[str, Box] = field(default_factory=dict)

    def picture_mm(self, voxels: tuple[float, float, float]) -> Point:
        """Return the voxel size of a picture whose voxels measure that many of the body's."""
        z, y, x = (n * mm for n, mm in zip(voxels, self.spacing_mm, strict=True))
        return z, y, x

    def corner_mm(self, voxels: tuple[float, float, float], near: slice = slice(0)) -> Point:
        """Return the centre of a picture's first voxel, of some of its slices."""
        z, y, x = (
            o + (n - 1) / 2 * mm
            for o, n, mm in zip(self.origin_mm, voxels, self.spacing_mm, strict=True)
        )
        return z + near.start * voxels[0] * self.spacing_mm[0] if near.start else z, y, x

    def slices(self, region: str) -> slice:
        """Return the slices of a picture that show a region: "whole body" or one of `regions`."""
        count = len(self.codes) // int(CT_VOXELS[0])
        if region == "whole body":
            return slice(0, count)
        low, high = np.searchsorted(self.slices_mm, self.regions[region])
        return slice(int(low), int(high))

    @property
    def slices_mm(self) -> NDArray[np.float64]:
        """The heights of a picture's slices."""
        count, first = len(self.codes) // int(CT_VOXELS[0]), self.corner_mm(CT_VOXELS)[0]
        return np.asarray(first + CT_VOXELS[0] * self.spacing_mm[0] * np.arange(count))

    @property
    def rows_mm(self) -> NDArray[np.float64]:
        """How far behind the origin each row of voxels lies."""
        return np.asarray(
            self.origin_mm[1] + self.spacing_mm[1] * np.arange(self.codes.shape[1]), float
        )

    def share(self, *names: str) -> NDArray[np.float32]:
        """Return how much of each voxel some tissues fill together, [z, y, x]."""
        return shares(self.mixtures, *names)[self.codes]

    def patient_pixels(self, k: int) -> NDArray[np.bool_]:
        """Return which pixels of slice k of a CT lie in the patient, not in air or the table."""
        z, y, x = self._centres
        return np.asarray(self._patient[self.codes[z[k]][y[:, None], x]])

    @cached_property
    def _centres(self) -> list[NDArray[np.intp]]:
        """The body's voxel at the centre of each slice, row and column of a CT."""
        return [
            ((np.arange(round(n / by)) + 0.5) * by).astype(np.intp)
            for n, by in zip(self.codes.shape, CT_VOXELS, strict=True)
        ]

    @cached_property
    def _patient(self) -> NDArray[np.bool_]:
        return shares(self.mixtures, *(mixture.host for mixture in START)) < 0.5

    def volume_ml(self, *names: str) -> float:
        """Return the volume of one or several tissues together, in mL."""
        counts = np.bincount(self.codes.ravel(), minlength=256)
        return float(shares(self.mixtures, *names) @ counts * np.prod(self.spacing_mm) / 1000)


def body_of(patient: Patient) -> Body:
    """Return the body of a patient; ValueError for a size that no body can be warped to."""
    return warped(Warp.of(patient))


@lru_cache(maxsize=2)
def warped(warp: Warp, threads: int = THREADS) -> Body:
    """Return the atlas as this warp makes it, lying on the scanner's table."""
    unpacked: list[Codes] = []
    readers: list[Callable[[], object]] = [
        lambda: unpacked.append(load.codes(warp.choice)),
        warp.prepare,
        texture.prepare,
    ]
    each(lambda reader: reader(), readers, threads)
    data, source = load.atlas(warp.choice.body), unpacked[0]
    origin, shape, back_mm = _field_of_view(warp, len(source))

    def places(voxels: NDArray[np.float64]) -> NDArray[np.float64]:
        back = warp.back(voxels * VOXEL_MM + origin)
        return np.asarray((back - data.origin_mm) / data.spacing_mm)

    def near(voxels: NDArray[np.float64], mm: float) -> NDArray[np.bool_]:
        return _from_skin(data, voxels) < mm

    grid, around = lattice(shape, places, near, source.shape, threads)
    pockets = load.fields(warp.choice)["pocket"]
    levels = Levels(data.mixtures, pockets, data.spacing_mm, data.origin_mm)
    codes = fetched(source, grid, shape, around, levels.watch, threads)
    levels.settle(codes)
    _lay_on_table(codes, data.mixtures, origin, back_mm)
    low, high = (warp.stature * mm for mm in _UPPER_ABDOMEN_MM)
    boxes = _boxes(grid, around, load.boxes(warp.choice), shape)
    return Body(codes, data.mixtures, origin, VOXEL_MM, {"upper abdomen": (low, high)}, boxes)


def _field_of_view(warp: Warp, slices: int) -> tuple[Point, tuple[int, int, int], float]:
    """The centre of the first voxel and the number of voxels (z, y, x) that hold the patient, whose
    atlas has so many slices, with whole voxels of CT and PET, and how far back the skin reaches
    (mm).
    """
    data = load.atlas(warp.choice.body)
    skin = warp.forth(np.array(load.points(warp.choice)["skin"], float))
    usual, front, back = _USUAL_MM
    half = max(usual, _up(np.abs(skin[:, 2]).max() + _RIM_MM))
    front = min(front, -_up(_RIM_MM - skin[:, 1].min()))
    back = max(back, _up(skin[:, 1].max() + _TABLE_MM))
    slice_mm = CT_VOXELS[0] * VOXEL_MM[0]
    low, high = (
        (data.origin_mm[0] + n * data.spacing_mm[0]) * warp.stature for n in (0, slices - 1)
    )
    bottom = slice_mm * np.ceil(low / slice_mm)
    count = round(CT_VOXELS[0] * ((high - bottom) // slice_mm))
    origin = float(bottom - VOXEL_MM[0] / 2), front + VOXEL_MM[1] / 2, VOXEL_MM[2] / 2 - half
    size = count, round((back - front) / VOXEL_MM[1]), round(2 * half / VOXEL_MM[2])
    return origin, size, float(skin[:, 1].max())


def _up(mm: float) -> float:
    return float(np.ceil(mm / _STEP_MM) * _STEP_MM)


def _from_skin(data: AtlasData, voxels: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far voxels of the atlas (n, 3) lie outside the skin, mm, negative inside."""
    skin = data.fields["skin"]
    place = voxels * data.spacing_mm + np.subtract(data.origin_mm, skin.origin_mm)
    at = np.clip(np.rint(place / FIELD_MM).astype(int), 0, np.array(skin.array.shape) - 1)
    return np.asarray(skin.array[tuple(at.T)] * FIELDS["skin"])


def _boxes(
    grid: NDArray[np.float32],
    around: NDArray[np.bool_],
    boxes: Mapping[str, Box],
    shape: tuple[int, int, int],
) -> dict[str, Box]:
    """Where in the patient the boxes of the atlas lie, with room of at least one cell around, from
    a lattice of places that are good `around` the body.
    """
    held = [np.where(around, place, np.nan) for place in grid]
    known = np.flatnonzero(around.any(axis=(1, 2)))
    lowest, highest = (
        pick(held[0][known].reshape(len(known), -1), axis=1) for pick in (np.nanmin, np.nanmax)
    )
    found: dict[str, Box] = {}
    for tissue, box in boxes.items():
        layers = known[(highest >= box[0].start - CELL) & (lowest <= box[0].stop + CELL)]
        inside = np.logical_and.reduce(
            [
                (place >= side.start - CELL) & (place <= side.stop + CELL)
                for place, side in zip(
                    (axis[layers[0] : layers[-1] + 1] for axis in held), box, strict=True
                )
            ]
        )
        ends = [
            (int(at.min()) + first, int(at.max()) + first)
            for at, first in zip(np.nonzero(inside), (int(layers[0]), 0, 0), strict=True)
        ]
        z, y, x = (
            slice(CELL * max(low - 1, 0), min(CELL * (high + 1), n))
            for (low, high), n in zip(ends, shape, strict=True)
        )
        found[tissue] = z, y, x
    return found


def _lay_on_table(
    codes: Codes, mixtures: Sequence[Mixture], origin_mm: Point, back_mm: float
) -> None:
    """Put the scanner's table under the patient where there is air: a thin curved shell with a
    light core.
    """
    y, x = (
        o + mm * np.arange(n)
        for o, mm, n in zip(origin_mm[1:], VOXEL_MM[1:], codes.shape[1:], strict=True)
    )
    depth = y[:, None] - (back_mm + 1 - (x / 200) ** 2 * 12)[None, :]
    under = (np.abs(x) < 200)[None, :] & (depth >= 0)
    core = (depth >= 2) & (depth < 8)
    for name, where in (("table", under & (depth < 10) & ~core), ("foam", under & core)):
        rows, columns = np.nonzero(where)
        part = codes[:, rows, columns]
        part[part == 0] = mixtures.index(Mixture(name))
        codes[:, rows, columns] = part
