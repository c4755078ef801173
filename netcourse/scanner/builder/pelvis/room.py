"""What pelvic organs may fill, how they yield to what is there, and how thin lines are led round it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from netcourse.scanner.builder.grid import FAR_MM, SPACING_MM, Field, Float, Space
from netcourse.scanner.builder.shapes import Points

FAT = ("visceral_fat", "subcutaneous_fat", "mesenteric_fat", "muscle_fat")
"""The fat that pelvic structures lie in; thin ones in the first kind, into which the others change round them."""
MUSCLE = ("muscle", "muscle_across")
"""Muscle by the direction of its fibres."""
LEAST_WALL_MM = 1.8
"""No wall of a hollow organ is thinner: more than a voxel in every direction."""
_HOST_MM = 0.5  # a voxel this far from a surface holds no share of it
_ROUNDS = 4
_PROBE_MM = 1.5


def settled(space: Space, field: Field, gaps_mm: Mapping[str, float]) -> Field:
    """Return a field that keeps a gap (mm) from each of some kept structures; those that are not kept are left out."""
    for name, gap in gaps_mm.items():
        if name in space.kept:
            field = field.yielding(space.kept[name], gap)
    return field


def depth(field: Field) -> Float:
    """Return how deep every voxel of a structure lies below its surface, mm, 0 outside: true where a field is stretched."""
    inside = field.values < 0
    if field.box.empty or inside.all():
        return field.box.full(FAR_MM)
    return np.asarray(ndimage.distance_transform_edt(inside, SPACING_MM), np.float32)


def lay(space: Space, field: Field, tissue: str, sleeve_mm: ArrayLike = 0.0) -> None:
    """Lay a thin structure into fat as shares of voxels; muscle gives way with a sleeve of fat.

    The fat just round it becomes visceral fat, whichever it was: so few kinds of mixture arise.
    """
    space.carve(field + (-_HOST_MM), "visceral_fat", FAT[1:])
    sleeve = np.asarray(sleeve_mm, np.float32)
    if np.any(sleeve > 0):
        space.carve(field + (-sleeve), "visceral_fat", MUSCLE)
    space.cover(field, tissue, ("visceral_fat",))


def led_round(space: Space, line: Points, gaps_mm: Mapping[str, float]) -> Points:
    """Return a line (x, y, z, radius) pushed out of some kept structures to a gap (mm) from its wall; its ends stay."""
    line = line.copy()
    names = [name for name in gaps_mm if name in space.kept]
    for _ in range(_ROUNDS):
        push = np.zeros((len(line), 3))
        for name in names:
            field = space.kept[name]
            short = line[:, 3] + gaps_mm[name] - _sampled(field, line[:, :3])
            away = np.stack(
                [
                    _sampled(field, line[:, :3] + step) - _sampled(field, line[:, :3] - step)
                    for step in np.eye(3) * _PROBE_MM
                ],
                axis=1,
            )
            away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-6
            push += np.clip(short, 0, 6)[:, None] * away
        push[[0, -1]] = 0
        push[1:-1] = (push[:-2] + 2 * push[1:-1] + push[2:]) / 4
        line[:, :3] += push
    return line


def _sampled(field: Field, points: Points) -> Float:
    """The field's values at the nearest voxels of points (x, y, z); 60 mm outside its box."""
    box = field.box
    out = np.full(len(points), 60.0, np.float32)
    if box.empty:
        return out
    first = np.array([box.z.ravel()[0], box.y.ravel()[0], box.x.ravel()[0]])
    at = np.rint((points[:, ::-1] - first) / SPACING_MM).astype(int)
    within = ((at >= 0) & (at < box.shape)).all(axis=1)
    out[within] = field.values[tuple(at[within].T)]
    return out
