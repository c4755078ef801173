"""How neighbours press each other: rounded edges, and the shadow that a firm organ casts on the
space behind it.
"""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import SPACING_MM, Float, Space, smooth_min
from netcourse.scanner.builder.shapes import Points

_STEP_MM = 4.0
_PUSH_MM = 1.0


def before(space: Space, points: Points, name: str, gap_mm: float) -> Points:
    """Return points (x, y, z, …) moved forwards until they lie at least `gap_mm` outside a kept
    structure.
    """
    moved = points.copy()
    field = space.kept[name]
    z, y, x = (axis.ravel() for axis in (field.box.z, field.box.y, field.box.x))
    if not field.values.size:
        return moved
    for row in moved:
        k, i = np.searchsorted(z, row[2]), np.searchsorted(x, row[0])
        while z[0] <= row[2] <= z[-1] and x[0] <= row[0] <= x[-1] and y[0] <= row[1] <= y[-1]:
            if field.values[k, np.searchsorted(y, row[1]), i] >= gap_mm:
                break
            row[1] -= _PUSH_MM
    return moved


def smooth_max(a: Float, b: Float, softness_mm: float) -> Float:
    """Return the larger of two distances with a rounded edge, as of an organ cut by two surfaces."""
    return -smooth_min(-a, -b, softness_mm)


def shadow(distance: Float, towards: tuple[float, float], length_mm: float) -> Float:
    """Return the distance from a structure and all that lies up to `length_mm` beyond it in a
    direction (x, y).

    >>> import numpy as np
    >>> line = np.full((1, 12, 1), 9, np.float32); line[0, 2] = -1
    >>> shadow(line, (0.0, 1.0), 8.0)[0, :, 0] < 0
    array([False, False,  True, False, False, False,  True, False, False,
           False, False, False])
    """
    out = distance.copy()
    unit = np.asarray(towards, float) / np.hypot(*towards)
    for far in np.arange(_STEP_MM, length_mm, _STEP_MM):
        dx, dy = np.rint(unit * far / (SPACING_MM[2], SPACING_MM[1])).astype(int)
        here, there = _shifted(out.shape[1], dy), _shifted(out.shape[2], dx)
        moved = distance[:, here[0], there[0]]
        part = out[:, here[1], there[1]]
        np.minimum(part, moved, out=part)
    return out


def _shifted(size: int, by: int) -> tuple[slice, slice]:
    """Slices of an axis before and after a shift."""
    if by >= 0:
        return slice(0, max(size - by, 0)), slice(by, size)
    return slice(-by, size), slice(0, max(size + by, 0))
