"""How tissues vary within themselves on CT: septa, fibres, trabeculae, stool's gas; the same in every phase.

Each pattern is a block of HU that repeats without a seam, laid through the whole body in steps of a
CT's slices; where it begins differs between patients.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from netcourse.patients import Draws
from netcourse.scanner.atlas.codes import MOST, Codes, Mixture
from netcourse.scanner.atlas.format import Box
from netcourse.scanner.atlas.tissues import tissues

Float = NDArray[np.float32]

_BLOCK = (40, 128, 128)
_BLOCK_MM = (3.0, 1.0, 1.0)
_RISE, _FULL = 0.7, 1.3  # a bubble's noise rises to its full strength over this


class Texture:
    """What the texture of one patient's tissues adds to the HU of each voxel."""

    def __init__(self, mixtures: Sequence[Mixture], patient_id: str) -> None:
        names = [tissues()[mixture.host].texture for mixture in mixtures]
        kinds, self._blocks = _blocks()
        size = int(np.prod(_BLOCK))
        self._base = np.zeros(MOST, np.int32)
        self._base[: len(names)] = [size * kinds[name] for name in names]
        self._per_mm = np.zeros(MOST, np.float32)
        self._per_mm[: len(names)] = [_recipes().get(name, {}).get("per_mm", 0) for name in names]
        draws = Draws("texture", patient_id)
        self._start = [int(n * draws.unit(axis)) for axis, n in zip("zyx", _BLOCK, strict=True)]

    def on(self, codes: Codes, first: int, y_mm: NDArray[np.floating[Any]]) -> Float:
        """Return what is added to every second slice of a body from the pair `first` on, HU, [z, y, x].

        `y_mm` gives the place of each row, from the middle of the lung's texture on.
        """
        z, y, x = (
            (np.arange(n) + start + begin) % most
            for n, start, begin, most in zip(
                codes.shape, self._start, (first, 0, 0), _BLOCK, strict=True
            )
        )
        _, rows, columns = _BLOCK
        tile = (y[:, None] * columns + x).astype(np.int32)
        found = np.empty(codes.shape, np.float32)
        for k, layer in enumerate(codes):
            index = self._base.take(layer, mode="clip")
            index += tile
            index += np.int32(z[k] * rows * columns)
            found[k] = self._blocks.take(index, mode="clip")
        slope = self._per_mm.take(codes, mode="clip")
        if slope.any():
            found += slope * y_mm.astype(np.float32)[:, None]
        return found

    def noise(self, pitch_mm: float, box: Box) -> Float:
        """Return smooth noise of unit spread in a box of the body, [z, y, x]."""
        z, y, x = (
            (np.arange(side.start, side.stop) // by + start) % most
            for side, start, most, by in zip(box, self._start, _BLOCK, (2, 1, 1), strict=True)
        )
        return _noise((pitch_mm,) * 3)[np.ix_(z, y, x)]


@cache
def _blocks() -> tuple[dict[str, int], NDArray[np.int16]]:
    """The number of each texture (none: 0) and all their blocks one after the other, HU around 0."""
    kinds = {"": 0} | {name: n for n, name in enumerate(_recipes(), start=1)}
    blocks = np.zeros((len(kinds), *_BLOCK), np.int16)
    for name, recipe in _recipes().items():
        hu = np.zeros(_BLOCK, np.float32)
        for term in recipe["pattern"]:
            hu += np.float32(term["hu"]) * _shaped(term)
        blocks[kinds[name]] = np.rint(hu - hu.mean())
    return kinds, blocks.reshape(-1)


def prepare() -> None:
    """Make all patterns, which takes a moment."""
    _blocks()


def _shaped(term: dict[str, Any]) -> Float:
    pitch = term["pitch"]
    noise = _noise(tuple(map(float, pitch)) if isinstance(pitch, list) else (float(pitch),) * 3)
    if "sheet" in term:
        return np.asarray(np.exp(-((noise / np.float32(term["sheet"])) ** 2)))
    if "bubble" in term:
        return np.asarray(
            np.clip((noise - np.float32(term["bubble"])) / np.float32(_RISE), 0, _FULL)
        )
    return noise


@cache
def _noise(pitch_mm: tuple[float, float, float]) -> Float:
    """Smooth noise of unit spread that repeats without a seam."""
    rng = np.random.default_rng(zlib.crc32(repr(pitch_mm).encode()))
    white = fft.rfftn(rng.standard_normal(_BLOCK, dtype=np.float32))
    for axis, (n, step, pitch) in enumerate(zip(_BLOCK, _BLOCK_MM, pitch_mm, strict=True)):
        wave = fft.rfftfreq(n, step) if axis == 2 else fft.fftfreq(n, step)
        shape = [1, 1, 1]
        shape[axis] = -1
        white *= (np.sinc(wave * pitch) ** 4).reshape(shape).astype(np.float32)
    noise = fft.irfftn(white, s=_BLOCK)
    return np.asarray(noise / noise.std(), np.float32)


@cache
def _recipes() -> dict[str, dict[str, Any]]:
    text = (resources.files(__package__) / "texture.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
