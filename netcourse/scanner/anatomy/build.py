"""Paint the body, shape by shape, into a volume of labels."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from netcourse.patients import Draws
from netcourse.scanner.anatomy import bowel, skeleton, vessels
from netcourse.scanner.anatomy.frame import PIXEL_MM, SLICE_MM, Frame
from netcourse.scanner.anatomy.labels import number
from netcourse.scanner.anatomy.shapes import Loft, Tube, ellipsoid, offset, ring

Array = NDArray[np.float64]
Shape = Loft | Tube
Mark = list[float] | tuple[int, int, int, int]
"""What is drawn on one slice, in pixels: an outline x, y, x, y, …, or the box of an ellipse."""

_POLYGON_EXCESS = (
    0.35  # pixels by which Pillow's polygons are larger than drawn, measured on circles
)

SKIN_MM = 1.6
HALF_WIDTH_MM = 216.0
DEPTH_MM = (-150.0, 138.0)
UPPER_ABDOMEN_MM = (-150.0, 112.0)  # heights in the reference body


@dataclass(frozen=True)
class Anatomy:
    """Labels of one body: `array` is [z, y, x] of uint8, with voxel spacing and origin (z, y, x) in
    mm.
    """

    array: NDArray[np.uint8]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    frame: Frame

    def slices(self, region: str) -> slice:
        """Return the slices of a region: "whole body", or "upper abdomen" from the iliac crest to
        above the diaphragm.
        """
        if region == "whole body":
            return slice(0, len(self.array))
        low, high = np.searchsorted(self.frame.reference_levels, UPPER_ABDOMEN_MM)
        return slice(int(low), int(high))

    def corner_mm(self, near: slice) -> tuple[float, float, float]:
        """Return the centre of the first voxel of some slices, (z, y, x) in mm."""
        z, y, x = self.origin_mm
        return z + near.start * self.spacing_mm[0], y, x

    def volume_ml(self, *names: str) -> float:
        """Return the volume of one or several labels together, in mL."""
        wanted = [number(name) for name in names]
        return float(np.isin(self.array, wanted).sum() * np.prod(self.spacing_mm) / 1000)


@lru_cache(maxsize=2)
def build(frame: Frame, spleen: bool = True) -> Anatomy:
    """Return the anatomy of a body frame; without the spleen after a splenectomy."""
    half_width, (front, back) = HALF_WIDTH_MM, DEPTH_MM
    extent = skin_extent(frame)
    half_width = max(half_width, 6 * np.ceil(extent[0] / 6))
    front, back = (
        min(front, -6 * np.ceil(-extent[1] / 6)),
        max(back, 6 * np.ceil((extent[2] + 12) / 6)),
    )
    nx, ny = round(2 * half_width / PIXEL_MM), round((back - front) / PIXEL_MM)
    canvas = _Canvas(frame, (nx, ny), (-half_width, front))
    for label, shape, options in _everything(frame, spleen):
        canvas.paint(label, shape, **options)
    array = canvas.finish()
    _table(array, extent[2], front)
    _cortex(array)
    origin = (float(frame.slices_mm[0]), front + PIXEL_MM / 2, -half_width + PIXEL_MM / 2)
    return Anatomy(array, (SLICE_MM, PIXEL_MM, PIXEL_MM), origin, frame)


def skin_extent(frame: Frame) -> tuple[float, float, float]:
    """Return half-width, front and back (mm) of the patient's skin."""
    outlines = (
        outline
        for _, shape, _ in _skin(frame)
        if isinstance(shape, Loft)
        for outline in shape.outlines(frame)
    )
    points = np.concatenate([ring for _, ring in outlines])
    return float(np.abs(points[:, 0]).max()), float(points[:, 1].min()), float(points[:, 1].max())


@cache
def table(name: str) -> dict[str, Any]:
    """Return one shape table (body, thorax, abdomen, pelvis, head, bones)."""
    return tomllib.loads(
        (resources.files(__package__) / f"{name}.toml").read_text(encoding="utf-8")
    )


@cache
def cavity(name: str) -> Loft:
    """Return a cavity of the reference body (`chest cavity`, `abdominal cavity`) as a loft."""
    row = next(row for row in table("body")["shape"] if row["name"] == name)
    shape = _shape(row)
    assert isinstance(shape, Loft)
    return shape


Painting = Iterator[tuple[str, Shape, dict[str, Any]]]


def _everything(frame: Frame, spleen: bool) -> Painting:
    """Yield all shapes with labels and options, in painting order."""
    draws = Draws("anatomy", frame.bend_seed)
    yield from _rows(table("body")["before"], frame, draws)
    yield from _skin(frame)
    yield from _rows(table("body")["shape"], frame, draws)
    yield from ((label, tube, {"host": ("lung",)}) for label, tube in vessels.lung_trees(draws))
    yield from _rows(table("thorax")["shape"], frame, draws)
    large, line = bowel.colon(draws)
    last = bowel.terminal_ileum()
    loops = [
        *bowel.small_bowel(draws, cavity("abdominal cavity"), np.concatenate([line, last.path])),
        last,
    ]
    yield from (
        ("mesenteric_vessel", tube, {"host": ("fat",)})
        for tube in bowel.mesenteric_vessels(draws, loops)
    )
    yield from (("bowel_wall", loop, {}) for loop in loops)
    yield from (("bowel_fluid", loop.within(2.6), {}) for loop in loops)
    yield "colon_wall", large, {}
    yield "stool", large.within(2.4), {}
    yield "gas", large.within(2.4), {"above": -34.0}
    organs = [row for row in table("abdomen")["shape"] if spleen or row["name"] != "spleen"]
    yield from _rows(organs, frame, draws)
    yield from _rows(table("pelvis")["shape"], frame, draws)
    yield from ((label, tube, {"host": ("liver",)}) for label, tube in vessels.liver_trees(draws))
    yield from _rows(table("head")["shape"], frame, draws)
    yield from ((label, tube, {}) for label, tube in skeleton.ribs(cavity("chest cavity")))
    yield from ((label, shape, {}) for label, shape in skeleton.spine())
    yield from _rows(table("bones")["shape"], frame, draws)


def _skin(frame: Frame) -> Painting:
    """Yield limbs and trunk as skin, fat and muscle; the fat's thickness follows the patient's
    habitus.
    """
    layers: list[tuple[Loft, Array]] = []
    for row in table("body")["limb"]:
        for side in (1, -1):
            limb = _mirrored(_shape(row), side)
            assert isinstance(limb, Loft)
            layers.append((limb, np.full((len(limb.z), limb.rings.shape[1]), float(row["fat"]))))
    wall_row = table("body")["wall"]
    wall = _shape(wall_row)
    assert isinstance(wall, Loft)
    fat = np.array([section["fat"] for section in wall_row["sections"]], float)
    layers.append((wall, _fat_round(wall, fat)))
    for label, extra in (("skin", SKIN_MM), ("fat", 0.0)):
        for loft, thickness in layers:
            yield (
                label,
                Loft(loft.z, offset(loft.rings, thickness * frame.fat + extra), loft.caps),
                {},
            )
    for loft, _ in layers:
        yield "muscle", loft, {}


def _fat_round(wall: Loft, fat: Array) -> Array:
    """Blend [front, side, back] thickness around each ring, (levels, points)."""
    centre = wall.rings.mean(axis=1, keepdims=True)
    x, y = np.moveaxis(
        (wall.rings - centre) / np.abs(wall.rings - centre).max(axis=1, keepdims=True), 2, 0
    )
    front, side, back = (
        np.clip(-y, 0, 1) ** 2,
        np.clip(np.abs(x), 0, 1) ** 2,
        np.clip(y, 0, 1) ** 2,
    )
    total = front + side + back
    return np.asarray((front * fat[:, :1] + side * fat[:, 1:2] + back * fat[:, 2:]) / total)


def _rows(rows: Iterable[dict[str, Any]], frame: Frame, draws: Draws) -> Painting:
    """Yield the shapes of a table: both sides of mirrored ones, moved and sized a little, with what
    is inside.
    """
    for row in rows:
        if row.get("sex", frame.sex) != frame.sex:
            continue
        options = {"host": tuple(row["host"])} if "host" in row else {}
        for i, side in enumerate((1, -1) if row.get("mirror") else (1,)):
            shape = _mirrored(_shape(row), side)
            if "shift" in row:
                shape = _moved(shape, np.array(row["shift"][i], float), 1.0)
            if "jitter" in row:
                reach, spread = row["jitter"]
                name = f"{row['name']}/{side}"
                step = np.array([draws.uniform(f"{name}/{axis}", -reach, reach) for axis in "xyz"])
                shape = _moved(shape, step, draws.spread(name, spread))
            yield row["label"], shape, options
            for core in row.get("inside", ()):
                yield (
                    core["label"],
                    _inside(shape, core, side),
                    {"above": float(core["above"])} if "above" in core else {},
                )


def _shape(row: dict[str, Any]) -> Shape:
    """Make the shape that a table row describes: `sections` (loft), `path` (tube) or `centre`
    (ellipsoid).
    """
    if "sections" in row:
        below, above = row.get("caps", (0, 0))
        sections = sorted(row["sections"], key=lambda section: section["z"])
        return Loft(
            np.array([s["z"] for s in sections], float),
            np.array([ring(s) for s in sections]),
            (below, above),
        )
    if "path" in row:
        return Tube.through(row["path"], row["radius"], row.get("flat", 1.0))
    if "centre" in row:
        return ellipsoid(row["centre"], row["axes"], row.get("turn", (0, 0, 0)))
    raise ValueError(f"shape '{row.get('name')}': give sections, path or centre")


def _mirrored(shape: Shape, side: int) -> Shape:
    """Return the shape itself (1) or its mirror image (−1)."""
    if side == 1:
        return shape
    if isinstance(shape, Tube):
        return Tube(shape.path * [-1, 1, 1], shape.radius, shape.flat)
    return Loft(shape.z, np.roll((shape.rings * [-1, 1])[:, ::-1], 1, axis=1), shape.caps)


def _moved(shape: Shape, step: Array, factor: float) -> Shape:
    """Shift a shape by (x, y, z) and scale it about its centre."""
    if isinstance(shape, Tube):
        centre = shape.path.mean(axis=0)
        return Tube(
            centre + step + (shape.path - centre) * (1 + (factor - 1) / 3),
            shape.radius * factor,
            shape.flat,
        )
    middle = shape.rings.mean(axis=(0, 1))
    z_middle = float(shape.z.mean())
    return Loft(
        z_middle + step[2] + (shape.z - z_middle) * factor,
        middle + step[:2] + (shape.rings - middle) * factor,
        shape.caps,
    )


def _inside(shape: Shape, core: dict[str, Any], side: int) -> Shape:
    """Return what lies within a shape: `wall` mm under its surface, or a `keep` fraction of it,
    shifted.
    """
    low, high = core.get("between", (-1e6, 1e6))
    if isinstance(shape, Tube):
        inner = shape.within(core["wall"])
        kept = (inner.path[:, 2] >= low) & (inner.path[:, 2] <= high)
        return Tube(inner.path[kept], inner.radius[kept], inner.flat)
    if "wall" in core:
        below, above = (max(cap - core["wall"], 0.0) for cap in shape.caps)
        return Loft(shape.z, offset(shape.rings, -float(core["wall"])), (below, above))
    middle = shape.rings.mean(axis=1, keepdims=True)
    step = np.array(core.get("shift", (0, 0)), float) * [side, 1]
    z_middle = float(shape.z.mean())
    rings = middle + step + (shape.rings - middle) * core["keep"]
    squeeze = max(core["keep"], 0.75)
    z = z_middle + (shape.z - z_middle) * squeeze
    within = (z >= z_middle + low) & (z <= z_middle + high)
    return Loft(z[within], rings[within], (4.0, 4.0))


class _Canvas:
    """One image per slice, drawn in order."""

    def __init__(self, frame: Frame, size: tuple[int, int], corner_mm: tuple[float, float]) -> None:
        self._frame, self._size, self._corner = frame, size, np.array(corner_mm)
        self._images = [Image.new("L", size) for _ in frame.slices_mm]
        self._brushes = [ImageDraw.Draw(image) for image in self._images]
        self._hosted: dict[int, list[tuple[Mark, int]]] = {}
        self._hosts: tuple[str, ...] = ()

    def paint(
        self, label: str, shape: Shape, host: tuple[str, ...] = (), above: float | None = None
    ) -> None:
        """Draw a shape; only over `host` labels where given, only the part in front of y = `above`
        (reference mm).
        """
        if host != self._hosts:
            self._flush()
            self._hosts = host
        ink = number(label)
        level = (
            None if above is None else (above * self._frame.stretch[0] - self._corner[1]) / PIXEL_MM
        )
        for k, mark in self._marks(shape, level):
            if host:
                self._hosted.setdefault(k, []).append((mark, ink))
            else:
                _draw(self._brushes[k], mark, ink)

    def _marks(self, shape: Shape, level: float | None) -> Iterator[tuple[int, Mark]]:
        """Yield what to draw on which slice, in pixels: an outline, or the box of a circle."""
        if isinstance(shape, Loft):
            for k, ring in shape.outlines(self._frame, -_POLYGON_EXCESS * PIXEL_MM):
                points = (ring - self._corner) / PIXEL_MM
                if level is not None:
                    points = _in_front(points, level)
                if len(points):
                    yield k, points.ravel().tolist()
            return
        slices, circles = shape.circles(self._frame)
        middle, radius = (circles[:, :2] - self._corner) / PIXEL_MM, circles[:, 2:] / PIXEL_MM
        if level is not None:
            turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
            round_ = np.stack([np.cos(turn), np.sin(turn)], axis=1)
            for k, centre, r in zip(slices.tolist(), middle, radius, strict=True):
                points = _in_front(centre + r * round_, level)
                if len(points):
                    yield k, points.ravel().tolist()
            return
        reach = np.clip(radius - 0.5, 0, None)
        boxes = np.rint(
            np.concatenate([middle - 0.5 - reach, middle - 0.5 + reach], axis=1)
        ).astype(int)
        yield from zip(slices.tolist(), map(tuple, boxes.tolist()), strict=True)

    def finish(self) -> NDArray[np.uint8]:
        """Return the painted labels, [z, y, x]."""
        self._flush()
        return np.stack([np.asarray(image) for image in self._images])

    def _flush(self) -> None:
        """Paint what waits for its host, one mask per slice."""
        hosts = [number(name) for name in self._hosts]
        for k, jobs in self._hosted.items():
            mask = Image.new("L", self._size)
            brush = ImageDraw.Draw(mask)
            for mark, ink in jobs:
                _draw(brush, mark, ink)
            over, under = np.asarray(mask), np.asarray(self._images[k])
            self._images[k] = Image.fromarray(
                np.where((over > 0) & np.isin(under, hosts), over, under)
            )
            self._brushes[k] = ImageDraw.Draw(self._images[k])
        self._hosted.clear()


def _in_front(points: Array, level: float) -> Array:
    """Keep what lies in front of a fluid level, flattening the rest onto it; nothing when all lies
    behind.
    """
    if points[:, 1].min() >= level:
        return points[:0]
    return np.column_stack([points[:, 0], np.minimum(points[:, 1], level)])


def _draw(brush: ImageDraw.ImageDraw, mark: Mark, ink: int) -> None:
    if isinstance(mark, tuple):
        brush.ellipse(mark, fill=ink)
    else:
        brush.polygon(mark, fill=ink)


def _table(array: NDArray[np.uint8], back_mm: float, front_mm: float) -> None:
    """Lay the scanner's table under the patient: a thin curved shell with a light core."""
    ny, nx = array.shape[1:]
    x = (np.arange(nx) - nx / 2 + 0.5) * PIXEL_MM
    y = front_mm + (np.arange(ny) + 0.5) * PIXEL_MM
    top = back_mm + 1 - (x / 200) ** 2 * 12
    depth = y[:, None] - top[None, :]
    shell = ((depth >= 0) & (depth < 2)) | ((depth >= 8) & (depth < 10))
    core = (depth >= 2) & (depth < 8)
    inside = np.abs(x)[None, :] < 200
    for name, where in (("table", shell & inside), ("foam", core & inside)):
        rows, columns = np.nonzero(where)
        part = array[:, rows, columns]
        part[part == 0] = number(name)
        array[:, rows, columns] = part


def _cortex(array: NDArray[np.uint8]) -> None:
    """Turn the outermost voxel of every marrow into cortical bone, slice by slice."""
    marrow = array == number("marrow")
    edge = np.zeros_like(marrow)
    for axis in (1, 2):
        for step in (1, -1):
            edge |= marrow & ~np.roll(marrow, step, axis=axis)
    array[edge] = number("cortex")
