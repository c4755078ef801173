"""What the viewer shares with the browser, and how a value of it is checked."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import traitlets as t

from netcourse.reading.viewer.geometry import as_point, spans
from netcourse.scanner.study import Point, Study


@dataclass(frozen=True)
class Marker:
    """A numbered sign on the pictures: an id, the words of the list beside them, and a point (z, y,
    x in mm). `kind` gives the sign of a marked reading: "found", "missed" or "false".
    """

    id: str
    label: str
    point_mm: Point
    kind: str = ""


class _Checked(t.Any):
    """A value that always goes through its validator, also when it is None."""

    allow_none = False


def shared(default: Any, **how: Any) -> Any:
    """Return a trait that browser and Python share; the browser is not told again what it has just
    said.
    """
    return _Checked(default).tag(sync=True, echo_update=False, **how)


def markers_out(markers: list[Marker], _widget: Any) -> list[dict[str, Any]]:
    """Return markers as the browser gets them."""
    return [asdict(marker) for marker in markers]


def markers_in(rows: list[dict[str, Any]], _widget: Any) -> list[Marker]:
    """Return the markers that the browser sends."""
    return [
        Marker(row["id"], row["label"], as_point(row["point_mm"]), row.get("kind", ""))
        for row in rows
    ]


def within(study: Study, name: str, value: Any) -> Point:
    """Return a point (z, y, x in mm) of a study's pictures; ValueError with their reach outside."""
    point, reach = as_point(value), spans(study)
    if not all(low <= p <= high for p, (low, high) in zip(point, reach, strict=True)):
        allowed = ", ".join(
            f"{axis} {low:g} to {high:g}" for axis, (low, high) in zip("zyx", reach, strict=True)
        )
        raise ValueError(
            f"{name} {point} (z, y, x) lies outside the pictures, which span {allowed} mm"
        )
    return point


def number_between(name: str, value: Any, low: float, high: float) -> float:
    """Return a number; ValueError with the range when it is none or lies outside."""
    if not isinstance(value, int | float | np.number) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; it must be a number from {low:g} to {high:g}")
    return float(value)


def sphere_in(study: Study, value: Any) -> tuple[Point, float]:
    """Return the centre (z, y, x in mm) and diameter (mm) of a sphere in a study's pictures;
    ValueError says what is wrong.
    """
    try:
        centre, diameter = value
    except (TypeError, ValueError):
        raise ValueError(
            f"voi is {value!r}; give (centre in mm as (z, y, x), diameter in mm) or None"
        ) from None
    if not (
        isinstance(diameter, int | float | np.number) and math.isfinite(diameter) and diameter > 0
    ):
        raise ValueError(f"the VOI's diameter is {diameter!r}; it must be a number above 0 mm")
    return within(study, "the VOI's centre", centre), float(diameter)
