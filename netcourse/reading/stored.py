"""How a volume is stored and sent: 16-bit whole numbers, like DICOM's, deflated.

A CT is stored in HU. A PET is stored in 65,535 equal steps up to the hottest voxel of its volume. The viewer in the
browser and the measurements in Python read the same stored numbers, so they agree to the last digit.
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
    """A volume ready for the browser: the low and the high bytes of its stored numbers, deflated one by one.

    The planes are apart because high bytes hardly change from voxel to voxel: apart they deflate to half the size.
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
    """Return a name for the volume that no other volume has; a browser page keeps its pictures under it."""
    return _of(volume).key


def step(volume: Volume) -> float:
    """Return the unit's worth of one stored number: 1 HU for CT, the hottest voxel / 65,535 for PET.

    >>> round(step(Volume("PT", np.full((1, 1, 1), 13.107, np.float64), (3, 3, 3), (0, 0, 0), "SUV", "PET")), 9)
    0.0002
    """
    kept = _of(volume)
    if kept.step is None:
        hottest = float(volume.array.max()) if volume.unit == "SUV" and volume.array.size else 0.0
        kept.step = hottest / _LEVELS if hottest > 0 else 1.0
    return kept.step


def stored(volume: Volume, box: tuple[slice, slice, slice] | None = None) -> NDArray[Any]:
    """Return the stored numbers of a volume, or of a box of it, as int64; times `step` they are HU or SUV."""
    part = volume.array if box is None else volume.array[box]
    low, high = (0, _LEVELS) if volume.unit == "SUV" else (-32_768, 32_767)
    if volume.unit == "HU" and part.dtype == np.int16:
        return part.astype(np.int64)
    return np.clip(np.rint(part / np.float64(step(volume))), low, high).astype(np.int64)


def pack(volume: Volume) -> Packed:
    """Return the deflated volume; a second call for the same volume costs nothing."""
    kept = _of(volume)
    if kept.packed is None:
        if volume.unit == "HU" and volume.array.dtype == np.int16:
            numbers = np.ascontiguousarray(volume.array, "<i2")
        else:
            numbers = stored(volume).astype("<u2" if volume.unit == "SUV" else "<i2")
        planes = numbers.view(np.uint8).reshape(-1, 2)
        kept.packed = Packed(_deflate(planes[:, 0]), _deflate(planes[:, 1]), step(volume))
    return kept.packed


def _deflate(plane: NDArray[np.uint8]) -> bytes:
    """Deflate by runs and letter frequencies only: noise holds no repeats worth the search."""
    press = zlib.compressobj(level=1, method=zlib.DEFLATED, wbits=zlib.MAX_WBITS, strategy=zlib.Z_RLE)
    return press.compress(plane.tobytes()) + press.flush()
