"""Points and spans in a study, all (z, y, x) in mm."""

from __future__ import annotations

import math
from typing import Any

from netcourse.reading.viewer.voi import extent_mm
from netcourse.scanner.study import Point, Study, Volume


def as_point(value: Any) -> Point:
    """Return three finite numbers, or raise a ValueError that says so.

    >>> as_point([1, 2, 3])
    (1.0, 2.0, 3.0)
    """
    try:
        z, y, x = (float(number) for number in value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no point; give (z, y, x) in mm") from None
    if not all(math.isfinite(number) for number in (z, y, x)):
        raise ValueError(f"{value!r} is no point; z, y and x must be finite, in mm")
    return z, y, x


def middle(volume: Volume) -> Point:
    """Return the centre of the middle voxel."""
    z, y, x = (float(volume.centres_mm(axis)[volume.array.shape[axis] // 2]) for axis in range(3))
    return z, y, x


def spans(study: Study) -> list[tuple[float, float]]:
    """Return the outer edges of all volumes together along z, y and x."""
    edges = [extent_mm(volume) for volume in study.volumes.values()]
    return [(min(e[axis][0] for e in edges), max(e[axis][1] for e in edges)) for axis in range(3)]
