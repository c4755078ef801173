"""How a volume is stored and sent: 16-bit whole numbers, like DICOM's, deflated.

A CT is stored in HU, an MR in its signal. A PET is stored in 65,535 equal steps up to the hottest
voxel of its volume. The viewer in the browser and the measurements in Python read the same stored
numbers, so they agree to the last digit.

On the wire a voxel is what its neighbours did not foretell (the forecast of lossless JPEG,
JPEG-LS): noise alone, which deflates by a tenth better than the numbers themselves.
"""

from __future__ import annotations

import uuid
import weakref
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.study import Volume

_LEVELS = 65_535


@dataclass(frozen=True)
class Packed:
    """A volume ready for the browser: the low and the high bytes of its residuals, deflated one by
    one.

    The planes are apart because high bytes hardly change from voxel to voxel: apart they deflate to
    half the size.
    """

    low: bytes
    high: bytes
    step: float

    @property
    def size(self) -> int:
        """Bytes to send."""
        return len(self.low) + len(self.high)


class _Kept:
    """What is kept for a volume as long as the volume itself lives."""

    def __init__(self) -> None:
        self.key = uuid.uuid4().hex
        self.step: float | None = None
        self.packed: Packed | None = None


_kept: dict[int, _Kept] = {}


def _of(volume: Volume) -> _Kept:
    found = _kept.get(id(volume))
    if found is None:
        found = _kept[id(volume)] = _Kept()
        weakref.finalize(volume, _kept.pop, id(volume), None)
    return found


def key(volume: Volume) -> str:
    """Return a name for the volume that no other volume has; a browser page keeps its pictures
    under it.
    """
    return _of(volume).key


def step(volume: Volume) -> float:
    """Return the unit's worth of one stored number: 1 for CT and MR, the hottest voxel / 65,535 for
    PET.

    >>> round(step(Volume("PT", np.full((1, 1, 1), 13.107, np.float64), (3, 3, 3), (0, 0, 0), "SUV", "PET")), 9)
    0.0002
    """
    kept = _of(volume)
    if kept.step is None:
        hottest = float(volume.array.max()) if volume.unit == "SUV" and volume.array.size else 0.0
        kept.step = hottest / _LEVELS if hottest > 0 else 1.0
    return kept.step


def stored(volume: Volume, box: tuple[slice, slice, slice] | None = None) -> NDArray[Any]:
    """Return the stored numbers of a volume, or of a box of it, as int64; times `step` they are HU,
    signal or SUV.
    """
    part = volume.array if box is None else volume.array[box]
    low, high = (0, _LEVELS) if volume.unit == "SUV" else (-32_768, 32_767)
    if volume.unit != "SUV" and part.dtype == np.int16:
        return part.astype(np.int64)
    return np.clip(np.rint(part / np.float64(step(volume))), low, high).astype(np.int64)


def pack(volume: Volume) -> Packed:
    """Return the deflated volume; a second call for the same volume costs nothing."""
    kept = _of(volume)
    if kept.packed is None:
        plain = volume.unit != "SUV" and volume.array.dtype == np.int16
        numbers = volume.array if plain else stored(volume).astype(np.uint16).view(np.int16)
        planes = residuals(numbers).astype("<u2", copy=False).view(np.uint8).reshape(-1, 2)
        kept.packed = Packed(_deflate(planes[:, 0]), _deflate(planes[:, 1]), step(volume))
    return kept.packed


def residuals(numbers: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Return voxel minus forecast, in 16-bit arithmetic, with small differences of either sign as
    small numbers: 0, −1, 1, −2 as 0 to 3.

    The forecast of a voxel is the median of the one before it in its row, the one before it in its
    column, and their sum less the one before both; what lies outside the slice counts as 0.

    >>> residuals(np.array([[[5, 5, 7], [4, 5, 7]]], np.int16)).tolist()
    [[[10, 0, 4], [1, 2, 0]]]
    """
    found = np.empty(numbers.shape, np.uint16)
    for picture, rest in zip(numbers, found, strict=True):
        framed = np.pad(picture, ((1, 0), (1, 0)))
        left, above, both = framed[1:, :-1], framed[:-1, 1:], framed[:-1, :-1]
        forecast = np.maximum(
            np.minimum(left, above), np.minimum(np.maximum(left, above), left + above - both)
        )
        difference = picture - forecast
        rest[:] = ((difference << 1) ^ (difference >> 15)).view(np.uint16)
    return found


def _deflate(plane: NDArray[np.uint8]) -> bytes:
    """Deflate by runs and letter frequencies only: noise holds no repeats worth the search."""
    press = zlib.compressobj(
        level=1, method=zlib.DEFLATED, wbits=zlib.MAX_WBITS, strategy=zlib.Z_RLE
    )
    return press.compress(plane.tobytes()) + press.flush()
