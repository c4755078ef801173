"""The block that a body is carved from, and boxes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float32]
Mask = NDArray[np.bool_]
Slices = tuple[slice, slice, slice]

SPACING_MM = (1.5, 1.0, 1.0)
"""Voxel size (z, y, x) of every body."""
FAR_MM = 60.0
"""Distance that stands for "nowhere near"."""
QUARTERS = 4
"""Shares of a voxel are kept in quarters."""


@dataclass(frozen=True)
class Box:
    """A box of the block: `slices` into its arrays, and the centres of its voxels in mm.

    `x`, `y` and `z` have the shapes (1, 1, n), (1, n, 1) and (n, 1, 1), so that sums of them fill the box.
    """

    slices: Slices
    z: Float
    y: Float
    x: Float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along z, y and x."""
        return self.z.size, self.y.size, self.x.size

    @property
    def empty(self) -> bool:
        """Whether no voxel lies in the box."""
        return 0 in self.shape

    def full(self, value: float) -> Float:
        """Return an array of the box filled with a value."""
        return np.full(self.shape, value, np.float32)

    def within(self, other: Box) -> Slices:
        """Return where this box lies in a larger `other`, as slices; ValueError when it does not."""
        found = []
        for mine, theirs in zip(self.slices, other.slices, strict=True):
            if mine.start < theirs.start or mine.stop > theirs.stop:
                raise ValueError(f"box {self.slices} does not lie in {other.slices}")
            found.append(slice(mine.start - theirs.start, mine.stop - theirs.start))
        return found[0], found[1], found[2]


@dataclass(frozen=True)
class Field:
    """A signed distance (mm, negative inside) in a box of the block; far away elsewhere."""

    box: Box
    values: NDArray[np.floating]

    def on(self, box: Box, outside: float = FAR_MM) -> Float:
        """Return the field in another box, `outside` where it is not known."""
        out = box.full(outside)
        here, there = _overlap(box.slices, self.box.slices)
        if here is not None and there is not None:
            out[here] = self.values[there]
        return out

    def __add__(self, change: ArrayLike) -> Field:
        return Field(self.box, (self.values + np.asarray(change, np.float32)).astype(np.float32))

    def yielding(self, other: Field | Float, gap: ArrayLike = 0.0) -> Field:
        """Return the field, kept `gap` mm away from another structure (law 2)."""
        there = other.on(self.box) if isinstance(other, Field) else other
        return Field(self.box, np.maximum(self.values, np.asarray(gap, np.float32) - there))

    def joined(self, other: Field, space: Space, softness_mm: float = 0.0) -> Field:
        """Return the union with another field, in a box that holds both; `softness_mm` rounds the seam."""
        box = space.around(self.box, other.box)
        a, b = self.on(box), other.on(box)
        return Field(box, smooth_min(a, b, softness_mm) if softness_mm else np.minimum(a, b))


class Space:
    """The block: which tissue fills each voxel, and which other tissue takes a share of it.

    `tissue` and `other` hold numbers of `tissues` (names in the order of their numbers), `share` the quarters
    (0–4) of the voxel that belong to `other`. A block may be a part of the body's height (`low_z`, `high_z`
    in mm): the same code then carves the same voxels.
    """

    def __init__(
        self,
        tissues: Sequence[str],
        low_mm: tuple[float, float, float],
        high_mm: tuple[float, float, float],
    ) -> None:
        self.tissues = tuple(tissues)
        self.number = {name: n for n, name in enumerate(self.tissues)}
        step = SPACING_MM[::-1]
        first = [round(low / s) for low, s in zip(low_mm, step, strict=True)]
        last = [round(high / s) for high, s in zip(high_mm, step, strict=True)]
        x, y, z = (
            (np.arange(a, b + 1) * s).astype(np.float32)
            for a, b, s in zip(first, last, step, strict=True)
        )
        self._axes = (z, y, x)
        self.tissue = np.zeros((z.size, y.size, x.size), np.uint8)
        self.other = np.zeros_like(self.tissue)
        self.share = np.zeros_like(self.tissue)
        self.kept: dict[str, Field] = {}

    @classmethod
    def of(
        cls, names: Sequence[str], tissue: NDArray[np.uint8], origin_mm: tuple[float, float, float]
    ) -> Space:
        """Return a block that is filled already: which of the tissues `names` each voxel is."""
        low = origin_mm[::-1]
        high = tuple(
            a + (n - 1) * step
            for a, n, step in zip(low, tissue.shape[::-1], SPACING_MM[::-1], strict=True)
        )
        space = cls(names, low, high)
        space.tissue = tissue
        return space

    @property
    def origin_mm(self) -> tuple[float, float, float]:
        """The centre of the first voxel, (z, y, x)."""
        z, y, x = self._axes
        return float(z[0]), float(y[0]), float(x[0])

    @cached_property
    def all(self) -> Box:
        """The whole block."""
        return self._box([(0, n) for n in self.tissue.shape])

    def box(self, points: ArrayLike, pad_mm: float) -> Box:
        """Return the box around points (n, 3) with a margin, cut to the block; it may be empty."""
        corners = np.atleast_2d(np.asarray(points, float))[:, :3]
        return self.between(corners.min(0) - pad_mm, corners.max(0) + pad_mm)

    def between(self, low_mm: ArrayLike, high_mm: ArrayLike) -> Box:
        """Return the box between two corners (x, y, z), cut to the block; it may be empty."""
        low, high = np.asarray(low_mm, float)[::-1], np.asarray(high_mm, float)[::-1]
        ranges = []
        for axis, a, b in zip(self._axes, low, high, strict=True):
            start = int(np.searchsorted(axis, a))
            ranges.append((start, max(int(np.searchsorted(axis, b, side="right")), start)))
        return self._box(ranges)

    def slab(self, low_z: float, high_z: float) -> Box:
        """Return all of the block between two heights, mm."""
        _, y, x = self._axes
        return self.between((x[0], y[0], low_z), (x[-1], y[-1], high_z))

    def around(self, *boxes: Box) -> Box:
        """Return the smallest box that holds some boxes."""
        some = [box.slices for box in boxes if not box.empty] or [boxes[0].slices]
        return self._box(
            [(min(s[a].start for s in some), max(s[a].stop for s in some)) for a in range(3)]
        )

    def slabs(self, box: Box, height: int = 48) -> Iterator[Box]:
        """Cut a box into slabs of a few slices, for work that would be too large at once."""
        z, y, x = box.slices
        for start in range(z.start, z.stop, height):
            yield self._box(
                [(start, min(start + height, z.stop)), (y.start, y.stop), (x.start, x.stop)]
            )

    def is_(self, box: Box, *names: str) -> Mask:
        """Return where one of some tissues fills the voxels of a box."""
        table = np.zeros(256, bool)
        table[[self.number[name] for name in names]] = True
        return np.asarray(table[self.tissue[box.slices]])

    def carve(
        self,
        inside: Field | tuple[Box, Mask],
        tissue: str,
        over: Iterable[str] | None = None,
    ) -> None:
        """Fill where a field is negative (or a mask holds) with a tissue; only `over` some tissues where given."""
        box, mask = (inside.box, inside.values < 0) if isinstance(inside, Field) else inside
        if box.empty:
            return
        if over is not None:
            mask = mask & self.is_(box, *over)
        self.tissue[box.slices][mask] = self.number[tissue]
        self.share[box.slices][mask] = 0

    def cover(self, inside: Field | tuple[Box, Float], tissue: str, over: Iterable[str]) -> None:
        """Let a tissue take its share of voxels of some other tissues, and all of those it fills.

        `inside` is a field, from which each voxel's share follows (a half at distance 0), or a box with
        shares 0–1. A voxel that already holds a share of something keeps the larger of the two.
        """
        box, share = (
            (inside.box, np.clip(0.5 - inside.values, 0, 1))
            if isinstance(inside, Field)
            else inside
        )
        if box.empty:
            return
        quarters = np.rint(share * QUARTERS).astype(np.uint8)
        held = self.share[box.slices]
        mask = (quarters > held) & self.is_(box, *over)
        whole = mask & (quarters >= QUARTERS)
        part = mask & ~whole
        number = self.number[tissue]
        self.other[box.slices][part] = number
        self.share[box.slices][part] = quarters[part]
        self.tissue[box.slices][whole] = number
        self.share[box.slices][whole] = 0

    def keep(self, name: str, field: Field) -> Field:
        """Remember a structure's field under a name, for those that come later; joined with what it had."""
        if name in self.kept:
            field = self.kept[name].joined(field, self)
        self.kept[name] = Field(field.box, field.values.astype(np.float16))
        return field

    def distance(self, box: Box, *names: str) -> Float:
        """Return the distance in a box from the nearest of some kept structures, mm."""
        out = box.full(FAR_MM)
        for name in names:
            np.minimum(out, self.kept[name].on(box), out=out)
        return out

    def _box(self, ranges: Sequence[tuple[int, int]]) -> Box:
        (z0, z1), (y0, y1), (x0, x1) = ranges
        z, y, x = self._axes
        return Box(
            (slice(z0, z1), slice(y0, y1), slice(x0, x1)),
            z[z0:z1, None, None],
            y[None, y0:y1, None],
            x[None, None, x0:x1],
        )


def smooth_min(a: Float, b: Float, softness_mm: float) -> Float:
    """Return the smaller of two distances with a rounded seam of a width in mm."""
    h = np.clip(0.5 + 0.5 * (b - a) / softness_mm, 0, 1)
    return np.asarray(b * (1 - h) + a * h - softness_mm * h * (1 - h), np.float32)


def _overlap(mine: Slices, theirs: Slices) -> tuple[Slices | None, Slices | None]:
    """Where two boxes meet, as slices into each; None where they do not."""
    here, there = [], []
    for a, b in zip(mine, theirs, strict=True):
        start, stop = max(a.start, b.start), min(a.stop, b.stop)
        if start >= stop:
            return None, None
        here.append(slice(start - a.start, stop - a.start))
        there.append(slice(start - b.start, stop - b.start))
    return (here[0], here[1], here[2]), (there[0], there[1], there[2])
