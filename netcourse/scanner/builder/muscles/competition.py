"""Muscles as neighbours that compete: all drawn too large, each keeps what lies nearest to it, with an uneven plane of fat between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Mask, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.outline import Outline
from netcourse.scanner.builder.shapes import (
    Points,
    closed_curve,
    polygon_distance,
    slab_outline,
    spread,
)

_MESH_MM = (3.0, 2.0, 2.0)
_MARGIN_MM = 6.0  # beyond the wall
_REACH_MM = 12.0
_KNOWN_MM = 9.0  # further away a drawn muscle counts as nowhere, wherever a slab was cut
_OUTSIDE_MM = np.float32(0.6)
_CLINGS_MM = 4.5  # so far a muscle reaches to the bone under it
_END_MM = 5.0  # a muscle's ends are rounded over this length
_SHIFT_MM, _JITTER_MM = 1.0, 0.6  # left and right differ: whole sections, and corners


@dataclass(frozen=True)
class Ground:
    """A box of the block with the surfaces that muscles lie between, mm: `wall` and `cavity`, negative inside."""

    body: Body
    space: Space
    box: Box
    wall: Float
    cavity: Float
    slab: Ground | None = None  # of which this is a part
    ends: tuple[float, float] = (-1e4, 1e4)

    @classmethod
    def of(cls, body: Body, space: Space, outline: Outline, slab: Box) -> Ground:
        """Return the ground of a slab, cut to where the body's muscles can be."""
        wall = outline.wall(slab)
        rows, columns = (np.flatnonzero((wall < _MARGIN_MM).any(axis=a)) for a in ((0, 2), (0, 1)))
        if not rows.size:
            return cls(body, space, _nothing(slab), *(np.zeros((0, 0, 0), np.float32),) * 2)
        box = space.between(
            (slab.x.ravel()[columns[0]], slab.y.ravel()[rows[0]], slab.z.ravel()[0]),
            (slab.x.ravel()[columns[-1]], slab.y.ravel()[rows[-1]], slab.z.ravel()[-1]),
        )
        return cls(body, space, box, wall[box.within(slab)], outline.cavity(box))

    def part(self, reach: Reach) -> Ground:
        """Return the ground where a muscle reaches."""
        low, high = self.body.height(reach.low), self.body.height(reach.high)
        x, y, z = (a.ravel() for a in (self.box.x, self.box.y, self.box.z))
        box = self.space.between(
            (x[0], max(y[0], reach.front), max(z[0], low - _KNOWN_MM)),
            (x[-1], min(y[-1], reach.back), min(z[-1], high + _KNOWN_MM)),
        )
        wall, cavity = (self.within(box, surface) for surface in (self.wall, self.cavity))
        return Ground(self.body, self.space, box, wall, cavity, self, (low, high))

    def within(self, box: Box, values: Float) -> Float:
        """Return values of the slab in a box of it."""
        return box.full(0.0) if box.empty else values[box.within(self.box)]

    def slender(self, woman: float) -> float:
        """Return a thickness against the reference man's: a woman's share of it, 1 in the man."""
        return woman if self.body.woman else 1.0

    @cached_property
    def across(self) -> Float:
        """The distance from the midline, (1, 1, n)."""
        return np.abs(self.box.x)

    def noise(
        self, name: str, pitch_mm: float | tuple[float, float, float], box: Box | None = None
    ) -> Float:
        """Return noise of the muscles that is the same in all variants of the body."""
        return noise(self.body.seed(f"muscles/{name}", variant=False), box or self.box, pitch_mm)

    @cached_property
    def thick(self) -> Float:
        """What lies between the wall and the cavity, mm."""
        return np.asarray(np.maximum(self.cavity - self.wall, 0.1), np.float32)

    def at(self, *pairs: tuple[float, float]) -> Float:
        """Return values given at heights of the reference man (height, value), rising, along the slab, (n, 1, 1)."""
        heights, values = zip(*pairs, strict=True)
        line = np.interp(self.box.z, [self.body.height(z) for z in heights], values)
        return np.asarray(line, np.float32)

    def x_at(self, *pairs: tuple[float, float]) -> Float:
        """Return x drawn for the reference man at some heights (height, x) in this body along the slab."""
        return self.at(*((z, float(self.body.place([x, 0, z])[0])) for z, x in pairs))

    def y_at(self, *pairs: tuple[float, float]) -> Float:
        """Return y drawn for the reference man at some heights (height, y) in this body along the slab."""
        return self.at(*((z, float(self.body.place([0, y, z])[1])) for z, y in pairs))

    @cached_property
    def rough(self) -> Float:
        """Fine noise that all sheets of a slab share: neighbours wave together."""
        if self.slab is not None:
            return self.slab.within(self.box, self.slab.rough)
        return self.noise("rough", 9)

    @cached_property
    def wander(self) -> Float:
        """Wide noise that the edges of all sheets of a slab share."""
        if self.slab is not None:
            return self.slab.within(self.box, self.slab.wander)
        return self.noise("wander", 22)

    def field(self, sheet: Float, *bounds: Float) -> Field:
        """Return the field of a sheet within its muscle's heights and some bounds, known near its surface."""
        ends = np.maximum(self.ends[0] - self.box.z, self.box.z - self.ends[1])
        for bound in (ends, *bounds):
            np.maximum(sheet, bound, out=sheet)
        sheet[sheet > _KNOWN_MM] = FAR_MM
        return Field(self.box, sheet)

    def sheet(self, distance: Float, *bounds: Float, worn: float) -> tuple[Box, Float]:
        """Return the shares of a fascia within its heights and some bounds, with holes where noise exceeds `worn`."""
        ends = np.maximum(self.ends[0] - self.box.z, self.box.z - self.ends[1])
        for bound in (ends, *bounds):
            distance = np.maximum(distance, bound)
        distance = np.maximum(distance, self.noise("fascia", 15) - np.float32(worn))
        return self.box, np.asarray(np.clip(0.5 - distance, 0, 1), np.float32)


@dataclass(frozen=True)
class Reach:
    """Where a muscle can be: heights of the reference man, and y from front to back, mm."""

    low: float = -1e4
    high: float = 1e4
    front: float = -1e4
    back: float = 1e4


@dataclass(frozen=True)
class Muscle:
    """A muscle that competes: its distance in a slab, the direction of its fibres, and what it is kept as.

    `plane` scales the fat between it and its neighbours (0 none, 1 as between the glutei). It fills what is
    left between it and the kept structures that it lies `on`; `outside` the cavity it stays out of it.
    """

    name: str
    distance: Callable[[Ground], Field]
    tissue: str = "muscle"
    keep: tuple[str, ...] = ()
    plane: float = 1.0
    reach: Reach = Reach()
    on: tuple[str, ...] = ()
    outside: bool = False


@dataclass
class Competition:
    """Who is nearest in a slab, how near, and how near the runner-up is."""

    ground: Ground
    muscles: list[Muscle] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nearest = self.ground.box.full(FAR_MM)
        self.second = self.ground.box.full(FAR_MM)
        self.winner = np.zeros(self.ground.box.shape, np.uint8)
        self.groups: dict[str, Float] = {}
        self.keep_out = self.ground.box.full(-FAR_MM)

    def enter(self, muscle: Muscle) -> None:
        """Let a muscle take the voxels that it is nearest to."""
        self.muscles.append(muscle)
        ground = self.ground.part(muscle.reach)
        own = None if ground.box.empty else muscle.distance(ground)
        if own is None or own.box.empty:
            return
        part = own.box.within(self.ground.box)
        near, second, values = self.nearest[part], self.second[part], own.values
        if muscle.on:
            under = self.ground.space.distance(own.box, *muscle.on)
            values = np.minimum(values, np.maximum(values, under) - np.float32(_CLINGS_MM))
        if muscle.outside:
            values = np.maximum(values, _OUTSIDE_MM - self.ground.cavity[part])
        wins = values < near
        np.copyto(second, np.where(wins, near, np.minimum(second, values)))
        near[wins] = values[wins]
        self.winner[part][wins] = len(self.muscles) - 1
        for name in muscle.keep:
            group = self.groups.setdefault(name, self.ground.box.full(FAR_MM))[part]
            np.minimum(group, values, out=group)

    def yield_to(self, other: ArrayLike, gap_mm: float = 0.0) -> None:
        """Keep all muscles out of a space (a distance in the slab), and a gap away from it."""
        np.maximum(self.keep_out, gap_mm - np.asarray(other, np.float32), out=self.keep_out)

    @cached_property
    def distance(self) -> Float:
        """The distance from all muscle, mm, with the planes of fat between muscles and none beyond the wall."""
        ground = self.ground
        plane = np.array([m.plane for m in self.muscles] or [0], np.float32)[self.winner]
        gap = plane * (
            0.36
            + 0.55 * ground.rough
            + 0.5 * ground.noise("planes", 14)
            + 0.5 * np.clip(ground.wander - 0.3, 0, 2)
        )
        apart = np.maximum(self.nearest, gap - (self.second - self.nearest) / 2)
        within = np.maximum(apart, ground.wall - np.float32(0.3))
        return np.asarray(np.maximum(within, self.keep_out), np.float32)

    def group(self, name: str) -> Float:
        """Return the distance from the muscles that are kept under a name, mm."""
        if name not in self.groups:
            return self.ground.box.full(FAR_MM)
        mine = self.wins(lambda m: name in m.keep)
        return np.where(mine, self.distance, np.maximum(self.groups[name], 0.3))

    def wins(self, of: Callable[[Muscle], bool]) -> Mask:
        """Return where the winner is a muscle of some kind."""
        chosen = np.array([of(m) for m in self.muscles] or [False])
        return np.asarray(chosen[self.winner])


@dataclass(frozen=True)
class Sections:
    """A muscle drawn as sections at some heights (equal counts of corners), smooth between, rounded at the ends."""

    name: str
    heights: NDArray[np.float64]
    corners: NDArray[np.float64]  # (heights, corners, 2)
    grow_mm: float
    rough_mm: float

    def __call__(self, ground: Ground) -> Field:
        """Return its distance in the part of a slab that it reaches."""
        low, high = self.heights[0], self.heights[-1]
        z = ground.box.z.ravel()
        reach = _REACH_MM + self.grow_mm
        at = PchipInterpolator(self.heights, self.corners, axis=0)
        rows = at(np.clip(_anchored(z, _MESH_MM[0]), low, high))
        least, most = rows.min((0, 1)) - reach, rows.max((0, 1)) + reach
        x, y = ground.box.x.ravel(), ground.box.y.ravel()
        box = ground.space.between(
            (max(x[0], least[0]), max(y[0], least[1]), max(z[0], low - reach)),
            (min(x[-1], most[0]), min(y[-1], most[1]), min(z[-1], high + reach)),
        )
        if box.empty:
            return Field(box, box.full(FAR_MM))
        axes = tuple(
            _anchored(a.ravel(), step)
            for a, step in zip((box.z, box.y, box.x), _MESH_MM, strict=True)
        )
        mesh = np.stack(
            [
                polygon_distance(closed_curve(c, 40), axes[1], axes[2]) + self._end(h)
                for h, c in zip(axes[0], at(np.clip(axes[0], low, high)), strict=True)
            ]
        )
        mesh += self.rough_mm * ground.noise(self.name, (16, 10, 10), places(*axes)) - self.grow_mm
        d = spread(mesh, axes, box)
        d[d > _KNOWN_MM] = FAR_MM
        return Field(box, d)

    def _end(self, height: float) -> float:
        """What a height near or beyond an end adds to the distance."""
        beyond = max(self.heights[0] - height, height - self.heights[-1])
        into = max(0.0, float(beyond) + _END_MM)
        return into**2 / (2 * _END_MM) if beyond < 0 else _END_MM / 2 + float(beyond)


_FIXED: Mapping[str, Callable[[NDArray[np.float64]], float]] = {
    "spine": lambda x: 0.0,
    "inside": lambda x: float(x.min()),
    "middle": lambda x: float(x.mean()),
}
"""x that stays where a woman's muscle is drawn smaller."""


def drawn(body: Body, group: str, data: str = "muscles") -> list[Muscle]:
    """Return the muscles of a group of a data table, left and right."""
    muscles = []
    for name, row in table(data)[group].items():
        for side in (1, -1):
            sections = _sections(body, name, row, side)
            tissue, keep = row.get("tissue", "muscle"), tuple(row.get("keep", ()))
            heights = [key["z"] for key in row.get("outlines", ())]
            heights += [key[0] for key in row.get("rows", ())]
            reach = Reach(min(heights), max(heights))
            on, outside = tuple(row.get("on", ("bone",))), row.get("outside", False)
            plane = row.get("plane", 1.0)
            muscles.append(Muscle(name, sections, tissue, keep, plane, reach, on, outside))
    return muscles


def _sections(body: Body, name: str, row: Mapping[str, Any], side: int) -> Sections:
    """A drawn muscle of one side, in this body."""
    title = f"{name}/{'left' if side > 0 else 'right'}"
    rng = body.rng(f"muscles/{title}", variant=False)
    size = row.get("woman", 0.85) if body.woman else 1.0
    shift = rng.normal(0, _SHIFT_MM, 2)
    keys = sorted(_outlines(row, size), key=lambda key: key[0])
    corners = [
        body.place_xy(outline, z) + shift + rng.normal(0, _JITTER_MM, outline.shape)
        for z, outline in keys
    ]
    return Sections(
        title,
        np.array([body.height(z) for z, _ in keys]),
        np.array(corners) * (side, 1),
        row.get("grow", 2.0),
        row.get("rough", 0.9),
    )


def _outlines(row: Mapping[str, Any], size: float) -> Iterable[tuple[float, Points]]:
    """The drawn outlines of a muscle: from rows of its slab, or corner by corner; `size` thins them."""
    for z, x, y, length, thickness, angle, bend in row.get("rows", ()):
        yield z, slab_outline(x, y, length, thickness * size, angle, bend, row.get("power", 2.6))
    for key in row.get("outlines", ()):
        corners = np.asarray(key["corners"], float)
        fixed = np.array([_FIXED[row["toward"]](corners[:, 0]), corners[:, 1].min()])
        yield key["z"], fixed + (corners - fixed) * np.sqrt(size)


def layer(depth: Float, middle: ArrayLike, half: ArrayLike) -> Float:
    """Return a layer by half its thickness to both sides of a depth, mm, negative inside."""
    return np.asarray(np.abs(depth - np.asarray(middle)) - np.asarray(half), np.float32)


def places(*axes: NDArray[np.floating]) -> Box:
    """Return a box of places at any heights, y and x, which need not lie in the block: to ask outlines and noise there."""
    z, y, x = (np.asarray(axis, np.float32) for axis in axes)
    slices = (slice(0, z.size), slice(0, y.size), slice(0, x.size))
    return Box(slices, z[:, None, None], y[None, :, None], x[None, None, :])


def _anchored(axis: NDArray[np.floating], step: float) -> NDArray[np.float64]:
    """A coarser axis that covers another, on multiples of its step: the same in every block."""
    first, last = np.floor(axis[0] / step), np.ceil(axis[-1] / step)
    return np.asarray(np.arange(first, max(last, first + 1) + 1) * step)


def _nothing(box: Box) -> Box:
    """An empty box."""
    return Box((slice(0, 0),) * 3, box.z[:0], box.y[:, :0], box.x[:, :, :0])
