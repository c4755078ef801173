"""The head's own frame: everything in the head is drawn once, for the reference man, in a block whose axes are scaled to him."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import capsule_distance, ellipsoid_distance

SIDES = (1, -1)
SOFT = ("subcutaneous_fat", "visceral_fat", "muscle_fat")
"""The fats of head and neck, which its soft structures are carved in."""
_KNOWN_MM = 30.0
_LOW, _HIGH = (-98.0, -132.0, 352.0), (98.0, 96.0, 590.0)


class HeadFrame(Space):
    """A block seen in the frame of the reference man's head: the same voxels, and axes in his millimetres."""

    def __init__(self, body: Body, space: Space) -> None:
        self.body = body
        self.real = space
        self.tissues, self.number = space.tissues, space.number
        self.tissue, self.other, self.share = space.tissue, space.other, space.share
        self.kept = space.kept
        z, y, x = (a.ravel() for a in (space.all.z, space.all.y, space.all.x))
        wide, deep, high = body.place([1.0, 1.0, 500.0]) / (1.0, 1.0, 500.0)
        self._axes = tuple(
            (axis / factor).astype(np.float32)
            for axis, factor in zip((z, y, x), (high, deep, wide), strict=True)
        )

    @property
    def head(self) -> Box:
        """The box of the head, cut to the block."""
        return self.between(_LOW, _HIGH)

    def noise(self, name: str, box: Box, pitch_mm: float | tuple[float, float, float]) -> Float:
        """Return noise of the head that is the same in all variants of the body."""
        return noise(self.body.seed(f"head/{name}", variant=False), box, pitch_mm)

    def in_body(self, box: Box) -> Box:
        """Return a box of this frame with the body's own millimetres."""
        whole = self.real.all
        z, y, x = box.slices
        return Box(box.slices, whole.z[z], whole.y[:, y], whole.x[:, :, x])


def blob(box: Box, centre: Sequence[float], axes: Sequence[float], pitch: float = 0.0) -> Float:
    """Return the distance from an ellipsoid, known 30 mm around it; its front end is turned up by `pitch` degrees."""
    a = np.deg2rad(pitch)
    turn = np.array([[1, 0, 0], [0, np.cos(a), np.sin(a)], [0, -np.sin(a), np.cos(a)]])
    out = box.full(FAR_MM)
    part, near = _near(box, [centre], max(axes) if pitch else axes)
    if not near.empty:
        out[part] = ellipsoid_distance(near, centre, axes, turn if pitch else None)
    return out


def bar(
    box: Box,
    a: Sequence[float],
    b: Sequence[float],
    radius_a: float,
    radius_b: float | None = None,
    flat: Sequence[float] = (1, 1, 1),
) -> Float:
    """Return the distance from a rounded cone, known 30 mm around it; `flat` above 1 squeezes it along that axis."""
    radius_b = radius_a if radius_b is None else radius_b
    out = box.full(FAR_MM)
    part, near = _near(box, [a, b], max(radius_a, radius_b) / min(flat))
    if not near.empty:
        out[part] = capsule_distance(near, a, b, radius_a, radius_b, flat)
    return out


def _near(
    box: Box, points: Sequence[Sequence[float]], reach: float | Sequence[float]
) -> tuple[tuple[slice, slice, slice], Box]:
    """The part of a box around some points, as slices into it and as a box."""
    places = np.array(points, float)
    low = places.min(0) - np.asarray(reach) - _KNOWN_MM
    high = places.max(0) + np.asarray(reach) + _KNOWN_MM
    z, y, x = (
        slice(int(np.searchsorted(axis.ravel(), a)), int(np.searchsorted(axis.ravel(), b)))
        for axis, a, b in zip((box.z, box.y, box.x), low[::-1], high[::-1], strict=True)
    )
    return (z, y, x), Box((z, y, x), box.z[z], box.y[:, y], box.x[:, :, x])


def chain(box: Box, points: Sequence[Sequence[float]], flat: Sequence[float] = (1, 1, 1)) -> Float:
    """Return the distance from a chain of rounded cones through points (x, y, z, radius)."""
    out = box.full(FAR_MM)
    for a, b in itertools.pairwise(points):
        np.minimum(out, bar(box, a[:3], b[:3], a[3], b[3], flat), out=out)
    return out


def mirrored(points: Sequence[Sequence[float]], side: int) -> list[tuple[float, ...]]:
    """Return points with x on one side (1 left, −1 right)."""
    return [(side * p[0], *p[1:]) for p in points]


def field(box: Box, *distances: Float) -> Field:
    """Return the field of what lies within all of some distances."""
    out = distances[0]
    for d in distances[1:]:
        out = np.maximum(out, d)
    return Field(box, np.asarray(out + box.full(0.0), np.float32))
