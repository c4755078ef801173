"""Curves of attenuation over time: axes, one line per tissue with its name at the end, and marks
where phases are scanned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from netcourse.reading.lab.drawing import INK, LINE, SOFT, curve, line, rect, text

# Okabe and Ito's colours, dark enough for lines on white.
COLOURS = ("#b3261e", "#0072b2", "#009e73", "#7a4fa3", "#a06000", "#444444")
_WIDE, _HIGH = 480, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 384.0, 40.0, 296.0
_LEAST_APART = 15.0


@dataclass(frozen=True)
class Line:
    """One curve: HU at whole seconds from 0."""

    tissue: str
    name: str
    colour: str
    hu: NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    """Curves over a common time axis; `marks` are names and seconds of planned scans."""

    lines: Sequence[Line]
    marks: Sequence[tuple[str, float]] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing."""
        return _WIDE, _HIGH

    @property
    def last_s(self) -> int:
        """The last second."""
        return len(self.lines[0].hu) - 1

    @property
    def top_hu(self) -> float:
        """The upper end of the axis: the next 100 above the highest curve, at most 700."""
        highest = max(float(one.hu.max()) for one in self.lines)
        return min(700.0, 100.0 * ceil((highest + 5) / 100))

    @property
    def layout(self) -> Mapping[str, object]:
        """Where the axes lie, for whoever draws a moving line over them."""
        return {
            "left": _LEFT,
            "right": _RIGHT,
            "top": _TOP,
            "bottom": _BOTTOM,
            "y": [0.0, self.top_hu],
        }

    def x(self, second: float) -> float:
        """Return where a second lies."""
        return _LEFT + (_RIGHT - _LEFT) * second / self.last_s

    def y(self, hu: float) -> float:
        """Return where a number of HU lies; above the axis at its end."""
        return _BOTTOM - (_BOTTOM - _TOP) * min(hu, self.top_hu) / self.top_hu

    @property
    def drawing(self) -> str:
        """The curves as SVG elements."""
        drawn = [rect(_LEFT, _TOP, _RIGHT - _LEFT, _BOTTOM - _TOP, fill="#fbfcfd")]
        step = 100 if self.top_hu >= 300 else 50
        for hu in range(0, int(self.top_hu) + 1, step):
            drawn += [
                line(_LEFT, self.y(hu), _RIGHT, self.y(hu), stroke=LINE),
                text(_LEFT - 6, self.y(hu) + 4, str(hu), size=12, fill=SOFT, anchor="end"),
            ]
        for second in range(0, self.last_s + 1, 60):
            drawn += [
                line(self.x(second), _BOTTOM, self.x(second), _BOTTOM + 5, stroke=SOFT),
                text(
                    self.x(second), _BOTTOM + 19, str(second), size=12, fill=SOFT, anchor="middle"
                ),
            ]
        drawn.append(text(_LEFT, 14, "HU", size=12, fill=SOFT, anchor="end"))
        drawn.append(
            text(
                _RIGHT,
                _BOTTOM + 34,
                "s after the start of the injection",
                size=12,
                fill=SOFT,
                anchor="end",
            )
        )
        for row, (name, start) in enumerate(self.marks):
            x = self.x(start)
            drawn += [
                rect(x - 2, _TOP, 4, _BOTTOM - _TOP, fill="#8a4b00", opacity=0.25),
                text(x, _TOP - 5 - 14 * (len(self.marks) - 1 - row), name, size=12, fill="#8a4b00"),
            ]
        drawn += [
            curve(
                [
                    (self.x(second), self.y(float(hu)))
                    for second, hu in enumerate(one.hu)
                    if second % 2 == 0
                ],
                stroke=one.colour,
                width=2.2,
            )
            for one in self.lines
        ]
        return "".join([*drawn, *self._names()])

    def cursor(self, second: float) -> str:
        """Return the line at a second, with a dot on every curve."""
        x = self.x(second)
        dots = (
            f'<circle cx="{x:.1f}" cy="{self.y(float(one.hu[round(second)])):.1f}" r="4"'
            f' fill="{one.colour}" stroke="#fff"/>'
            for one in self.lines
        )
        return line(x, _TOP, x, _BOTTOM, stroke=INK, width=1.5) + "".join(dots)

    def _names(self) -> list[str]:
        """Names at the ends of the curves, moved apart where they would overlap."""
        ends = sorted(
            ((self.y(float(one.hu[-1])), one) for one in self.lines), key=lambda end: end[0]
        )
        places: list[float] = []
        for y, _ in ends:
            places.append(max(y, places[-1] + _LEAST_APART) if places else y)
        over = max(0.0, places[-1] - _BOTTOM)
        for i in range(len(places) - 1, -1, -1):  # push back up what ran out of the axes
            limit = (
                places[i] - over
                if i == len(places) - 1
                else min(places[i], places[i + 1] - _LEAST_APART)
            )
            places[i] = limit
        drawn = []
        for at, (end, one) in zip(places, ends, strict=True):
            drawn.append(line(_RIGHT, end, _RIGHT + 8, at, stroke=one.colour))
            drawn.append(text(_RIGHT + 11, at + 4, one.name, size=12, fill=one.colour, weight=600))
        return drawn
