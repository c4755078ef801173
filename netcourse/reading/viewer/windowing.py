"""How pictures look: window presets and colours, one list for the viewer in the browser and the
pictures in print.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from netcourse.evidence import figure, figures
from netcourse.scanner.study import Volume

Window = tuple[float, float]

# Control points of a hot map of even steps in lightness, safe for colour-blind readers (after
# matplotlib's inferno).
HOT = (
    "#000004",
    "#210c4a",
    "#57106e",
    "#8a226a",
    "#bc3754",
    "#e45a31",
    "#f98e09",
    "#f9cb35",
    "#fcffa4",
)
# share of the SUV scale over which the fused PET fades in, so that cold tissue leaves the CT as it
# is
FADE = 0.3


@cache
def windows() -> dict[str, Window]:
    """Return the window presets by name: (centre, width) in HU.

    >>> windows()["liver"]
    (80, 150)
    """
    found = figures("reading.window")
    names = dict.fromkeys(id.split(".")[0] for id in found)
    return {
        name.replace("_", " "): (found[f"{name}.centre"].value, found[f"{name}.width"].value)
        for name in names
    }


def as_window(wanted: str | tuple[float, float] | list[float]) -> Window:
    """Turn a preset name or (centre, width) into (centre, width).

    Raises ValueError naming the presets when there is no such window.

    >>> as_window("lung"), as_window((50, 250))
    ((-600.0, 1500.0), (50.0, 250.0))
    """
    if isinstance(wanted, str):
        if wanted not in windows():
            raise ValueError(
                f"there is no window '{wanted}'; presets are {', '.join(windows())}, or give"
                " (centre, width) in HU"
            )
        wanted = windows()[wanted]
    return _numbers(wanted, f"a preset ({', '.join(windows())}) or (centre, width) in HU", " HU")


def as_signal_window(wanted: tuple[float, float] | list[float]) -> Window:
    """Turn (centre, width) of an MR window, in signal, into numbers; ValueError when it is none."""
    return _numbers(wanted, "(centre, width) in signal: presets are for CT", "")


def _numbers(wanted: Any, allowed: str, unit: str) -> Window:
    try:
        if isinstance(wanted, str):
            raise TypeError
        centre, width = (float(value) for value in wanted)
    except (TypeError, ValueError):
        raise ValueError(f"window is {wanted!r}; give {allowed}") from None
    if not (np.isfinite([centre, width]).all() and width > 0):
        raise ValueError(f"window width is {width:g}{unit}; it must be above 0")
    return centre, width


def signal_window(volume: Volume) -> Window:
    """Return the window in which an MR opens: from no signal, with the upper quarter of the body's
    signal, about the liver's, mid-grey.

    >>> signal_window(Volume("MR", np.repeat(np.int16([20, 200, 700]), 8).reshape(3, 2, 4), (3, 1, 1), (0, 0, 0), "signal", "MR"))
    (700.0, 1400.0)
    """
    few = volume.array[::2, ::2, ::2]
    body = few[few > few.mean()]
    centre = max(10.0, round(float(np.percentile(body, 75)) / 10) * 10.0) if body.size else 500.0
    return centre, 2 * centre


def grey(values: NDArray[Any], window: Window) -> NDArray[np.uint8]:
    """Return HU or signal as grey levels 0–255: black below the window, white above it."""
    centre, width = window
    levels = np.rint(np.clip((values - (centre - width / 2)) / width, 0, 1) * 255)
    return np.asarray(levels, np.uint8)


@cache
def font(size: int) -> Any:
    """Return matplotlib's own DejaVu Sans, found without importing matplotlib."""
    spec = find_spec("matplotlib")
    path = (
        Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if spec and spec.origin
        else None
    )
    return (
        ImageFont.truetype(str(path), size)
        if path and path.exists()
        else ImageFont.load_default(size)
    )


@cache
def hot_colours() -> NDArray[np.uint8]:
    """Return the hot map as 256 rows of red, green, blue."""
    stops = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in HOT], float)
    place = np.linspace(0, len(HOT) - 1, 256)
    levels = np.stack(
        [np.interp(place, np.arange(len(HOT)), stops[:, c]) for c in range(3)], axis=1
    )
    return np.asarray(np.rint(levels), np.uint8)


def for_browser() -> dict[str, Any]:
    """Return what the viewer's JavaScript must know, so that no number stands in two places."""
    from netcourse.reading.viewer.voi import peak_diameter_mm

    top, voi = figure("reading.suv_top"), figure("reading.voi.diameter")
    return {
        "windows": windows(),
        "hot": HOT,
        "fade": FADE,
        "suvTop": {"low": top.low, "high": top.high},
        "voi": {"value": voi.value, "low": voi.low, "high": voi.high},
        "peakDiameter": peak_diameter_mm(),
        "mipStep": 5,
        "framesPerSecond": 12,
    }
