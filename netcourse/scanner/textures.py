"""What makes a benign bone lesion unmistakable on CT: the thick trabeculae of a haemangioma, the
line and callus of a fracture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Lesion
from netcourse.scanner.study import Point

Float = NDArray[np.float32]

_TRABECULAE_MM, _THICK_MM = 5.0, 1.1
_LINE_MM = 0.9


def textured(
    lesion: Lesion, step_mm: Point, centre: Point, first: Point, filled: NDArray[np.float64]
) -> Iterator[tuple[str, Float]]:
    """Yield the tissues inside a lesion that its own one does not hold, with the share of each
    voxel they fill (box of `filled`).

    A haemangioma has upright trabeculae, dots in an axial slice and stripes in the others; a
    fracture a line across.
    """
    z, y, x = (first[a] + step_mm[a] * np.arange(filled.shape[a]) - centre[a] for a in range(3))
    if lesion.pattern == "haemangioma":
        away = np.hypot(_to_nearest(y)[:, None], _to_nearest(x)[None, :])
        dots = np.clip((_THICK_MM - away) / step_mm[2] + 0.5, 0, 1)
        yield "trabecula", (filled * dots[None]).astype(np.float32)
    if lesion.pattern == "fracture":
        across = y[None, :, None] + 0.25 * z[:, None, None] + 0.8 * np.sin(x / 1.7)[None, None, :]
        line = np.clip((_LINE_MM - np.abs(across)) / step_mm[1] + 0.5, 0, 1)
        yield "fracture_line", (filled * line).astype(np.float32)


def _to_nearest(along: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The distance from the nearest trabecula along one axis."""
    return np.asarray(np.abs((along + _TRABECULAE_MM / 2) % _TRABECULAE_MM - _TRABECULAE_MM / 2))
