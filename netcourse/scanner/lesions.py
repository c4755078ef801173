"""Where a patient's lesions lie and what shape they have."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws, Lesion, Part, Patient
from netcourse.scanner.atlas.codes import Codes, Mixture, shares
from netcourse.scanner.atlas.format import Box
from netcourse.scanner.atlas.load import points
from netcourse.scanner.body.body import PET_VOXELS, Body
from netcourse.scanner.body.warp import Warp
from netcourse.scanner.forms import form_of, from_centre, is_mesenteric_mass
from netcourse.scanner.study import Point

Array = NDArray[np.float64]
Float = NDArray[np.float32]

GRID_MM = 3.0
"""Lesion centres lie at centres of PET voxels, so that none loses SUVmax between two of them by
chance.
"""
_GRID_START = np.array([0.0, GRID_MM / 2, GRID_MM / 2])

_TRIES = 40
_STEPS = 6
_APART_MM = 1.0
_HALO_MM = 4.0
_DENT_MM = 1.5  # fat between a tumour and the stomach that it dents
_WALL_MM = 4.5
_SCARRED_MM = 34.0
_LOOPS = ("jejunum_wall", "ileum_wall", "duodenum_wall")
_STOMACH = ("stomach_wall", "stomach_mucosa", "stomach_content", "gas")
_MOBILE = (
    "duodenum_wall",
    "jejunum_wall",
    "ileum_wall",
    "bowel_fluid",
    "mesenteric_vessel",
    "colon_wall",
    "stool",
    "gas",
)

Manner = Literal["pushes", "dents"]


@cache
def manners() -> Mapping[str, Manner]:
    """Return the places whose lesions make room for themselves, and how."""
    rows = tomllib.loads((resources.files(__package__) / "places.toml").read_text(encoding="utf-8"))
    return {place: manner for manner, places in rows.items() for place in places}  # type: ignore[misc]


def positions(patient: Patient) -> dict[str, Point]:
    """Return the centre of every lesion as (z, y, x) in mm, without drawing anything.

    Large lesions choose first; a lesion that would overlap another looks for free room near by.
    """
    if patient.pictures:
        return real_positions(patient)
    order = sorted(patient.lesions, key=lambda lesion: -lesion.size_mm)
    if not order:
        return {}
    warp = Warp.of(patient)
    radius = np.array([lesion.size_mm / 2 for lesion in order])
    chosen = _centres(order, np.array([lesion.offset for lesion in order]), warp)
    for n, lesion in enumerate(order):
        if _gaps(chosen[n : n + 1], radius[n], chosen[:n], radius[:n])[0] < _APART_MM:
            draws = Draws("position", patient.id, lesion.id)
            offsets = np.array([draws.in_ball(str(attempt)) for attempt in range(_TRIES)])
            tries = np.concatenate([chosen[n : n + 1], _centres([lesion] * _TRIES, offsets, warp)])
            gaps = _gaps(tries, radius[n], chosen[:n], radius[:n])
            chosen[n] = tries[
                np.argmax(gaps >= _APART_MM) if gaps.max() >= _APART_MM else np.argmax(gaps)
            ]
    found = {lesion.id: _point(centre) for lesion, centre in zip(order, chosen, strict=True)}
    return {lesion.id: found[lesion.id] for lesion in patient.lesions}


def real_positions(patient: Patient) -> dict[str, Point]:
    """Return where the owner of real pictures saw the lesions, (z, y, x) in mm."""
    places = {lesion.id: lesion.centre_mm for lesion in patient.lesions}
    return {id: (place[2], place[1], place[0]) for id, place in places.items() if place}


def part_positions(patient: Patient) -> dict[str, dict[Part, Point]]:
    """Return, for every lesion whose two clones show as parts, the middle of each part as (z, y, x)
    in mm.
    """
    found: dict[str, dict[Part, Point]] = {}
    where = positions(patient)
    for lesion in patient.lesions:
        if lesion.clone_b and lesion.clone_b.side:
            z, y, x = where[lesion.id]
            ux, uy, uz = _direction(lesion.clone_b.side)
            away: dict[Part, float] = {
                part: (lesion.size_mm - lesion.part_mm(part)) / 2 for part in lesion.parts
            }
            away["A"] *= -1
            found[lesion.id] = {
                part: (z + step * uz, y + step * uy, x + step * ux) for part, step in away.items()
            }
    return found


def _direction(side: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = side
    length = (x * x + y * y + z * z) ** 0.5
    return x / length, y / length, z / length


def _centres(lesions: list[Lesion], offsets: Array, warp: Warp) -> Array:
    """Where lesions of these offsets would lie in the patient, on the grid, (n, 3)."""
    size = float(np.cbrt(warp.girth**2 * warp.stature))
    inside = [
        _candidate(warp, lesion.place, lesion.size_mm / 2 / size, offset)
        for lesion, offset in zip(lesions, offsets, strict=True)
    ]
    found = warp.forth(np.array(inside))
    return np.asarray(np.rint((found - _GRID_START) / GRID_MM) * GRID_MM + _GRID_START)


def _candidate(warp: Warp, place: str, radius: float, offset: Array) -> Array:
    """Where in the atlas a lesion of this radius and offset lies at a place.

    Its offset (x, y, z, each −1 to 1) is a share of the way from the middle to the ends of what the
    place's candidates reach; the candidate that comes nearest to there moves as far as its room
    allows. Where none has room enough, the roomiest do.
    """
    candidates = np.array(points(warp.choice)["places"][place])
    fit = candidates[candidates[:, 3] >= min(radius, candidates[:, 3].max() - 1e-6)]
    at, play = fit[:, :3], np.clip(fit[:, 3:] - radius, 0, None)
    low, high = (at - play).min(axis=0), (at + play).max(axis=0)
    away = (low + high) / 2 + offset[::-1] * (high - low) / 2 - at
    far = np.linalg.norm(away, axis=1, keepdims=True)
    step = away * np.minimum(1, play / np.maximum(far, 1e-9))
    best = int(np.argmin(np.linalg.norm(away - step, axis=1) + 1e-3 * far[:, 0]))
    return np.asarray(at[best] + step[best])


def _point(row: Array) -> Point:
    z, y, x = row.tolist()
    return z, y, x


def _gaps(centres: Array, radius: float, others: Array, radii: Array) -> Array:
    """The smallest distance of each sphere from the surface of the others, negative where they
    overlap.
    """
    if not len(others):
        return np.full(len(centres), np.inf)
    apart = np.linalg.norm(centres[:, None] - others[None], axis=2) - radii
    return np.asarray(apart.min(axis=1) - radius)


def make_room(patient: Patient, body: Body, where: Mapping[str, Point]) -> Body:
    """Return the body with bowel and small vessels pushed aside by lesions in the fat between them,
    and the stomach dented by others.
    """
    movable = [lesion for lesion in patient.lesions if lesion.place in manners()]
    if not movable:
        return body
    codes = body.codes.copy()
    for lesion in movable:
        centre, dents = where[lesion.id], manners()[lesion.place] == "dents"
        beyond = _HALO_MM + _WALL_MM
        reach = (lesion.size_mm / 2 + beyond) * form_of(patient, lesion).reach + 2
        box, first = box_around(body, centre, reach)
        part = codes[box]
        halo = _DENT_MM if dents else _HALO_MM
        near, wall = (
            _within(patient, lesion, mm, body, centre, part.shape, first)
            for mm in (halo, halo + _WALL_MM)
        )
        pushed = shares(body.mixtures, *(_STOMACH if dents else _MOBILE))[part] > 0
        if dents:
            part[wall & pushed] = body.mixtures.index(Mixture("stomach_wall"))
        part[near & pushed] = body.mixtures.index(Mixture("visceral_fat"))
        if is_mesenteric_mass(lesion):
            _thicken_loops(codes, body, lesion, centre)
    return replace(body, codes=codes)


def _thicken_loops(codes: Codes, body: Body, lesion: Lesion, centre: Point) -> None:
    """Thicken the walls of the loops near a mesenteric mass, in place, at the cost of their lumen."""
    box, first = box_around(body, centre, lesion.size_mm / 2 + _SCARRED_MM)
    part = codes[box]
    wall = shares(body.mixtures, *_LOOPS)[part] >= 0.5
    grown = wall.copy()
    for axis, steps in ((1, 2), (2, 2), (0, 1)):
        for step in range(1, steps + 1):
            one, other = [slice(None)] * 3, [slice(None)] * 3
            one[axis], other[axis] = slice(step, None), slice(None, -step)
            grown[tuple(one)] |= wall[tuple(other)]
            grown[tuple(other)] |= wall[tuple(one)]
    z, y, x = from_centre(first, body.spacing_mm, part.shape, centre)
    away = z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2
    near = away <= (lesion.size_mm / 2 + _SCARRED_MM) ** 2
    lumen = shares(body.mixtures, "bowel_fluid", *_LOOPS)[part] >= 0.5
    part[grown & ~wall & lumen & near] = body.mixtures.index(Mixture("ileum_wall"))


def _within(
    patient: Patient,
    lesion: Lesion,
    beyond_mm: float,
    body: Body,
    centre: Point,
    shape: tuple[int, ...],
    first: Point,
) -> NDArray[np.bool_]:
    """Which voxels of a box lie in a lesion or within some millimetres of it."""
    halo = lesion.model_copy(update={"size_mm": lesion.size_mm + 2 * beyond_mm})
    return np.asarray(coverage(patient, halo, body.spacing_mm, centre, shape, first) > 0.5)


def box_around(
    body: Body, centre: Point, reach_mm: float, whole: tuple[int, int, int] = (1, 1, 1)
) -> tuple[Box, Point]:
    """Return the body's voxels within reach of a point along each axis, in `whole` groups of so
    many, cut to the body, and the centre of the first.
    """
    slices, first = [], []
    for c, origin, step, count, group in zip(
        centre, body.origin_mm, body.spacing_mm, body.codes.shape, whole, strict=True
    ):
        last = count // group - 1
        low, high = (
            min(max(int((c + end - origin) / step // group), 0), last)
            for end in (-reach_mm, reach_mm)
        )
        slices.append(slice(low * group, (high + 1) * group))
        first.append(origin + low * group * step)
    return (slices[0], slices[1], slices[2]), (first[0], first[1], first[2])


@dataclass(frozen=True, eq=False)
class Shape:
    """A lesion in the body's voxels: its box, which holds whole PET voxels, and how much of each
    voxel it fills (0–1), the whole of it and its parts.

    `first` is the centre of the box's first voxel and `centre` the lesion's, both (z, y, x) in mm.
    """

    lesion: Lesion
    centre: Point
    box: Box
    first: Point
    filled: Float
    parts: Mapping[Part, Float]


def shapes(patient: Patient, body: Body, where: Mapping[str, Point]) -> list[Shape]:
    """Return the shapes of a patient's lesions, small ones first."""
    found = []
    for lesion in sorted(patient.lesions, key=lambda lesion: lesion.size_mm):
        centre = where[lesion.id]
        reach = lesion.size_mm / 2 * form_of(patient, lesion).reach + 1.5
        z, y, x = PET_VOXELS
        box, first = box_around(body, centre, reach, (int(z), int(y), int(x)))
        size = tuple(side.stop - side.start for side in box)
        filled = coverage(patient, lesion, body.spacing_mm, centre, size, first)
        of = parts(patient, lesion, body.spacing_mm, centre, first, filled)
        found.append(
            Shape(
                lesion,
                centre,
                box,
                first,
                filled.astype(np.float32),
                {part: share.astype(np.float32) for part, share in of.items()},
            )
        )
    return found


def coverage(
    patient: Patient,
    lesion: Lesion,
    step_mm: Point,
    centre: Point,
    shape: tuple[int, ...],
    first: Point,
) -> Array:
    """Return how much of each voxel of a small box the lesion fills (0–1), [z, y, x].

    `first` is the centre of voxel [0, 0, 0] and `step_mm` the voxel size, both (z, y, x) in mm;
    edges are soft over a voxel, or more where the lesion infiltrates, and the total volume is that
    of a sphere of the lesion's diameter.
    """
    z, y, x = from_centre(first, step_mm, shape, centre)
    form, radius = form_of(patient, lesion), lesion.size_mm / 2
    soft = max(step_mm[0], step_mm[2]) + form.blurred * radius
    depth = form.depth(z, y, x, radius) / soft + 0.5
    volume, enough = 4 / 3 * np.pi * radius**3 / prod(step_mm), 0.3 * radius / soft
    for _ in range(_STEPS):  # the surface moves in or out until the volume is the sphere's
        filled = np.clip(depth, 0, 1)
        edge = np.count_nonzero((depth > 0) & (depth < 1))
        depth += np.clip((volume - filled.sum()) / max(edge, 1), -enough, enough)
    return np.asarray(np.clip(depth, 0, 1))


def parts(
    patient: Patient, lesion: Lesion, step_mm: Point, centre: Point, first: Point, filled: Array
) -> dict[Part, Array]:
    """Return how much of each voxel each part of a lesion fills, from what the whole of it does
    (`coverage`, same box).

    The border between two clones is a plane with soft waves; clone B has its fraction of the
    volume.
    """
    if len(lesion.parts) == 1:
        return {"A": filled}
    assert lesion.clone_b is not None
    assert lesion.clone_b.side is not None
    z, y, x = from_centre(first, step_mm, filled.shape, centre)
    ux, uy, uz = _direction(lesion.clone_b.side)
    draws = Draws("clones", patient.id, lesion.id)
    wave = sum(
        np.sin(
            2
            * np.pi
            * (
                along[shape] / (lesion.size_mm * draws.uniform(f"length/{axis}", 0.55, 0.85))
                + draws.unit(axis)
            )
        )
        for axis, along, shape in (
            ("z", z, np.s_[:, None, None]),
            ("y", y, np.s_[None, :, None]),
            ("x", x, np.s_[None, None, :]),
        )
    )
    depth = (
        uz * z[:, None, None]
        + uy * y[None, :, None]
        + ux * x[None, None, :]
        + 0.025 * lesion.size_mm * wave
    )
    order = np.argsort(depth, axis=None)
    held = np.cumsum(filled.ravel()[order])
    border = depth.ravel()[order][
        min(int(np.searchsorted(held, (1 - lesion.clone_b.fraction) * held[-1])), held.size - 1)
    ]
    share = np.clip((depth - border) / max(step_mm[0], step_mm[2]) + 0.5, 0, 1)
    return {"A": filled * (1 - share), "B": filled * share}
