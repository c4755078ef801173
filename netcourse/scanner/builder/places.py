"""What a body's file says of places: levels, middles of organs, room for lesions and for reference spheres, the skin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.atlas.codes import Codes
from netcourse.scanner.atlas.format import BODY, AtlasData
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.builder.body import Body, Sex, table
from netcourse.scanner.builder.bones.ribs import Cage, rib
from netcourse.scanner.builder.bones.spine import levels as spine_levels
from netcourse.scanner.builder.chest.airways import airway_lines
from netcourse.scanner.builder.grid import SPACING_MM, Box, Mask, Space

Row = list[float]

_ROOMIEST, _MOST, _LEAST_MM, _ENOUGH_MM = 4, 24, 1.2, 9.0
_APART_MM, _WIDE_APART_MM = 5.0, 12.0
_PUREST = 0.9  # of the places with room for a reference sphere, those from this share on
_MARGIN_MM = 36.0  # how much room a lesion can find beyond the reach of its place
_SKIN_EVERY = (16, 12, 12)
_MIDDLES = {"at", "vertebra", "rib", "valve"}
_PAIRED = ("kidney",)
_ORGANS = {
    "liver": ("liver",),
    "spleen": ("spleen",),
    "pancreas": ("pancreas",),
    "stomach_content": ("stomach_content",),
    "bowel": ("jejunum_wall", "ileum_wall"),
    "urine": ("urine",),
    "myocardium": ("myocardium",),
    "kidney": ("kidney_cortex",),
}


def points(body: Body, space: Space, valve_mm: Sequence[float]) -> dict[str, Any]:
    """Return the places of a carved body as the atlas's file holds them (z, y, x first in every row).

    `valve_mm` is where the ileum enters the caecum (x, y, z). Raises ValueError for a place without room.
    """
    return {
        "centres": _centres(space),
        "levels": _levels(body),
        "landmarks": {name: _landmark(space, **row) for name, row in _rows("landmarks").items()},
        "places": {
            name: _room(name, body, space, valve_mm, row) for name, row in _rows("places").items()
        },
        "skin": _skin(space),
    }


def with_found(data: AtlasData) -> AtlasData:
    """Return a packed body with the places of the table `found`, in its variants too.

    Raises ValueError for a place without room.
    """
    body, number = Body(cast(Sex, data.sex)), list(tissues())
    host = np.array([number.index(mixture.host) for mixture in data.mixtures], np.uint8)
    rows = {
        name: row for name, row in _rows("found").items() if row.get("sex", data.sex) == data.sex
    }

    def rooms(codes: Codes) -> dict[str, list[Row]]:
        space = Space.of(tuple(number), host[codes], data.origin_mm)
        return {name: _room(name, body, space, (), row) for name, row in rows.items()}

    base = data.voxels[BODY]
    usual = rooms(base)
    variants = []
    for variant in data.variants:
        if "places" in variant.points:
            whole, part = base.copy(), data.voxels[variant.name]
            box = tuple(slice(c, c + n) for c, n in zip(variant.corner, part.shape, strict=True))
            whole[box] = part
            other = {name: room for name, room in rooms(whole).items() if room != usual[name]}
            changed = {
                name: room for name, room in variant.points["places"].items() if name not in rows
            }
            variant = replace(variant, points={**variant.points, "places": changed | other})
        variants.append(variant)
    kept = {name: room for name, room in data.points["places"].items() if name not in rows}
    return replace(data, points={**data.points, "places": kept | usual}, variants=tuple(variants))


def _rows(part: str) -> dict[str, Any]:
    rows: dict[str, Any] = table("places")[part]
    return rows


def _levels(body: Body) -> dict[str, Row]:
    found = {name: [v.z, v.y, 0.0] for name, v in body.column.items()}
    x, y, z = airway_lines(body)["trachea"][0][-1, :3]
    return found | {"carina": [float(z), float(y), float(x)]}


def _centres(space: Space) -> dict[str, Row]:
    """The middle of each organ; of a pair, of each side."""
    found: dict[str, Row] = {}
    for organ, names in _ORGANS.items():
        where = np.argwhere(space.is_(space.all, *names)) * SPACING_MM + space.origin_mm
        if not len(where):
            continue
        sides = {organ: where}
        if organ in _PAIRED:
            left = where[:, 2] > 0
            sides = {f"{organ}_left": where[left], f"{organ}_right": where[~left]}
        found |= {name: _rounded(part.mean(axis=0)) for name, part in sides.items()}
    return found


def _room(
    name: str, body: Body, space: Space, valve_mm: Sequence[float], row: dict[str, Any]
) -> list[Row]:
    """Where lesions of a place may lie, with the free radius of each point."""
    if "segment" in row:
        segment = space.kept["segment"]
        box, near = segment.box, np.rint(segment.values) == row["segment"]
    else:
        box, near = _within_reach(body, space, valve_mm, row)
    apart = _WIDE_APART_MM if "segment" in row else _APART_MM
    free = _free(space, box, _tissues(row["in"]))
    found = _spread(box, free, np.asarray(near), _LEAST_MM, apart)
    if len(found) < 5:
        raise ValueError(f"place '{name}' of the {body.sex} body has room for {len(found)} points")
    return found


def _within_reach(
    body: Body, space: Space, valve_mm: Sequence[float], row: dict[str, Any]
) -> tuple[Box, Mask]:
    """Where a lesion's centre may lie, in a box with room for lesions beyond: within reach of a
    middle, in an organ, or both.
    """
    if not _MIDDLES & set(row):
        where = np.argwhere(_of_organ(space, space.all, row)) * SPACING_MM + space.origin_mm
        box = space.box(where[:, ::-1], _MARGIN_MM)
        return box, _of_organ(space, box, row)
    middle = _middle(body, row, valve_mm)
    reach = np.broadcast_to(np.asarray(row["reach"], float), 3)
    box = space.between(middle - reach - _MARGIN_MM, middle + reach + _MARGIN_MM)
    away = (
        ((box.x - middle[0]) / reach[0]) ** 2
        + ((box.y - middle[1]) / reach[1]) ** 2
        + ((box.z - middle[2]) / reach[2]) ** 2
    )
    near = np.asarray(away <= 1)
    return box, near & _of_organ(space, box, row) if "organ" in row else near


def _of_organ(space: Space, box: Box, row: dict[str, Any]) -> Mask:
    """Where a row's organ lies, on its side where it has one."""
    organ, side = space.is_(box, row["organ"]), row.get("side")
    return np.asarray(organ & ((box.x > 0) == (side == "left")) if side else organ)


def _middle(body: Body, row: dict[str, Any], valve_mm: Sequence[float]) -> NDArray[np.float64]:
    if "vertebra" in row:
        vertebra = body.column[row["vertebra"]]
        return np.array([0.0, vertebra.y, vertebra.z])
    if "rib" in row:
        side = (
            -1 if row.get("side") == "right" else 1
        )  # courses of both sides are given on the left
        course = rib(body, Cage(body), spine_levels(body), row["rib"], side)
        return np.asarray(course.rows[np.argmax(course.rows[:, 0]), :3] * (side, 1, 1))
    if "valve" in row:
        return np.asarray(np.add(valve_mm, row["valve"]), float)
    return np.asarray(body.place(row["at"]))


def _landmark(space: Space, room: float, pure: str, **row: Any) -> list[Row]:
    """Points for reference spheres: those with the least of anything else around."""
    tissues = _tissues(row["in"])
    there = np.argwhere(space.is_(space.all, pure))
    if not len(there):
        return []
    low, high = there.min(axis=0), there.max(axis=0) + 1
    corner = np.add(space.origin_mm, low * SPACING_MM)
    box = space.between(corner[::-1], np.add(space.origin_mm, (high - 1) * SPACING_MM)[::-1])
    free = _free(space, box, tissues)
    width = [max(1, round(1.6 * room / step)) for step in SPACING_MM]
    purity = ndimage.uniform_filter(space.is_(box, pure).astype(np.float32), width)
    fit = free >= room
    if not fit.any():
        fit = free >= 0.9 * free.max()
    return _spread(
        box, free, fit & (purity >= np.quantile(purity[fit], _PUREST)), 0.0, _WIDE_APART_MM
    )


def _free(space: Space, box: Box, tissues: Iterable[str]) -> NDArray[np.float32]:
    """The radius of the largest sphere around each voxel that holds nothing else, mm."""
    apart = ndimage.distance_transform_edt(space.is_(box, *tissues), sampling=SPACING_MM)
    return np.asarray(np.maximum(apart - 0.5, 0), np.float32)


def _spread(
    box: Box, free: NDArray[np.float32], near: Mask, least: float, apart_mm: float
) -> list[Row]:
    """Points some millimetres apart: the roomiest, then some of all that have room enough."""
    where = np.argwhere(near & (free >= least))
    room = free[tuple(where.T)]
    places = np.stack(
        [axis.ravel()[where[:, a]] for a, axis in enumerate((box.z, box.y, box.x))], axis=1
    ).astype(float)
    roomiest = np.argsort(-room, kind="stable")
    chance = np.random.default_rng(len(where)).permutation(len(where))
    rest = chance[np.argsort(-np.minimum(room[chance], _ENOUGH_MM), kind="stable")]
    chosen: list[Row] = []
    open_ = np.ones(len(where), bool)
    for most, order in ((_ROOMIEST, roomiest), (_MOST, rest)):
        for at in order:
            if len(chosen) == most:
                break
            if open_[at]:
                chosen.append([*_rounded(places[at]), round(float(room[at]), 1)])
                open_ &= ((places - places[at]) ** 2).sum(axis=1) >= apart_mm**2
    return chosen


def _tissues(names: Iterable[str]) -> set[str]:
    groups: dict[str, list[str]] = table("places")["groups"]
    return {tissue for name in names for tissue in groups.get(name, [name])}


def _skin(space: Space) -> list[Row]:
    """Points all over the skin."""
    solid = space.tissue > 0
    every = solid & ~ndimage.binary_erosion(solid)
    where = np.argwhere(every)
    _, first = np.unique(where // _SKIN_EVERY, axis=0, return_index=True)
    return [_rounded(row) for row in where[np.sort(first)] * SPACING_MM + space.origin_mm]


def _rounded(row: NDArray[np.floating[Any]]) -> Row:
    return [round(float(value), 1) for value in row]
