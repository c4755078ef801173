"""Drawing for labs: a few SVG shapes with rounded numbers, so that the same state gives the same
text everywhere.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from math import log10
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from netcourse.reading.lab.parameters import LabFigure
from netcourse.scanner.study import WATERMARK

ON_PICTURE = "#eef2f6"
INK, SOFT, LINE, PAPER = "#1b2733", "#4a5a6a", "#c3ccd6", "#ffffff"
LESION, WARN = "#b3261e", "#8a4b00"
# One hue, even steps in lightness: readable without colour vision and in grey print.
CLASS_FILL = {0: "#ffffff", 1: "#eaf1f8", 2: "#bcd4ea", 3: "#7fabd3", 4: "#3f76ad"}
CLASS_INK = {0: INK, 1: INK, 2: INK, 3: INK, 4: "#ffffff"}
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def n(value: float) -> str:
    """A coordinate with one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 13,
    fill: str = INK,
    anchor: str = "start",
    weight: int = 400,
) -> str:
    """Words whose baseline starts, is centred (`middle`) or ends (`end`) at a point; light words on a
    picture have a dark edge, for they may lie on bone.
    """
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    edge = ' stroke="#000" stroke-width="3" paint-order="stroke"' if fill == ON_PICTURE else ""
    return (
        f'<text x="{n(x)}" y="{n(y)}" font-size="{size}" fill="{fill}"'
        f' text-anchor="{anchor}"{bold}{edge}>{escape(words)}</text>'
    )


def rect(
    x: float,
    y: float,
    wide: float,
    high: float,
    *,
    fill: str,
    stroke: str = "none",
    opacity: float = 1,
) -> str:
    """A rectangle from its upper left corner."""
    clear = f' fill-opacity="{opacity:g}"' if opacity != 1 else ""
    return (
        f'<rect x="{n(x)}" y="{n(y)}" width="{n(wide)}" height="{n(high)}" fill="{fill}"'
        f' stroke="{stroke}"{clear}/>'
    )


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    stroke: str = INK,
    width: float = 1,
    dash: str = "",
) -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}" stroke="{stroke}"'
        f' stroke-width="{width:g}"{dashed}/>'
    )


def circle(
    x: float,
    y: float,
    radius: float,
    *,
    fill: str,
    stroke: str = "none",
    width: float = 1,
    dash: str = "",
) -> str:
    """A disc."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(radius)}" fill="{fill}" stroke="{stroke}"'
        f' stroke-width="{width:g}"{dashed}/>'
    )


def curve(
    points: Iterable[tuple[float, float]], *, stroke: str = INK, width: float = 2, dash: str = ""
) -> str:
    """A line through points."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    path = " ".join(f"{n(x)},{n(y)}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{stroke}"'
        f' stroke-width="{width:g}"{dashed}/>'
    )


def raster(x: float, y: float, wide: float, high: float, shades: NDArray[np.uint8]) -> str:
    """A picture [y, x] of grey levels or [y, x, 3] of colours, stretched into a box."""
    out = io.BytesIO()
    Image.fromarray(shades).save(out, "PNG")
    code = base64.b64encode(out.getvalue()).decode()
    box = f'x="{n(x)}" y="{n(y)}" width="{n(wide)}" height="{n(high)}" preserveAspectRatio="none"'
    return f'<image {box} href="data:image/png;base64,{code}"/>'


def pet_grey(suv: float, top: float) -> str:
    """The inverted grey in which a PET shows this SUV: white for none, black from `top` on."""
    level = round(255 * (1 - min(1.0, max(0.0, suv / top))))
    return f"#{level:02x}{level:02x}{level:02x}"


class LogAxis:
    """Puts SUV on a line, equal ratios at equal distances.

    >>> axis = LogAxis(0.5, 50, 0, 200)
    >>> axis(5.0), axis(0.01), axis(500)
    (100.0, 0.0, 200.0)
    """

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self.low, self.high, self.left, self.right = low, high, left, right

    def __call__(self, value: float) -> float:
        share = log10(max(self.low, min(self.high, value)) / self.low) / log10(self.high / self.low)
        return self.left + share * (self.right - self.left)

    def samples(self, count: int) -> list[float]:
        """Values at even distances along the line."""
        return [self.low * (self.high / self.low) ** (i / (count - 1)) for i in range(count)]

    def ticks(self, y: float, values: Sequence[float]) -> str:
        """A baseline with tick marks and numbers below it."""
        marks = [line(self.left, y, self.right, y, stroke=SOFT)]
        for value in values:
            x = self(value)
            marks += [
                line(x, y, x, y + 5, stroke=SOFT),
                text(x, y + 18, f"{value:g}", size=12, fill=SOFT, anchor="middle"),
            ]
        return "".join(marks)


def svg(figure: LabFigure, *, lines: Sequence[str] = (), title: str = "") -> str:
    """Return a figure as one SVG picture; `title` above and `lines` below it make it readable without
    a kernel.
    """
    wide, high = figure.size
    above = 30 if title else 0
    rows = [row for words in lines for row in wrap(words, wide // 7, break_on_hyphens=False)]
    tall = high + above + (14 + 19 * len(rows) if rows else 0)
    words = text(14, 21, title, size=15, weight=600) if title else ""
    words += "".join(text(14, high + above + 16 + 19 * i, row) for i, row in enumerate(rows))
    body = f'<g transform="translate(0 {above})">{figure.drawing}</g>' if above else figure.drawing
    mark = text(wide - 8, 13, WATERMARK, size=10, fill=SOFT, anchor="end")
    head = (
        f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" style="max-width: 100%;'
        f' height: auto" font-family="{FONT}"'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {head} role="img"'
        f' aria-label="{escape(figure.alt)}">'
        f"{rect(0, 0, wide, tall, fill=PAPER)}{body}{words}{mark}</svg>"
    )
