"""Two linear axes for the curves of labs: where values lie on the sheet, grid, ticks and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netcourse.reading.lab.drawing import LINE, SOFT, WARN, curve, line, rect, text


@dataclass(frozen=True)
class Axes:
    """A plot of `wide` × `high` with its upper left corner at (`left`, `top`), from `x0` to `x1`
    and from `y0` to `y1`.

    >>> axes = Axes(50, 20, 200, 100, (0, 10), (0, 50))
    >>> axes.x(5), axes.y(50), axes.y(80)
    (150.0, 20.0, 20.0)
    """

    left: float
    top: float
    wide: float
    high: float
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.wide

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.high

    def x(self, value: float) -> float:
        """Return where a value lies from left to right; beyond the ends at the end."""
        low, high = self.x_ends
        return self.left + self.wide * (min(max(value, low), high) - low) / (high - low)

    def y(self, value: float) -> float:
        """Return where a value lies from bottom to top; beyond the ends at the end."""
        low, high = self.y_ends
        return self.bottom - self.high * (min(max(value, low), high) - low) / (high - low)

    def frame(
        self, x_ticks: Sequence[float], y_ticks: Sequence[float], x_words: str, y_words: str
    ) -> str:
        """Return ground, grid, ticks and the words of both axes."""
        found = [rect(self.left, self.top, self.wide, self.high, fill="#fbfcfd")]
        for value in y_ticks:
            found.append(line(self.left, self.y(value), self.right, self.y(value), stroke=LINE))
            found.append(
                text(
                    self.left - 7,
                    self.y(value) + 4,
                    f"{value:g}".replace("-", "−"),
                    size=12,
                    fill=SOFT,
                    anchor="end",
                )
            )
        for value in x_ticks:
            found.append(
                line(self.x(value), self.bottom, self.x(value), self.bottom + 5, stroke=SOFT)
            )
            found.append(
                text(
                    self.x(value),
                    self.bottom + 19,
                    f"{value:g}",
                    size=12,
                    fill=SOFT,
                    anchor="middle",
                )
            )
        found.append(text(self.left - 38, self.top - 8, y_words, size=12, fill=SOFT))
        found.append(text(self.right, self.bottom + 36, x_words, size=12, fill=SOFT, anchor="end"))
        return "".join(found)

    def model_mark(self) -> str:
        """Return the words that must stand on every curve of the clone model."""
        return text(self.left + 4, self.bottom + 36, "teaching model (T)", size=12, fill=WARN)

    def curve(
        self,
        points: Iterable[tuple[float, float]],
        *,
        stroke: str,
        width: float = 2.2,
        dash: str = "",
    ) -> str:
        """Return a line through values, ended where it leaves the plot on the right or at the
        top.
        """
        shown = []
        for x, y in points:
            if x > self.x_ends[1]:
                break
            shown.append((self.x(x), self.y(y)))
            if y > self.y_ends[1]:
                break
        return curve(shown, stroke=stroke, width=width, dash=dash)
