"""The voxels of a patient, fetched from the atlas: the nearest code at the place that a coarse lattice
of places gives.

Places are rounded to 1/16 of a voxel at the lattice's points and interpolated linearly between
them, 8 voxels apart. Every number on the way fits exactly in 24 bits, so that any order of
arithmetic, any number of threads and any platform give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.atlas.codes import Codes
from netcourse.scanner.threads import THREADS, each

Float = NDArray[np.float32]
Float64 = NDArray[np.float64]
Places = Callable[[Float64], Float64]
Near = Callable[[Float64, float], NDArray[np.bool_]]
Watch = Callable[[int, tuple[slice, slice], Codes, Float], None]

CELL = 8
NEAR_MM = 16.0  # no corner of a cell is as far from another
_ROUGH_MM = 64.0  # a corner of such a cell, and from there the farthest of every second point
_PARTS = 16
_CHUNK = 8192


def lattice(
    shape: tuple[int, int, int],
    places: Places,
    near: Near,
    source: tuple[int, int, int],
    threads: int = THREADS,
) -> tuple[Float, NDArray[np.bool_]]:
    """Return the place in the atlas of every lattice point of a volume of `shape`, (3, z, y, x),
    and whether the body may be around it; far from the body the place is 0.

    `places` takes (n, 3) voxel indices of the volume to (n, 3) of the atlas, whose shape is
    `source`; places outside it become its border. `near` says which of (n, 3) indices of the atlas
    lie within so many mm of the body. Half a voxel is added to a place, so that its whole part is
    the voxel it lies in.
    """
    points = [CELL * np.arange(-(-n // CELL) + 1.0) for n in shape]
    size = (len(points[0]), len(points[1]), len(points[2]))
    rough = near(_mapped(_mesh([along[::2] for along in points]), places, threads), _ROUGH_MM)
    coarse = rough.reshape([-(-n // 2) for n in size])
    wide = coarse.repeat(2, 0).repeat(2, 1).repeat(2, 2)[: size[0], : size[1], : size[2]]
    chosen = np.flatnonzero(wide)
    found = _mapped(_mesh(points)[chosen], places, threads)
    around = np.zeros(wide.size, bool)
    around[chosen] = near(found, NEAR_MM)
    exact = np.rint((found + 0.5) * _PARTS) / _PARTS
    grid = np.zeros((3, wide.size), np.float32)
    grid[:, chosen] = np.clip(exact, 0, np.array(source) - 1 / _PARTS).T
    return grid.reshape(3, *size), around.reshape(size)


def _mesh(points: list[Float64]) -> Float64:
    return np.stack(np.meshgrid(*points, indexing="ij"), axis=-1).reshape(-1, 3)


def _mapped(points: Float64, places: Places, threads: int) -> Float64:
    """The places of some points, worked out in parts that stay in the processor's cache."""
    found = np.empty_like(points)

    def work(first: int) -> None:
        part = slice(first, first + _CHUNK)
        found[part] = places(points[part])

    each(work, range(0, len(points), _CHUNK), threads)
    return found


def fetched(
    codes: Codes,
    lattice: Float,
    shape: tuple[int, int, int],
    near: NDArray[np.bool_],
    watch: Watch,
    threads: int = THREADS,
) -> Codes:
    """Return a volume of `shape` with the code at the place of every voxel.

    `near` says of each lattice point whether the body may be around it; cells without any are air
    (0). `watch` is shown every slice that is fetched: its number, the rows and columns that were,
    their codes and their places in the atlas (3 arrays of z, y, x).
    """
    out = np.zeros(shape, np.uint8)
    layers = range(lattice.shape[1] - 1)
    each(lambda layer: _layer(codes, lattice, near, layer, out, watch), layers, threads)
    return out


def _layer(
    codes: Codes,
    lattice: Float,
    near: NDArray[np.bool_],
    layer: int,
    out: Codes,
    watch: Watch,
) -> None:
    """Fill the slices between two layers of the lattice."""
    points = near[layer] | near[layer + 1]
    there = points[:-1, :-1] | points[1:, :-1] | points[:-1, 1:] | points[1:, 1:]
    if not there.any():
        return
    cells = [np.flatnonzero(there.any(axis=axis)) for axis in (1, 0)]
    low, high = [int(cell[0]) for cell in cells], [int(cell[-1]) + 1 for cell in cells]
    rows, columns = (
        slice(CELL * a, min(CELL * b, n)) for a, b, n in zip(low, high, out.shape[1:], strict=True)
    )
    size = rows.stop - rows.start, columns.stop - columns.start
    part = lattice[:, layer : layer + 2, low[0] : high[0] + 1, low[1] : high[1] + 1]
    first, step = part[:, 0], (part[:, 1] - part[:, 0]) / np.float32(CELL)
    place, step = (_between(corners)[:, : size[0], : size[1]] for corners in (first, step))
    _, ny, nx = codes.shape
    flat = codes.reshape(-1)
    index, axis = np.empty(size, np.int32), np.empty(size, np.int32)
    row = np.empty(size, np.uint8)
    kept = there[low[0] : high[0], low[1] : high[1]].astype(np.uint8)
    kept = kept.repeat(CELL, 0).repeat(CELL, 1)[: size[0], : size[1]]
    for k in range(CELL * layer, min(CELL * (layer + 1), len(out))):
        np.copyto(index, place[0], casting="unsafe")
        for many, along in ((ny, place[1]), (nx, place[2])):
            index *= np.int32(many)
            np.copyto(axis, along, casting="unsafe")
            index += axis
        np.take(flat, index, out=row, mode="clip")
        row *= kept
        out[k, rows, columns] = row
        watch(k, (rows, columns), row, place)
        place += step


def _between(corners: Float) -> Float:
    """Values at lattice points (3, y, x), interpolated to the voxels between them."""
    share = np.arange(CELL, dtype=np.float32) / np.float32(CELL)
    rows = corners[:, :-1, None] + np.diff(corners, axis=1)[:, :, None] * share[:, None]
    rows = rows.reshape(3, -1, corners.shape[2])
    both = rows[:, :, :-1, None] + np.diff(rows, axis=2)[..., None] * share
    return np.asarray(both.reshape(3, rows.shape[1], -1))
