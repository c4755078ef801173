"""Smooth noise that belongs to a place, not to an array: the same voxel gets the same value in every box."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from netcourse.scanner.builder.grid import Box, Float

_SPREAD = (151 / 315) ** 1.5
"""Standard deviation of a lattice of unit variance after cubic B-spline interpolation in three directions."""


def noise(seed: str, box: Box, pitch_mm: float | tuple[float, float, float]) -> Float:
    """Return smooth noise of unit variance in a box, [z, y, x].

    `pitch_mm` is the distance of its independent knots, one number or (z, y, x); what the eye sees is about
    1.5 times as wide. Another seed gives noise that has nothing to do with it.
    """
    pitches = (pitch_mm,) * 3 if isinstance(pitch_mm, (int, float)) else pitch_mm
    axes = (box.z.ravel(), box.y.ravel(), box.x.ravel())
    if box.empty:
        return box.full(0.0)
    rows, weights = zip(
        *(_weights(axis, p) for axis, p in zip(axes, pitches, strict=True)), strict=True
    )
    knots = _knots(seed, *rows)
    out = np.tensordot(
        weights[0],
        np.tensordot(np.tensordot(knots, weights[2], (2, 1)), weights[1], (1, 1)),
        (1, 0),
    )
    return np.ascontiguousarray(out.transpose(0, 2, 1) / np.float32(_SPREAD), np.float32)


def ridges(field: Float, width: float) -> Float:
    """Return thin sheets (0–1) where smooth noise crosses zero: septa."""
    return np.asarray(np.exp(-((field / width) ** 2)), np.float32)


def _weights(axis: NDArray[np.float32], pitch: float) -> tuple[NDArray[np.int64], Float]:
    """Which knots reach an axis, and the cubic B-spline weight of each knot at each voxel."""
    t = axis.astype(float) / pitch
    whole = np.floor(t).astype(np.int64)
    f = t - whole
    spline = np.stack(
        [(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3]
    )
    first, last = int(whole.min()) - 1, int(whole.max()) + 2
    matrix = np.zeros((axis.size, last - first + 1), np.float32)
    for k in range(4):
        matrix[np.arange(axis.size), whole - 1 + k - first] += (spline[k] / 6).astype(np.float32)
    return np.arange(first, last + 1), matrix


def _knots(seed: str, z: NDArray[np.int64], y: NDArray[np.int64], x: NDArray[np.int64]) -> Float:
    """Normal numbers that depend on the seed and a knot's place alone (a mixing hash, then the normal quantile)."""
    with np.errstate(over="ignore"):
        h = (
            z[:, None, None].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            ^ y[None, :, None].astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
            ^ x[None, None, :].astype(np.uint64) * np.uint64(0x165667B19E3779F9)
        )
        h += np.uint64(zlib.crc32(seed.encode())) * np.uint64(0x27D4EB2F165667C5)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor)
        h ^= h >> np.uint64(31)
    return np.asarray(ndtri((np.float64(h >> np.uint64(11)) + 0.5) / 2.0**53), np.float32)
