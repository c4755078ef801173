"""Where a patient's lesions lie and what shape they have."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from math import prod

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws, Lesion, Part, Patient
from netcourse.scanner.anatomy import Anatomy, number
from netcourse.scanner.anatomy.frame import SLICE_MM, Frame
from netcourse.scanner.study import Point

Array = NDArray[np.float64]

GRID_MM = SLICE_MM
"""Lesion centres lie at centres of PET voxels, so that none loses SUVmax between two of them by
chance.
"""
_GRID_START = np.array([GRID_MM / 2, GRID_MM / 2, 0.0])

ROUND_BELOW_MM = 15.0
"""Smaller lesions are spheres; larger ones are a little lobulated."""

_TRIES = 40
_APART_MM = 1.0
_HALO_MM = 4.0
_DENT_MM = 1.5  # fat between a tumour and the stomach that it dents
_WALL_MM = 4.5
_STOMACH = ("stomach_wall", "stomach_content", "gas")
_MOBILE = ("bowel_wall", "bowel_fluid", "mesenteric_vessel", "colon_wall", "stool", "gas")


@dataclass(frozen=True)
class Site:
    """The room for a lesion at one place, in the reference body (x, y, z in mm)."""

    centre: tuple[float, float, float]
    room: tuple[float, float, float]
    clear: bool = False
    dents: bool = False


@cache
def sites() -> dict[str, Site]:
    """Return the site of every place."""
    rows = tomllib.loads((resources.files(__package__) / "places.toml").read_text(encoding="utf-8"))
    return {
        place: Site(
            tuple(row["centre"]),
            tuple(row["room"]),
            row.get("clear", False),
            row.get("dents", False),
        )
        for place, row in rows.items()
    }


def positions(patient: Patient) -> dict[str, Point]:
    """Return the centre of every lesion as (z, y, x) in mm, without drawing anything.

    Large lesions choose first; a lesion that would overlap another looks for free room near by.
    """
    frame = Frame.of(patient)
    order = sorted(patient.lesions, key=lambda lesion: -lesion.size_mm)
    if not order:
        return {}
    radius = np.array([lesion.size_mm / 2 for lesion in order])
    chosen = _centres(order, radius, np.array([lesion.offset for lesion in order]), frame)
    for n, lesion in enumerate(order):
        if _gaps(chosen[n : n + 1], radius[n], chosen[:n], radius[:n])[0] < _APART_MM:
            draws = Draws("position", patient.id, lesion.id)
            offsets = np.array([draws.in_ball(str(attempt)) for attempt in range(_TRIES)])
            tries = np.concatenate(
                [
                    chosen[n : n + 1],
                    _centres([lesion] * _TRIES, np.full(_TRIES, radius[n]), offsets, frame),
                ]
            )
            gaps = _gaps(tries, radius[n], chosen[:n], radius[:n])
            chosen[n] = tries[
                np.argmax(gaps >= _APART_MM) if gaps.max() >= _APART_MM else np.argmax(gaps)
            ]
    found = {
        lesion.id: (float(z), float(y), float(x))
        for lesion, (x, y, z) in zip(order, chosen, strict=True)
    }
    return {lesion.id: found[lesion.id] for lesion in patient.lesions}


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


def _centres(lesions: list[Lesion], radius: Array, offsets: Array, frame: Frame) -> Array:
    """Where lesions of these offsets would lie in the patient, on the grid, (n, 3) as (x, y, z)."""
    here = [sites()[lesion.place] for lesion in lesions]
    room = np.clip(
        np.array([site.room for site in here]) - radius[:, None] / frame.scale, 0.5, None
    )
    points = frame.warp(np.array([site.centre for site in here]) + room * offsets)
    return np.asarray(np.rint((points - _GRID_START) / GRID_MM) * GRID_MM + _GRID_START)


def _gaps(centres: Array, radius: float, others: Array, radii: Array) -> Array:
    """The smallest distance of each sphere from the surface of the others, negative where they
    overlap.
    """
    if not len(others):
        return np.full(len(centres), np.inf)
    apart = np.linalg.norm(centres[:, None] - others[None], axis=2) - radii
    return np.asarray(apart.min(axis=1) - radius)


def make_room(patient: Patient, anatomy: Anatomy, where: dict[str, Point]) -> Anatomy:
    """Return the anatomy with bowel and small vessels pushed aside by lesions in the fat between
    them, and the stomach dented by others.
    """
    movable = [
        lesion
        for lesion in patient.lesions
        if sites()[lesion.place].clear or sites()[lesion.place].dents
    ]
    if not movable:
        return anatomy
    array = anatomy.array.copy()
    for lesion in movable:
        reach = lesion.size_mm / 2 + _HALO_MM + _WALL_MM + 2
        box, first = box_around(
            anatomy.origin_mm, anatomy.spacing_mm, array.shape, where[lesion.id], reach
        )
        part = array[box]
        halo = _DENT_MM if sites()[lesion.place].dents else _HALO_MM
        near, wall = (
            _within(patient, lesion, mm, anatomy, where[lesion.id], part.shape, first)
            for mm in (halo, halo + _WALL_MM)
        )
        pushed = np.isin(
            part, [number(name) for name in (_MOBILE if sites()[lesion.place].clear else _STOMACH)]
        )
        if sites()[lesion.place].dents:
            part[wall & pushed] = number("stomach_wall")
        part[near & pushed] = number("fat")
    return replace(anatomy, array=array)


def _within(
    patient: Patient,
    lesion: Lesion,
    beyond_mm: float,
    anatomy: Anatomy,
    centre: Point,
    shape: tuple[int, ...],
    first: Point,
) -> NDArray[np.bool_]:
    """Which voxels of a box lie in a lesion or within some millimetres of it."""
    halo = lesion.model_copy(update={"size_mm": lesion.size_mm + 2 * beyond_mm})
    return np.asarray(coverage(patient, halo, anatomy.spacing_mm, centre, shape, first) > 0.5)


Box = tuple[slice, slice, slice]


def box_around(
    origin_mm: Point, spacing_mm: Point, shape: tuple[int, ...], centre: Point, reach_mm: float
) -> tuple[Box, Point]:
    """Return the voxels within reach of a point along each axis, cut to the volume, and the centre
    of the first.
    """
    slices, first = [], []
    for c, origin, step, count in zip(centre, origin_mm, spacing_mm, shape, strict=True):
        low = min(max(int(np.floor((c - reach_mm - origin) / step)), 0), count - 1)
        high = max(min(int(np.ceil((c + reach_mm - origin) / step)) + 1, count), low + 1)
        slices.append(slice(low, high))
        first.append(origin + low * step)
    return (slices[0], slices[1], slices[2]), (first[0], first[1], first[2])


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
    edges are soft over one voxel and the total volume is that of a sphere of the lesion's diameter.
    """
    z, y, x = (
        np.asarray(first[a] + step_mm[a] * np.arange(shape[a]) - centre[a], np.float64)
        for a in range(3)
    )
    distance = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    radius = lesion.size_mm / 2
    edge = (
        radius * (1 + _lobes(patient, lesion, z, y, x, distance))
        if lesion.size_mm >= ROUND_BELOW_MM
        else radius
    )
    soft = max(step_mm[0], step_mm[2])
    volume, size = 4 / 3 * np.pi * radius**3 / prod(step_mm), 1.0
    for _ in range(
        3
    ):  # lobes and voxels change the volume a little: find the size that gives it back
        filled = np.clip((edge * size - distance) / soft + 0.5, 0, 1)
        size *= float(np.cbrt(volume / max(filled.sum(), 0.1 * volume)))
    return np.asarray(np.clip((edge * size - distance) / soft + 0.5, 0, 1))


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
    z, y, x = (first[a] + step_mm[a] * np.arange(filled.shape[a]) - centre[a] for a in range(3))
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


def _lobes(
    patient: Patient, lesion: Lesion, z: Array, y: Array, x: Array, distance: Array
) -> Array:
    """Relative bumps of the surface, a few per cent, the same for every scan of this lesion."""
    draws = Draws("lobes", patient.id, lesion.id)
    bumps = np.zeros_like(distance)
    away = np.maximum(distance, 1e-6)
    for wave in range(4):
        kz, ky, kx = (draws.uniform(f"{wave}/{axis}", -3.5, 3.5) for axis in "zyx")
        phase = 2 * np.pi * draws.unit(f"{wave}/phase")
        bumps += 0.05 * np.sin(
            (kz * z[:, None, None] + ky * y[None, :, None] + kx * x[None, None, :]) / away + phase
        )
    return np.asarray(bumps)
