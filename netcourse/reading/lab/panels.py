"""Printed pages of pictures: several panels of one patient side by side, and plots; each one image
with its text alternative.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import anywidget
import numpy as np
import traitlets as t
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from netcourse.reading.viewer.windowing import FADE, as_window, font, grey, hot_colours
from netcourse.scanner import Study, Volume
from netcourse.scanner.study import WATERMARK, Point

Shades = NDArray[np.uint8]

_BELOW_MM, _ABOVE_MM = 300.0, 210.0  # of the torso, from the liver
_GAP, _INK = 4, "#eef2f6"
_MR_WINDOW = {"T1 arterial": (330.0, 560.0), "DWI": (330.0, 660.0)}


class Page(anywidget.AnyWidget):
    """One picture with its words; it shows as a figure with a text alternative, and as a PNG where
    no browser is. A `chart` is shown in turned lightness where the page is dark.
    """

    _css = (
        '[data-jp-theme-light="false"] figure > .nc-chart'
        " { filter: invert(0.9) hue-rotate(180deg); }"
    )
    _esm = """
    export default { render({ model, el }) {
      const figure = document.createElement("figure"), image = document.createElement("img"), words = document.createElement("figcaption");
      const url = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
      Object.assign(image, { src: url, alt: model.get("alt"), className: model.get("chart") ? "nc-chart" : "" });
      image.style.cssText = "display: block; max-width: 100%; height: auto";
      figure.style.cssText = "margin: 4px 0";
      words.style.cssText = "margin-top: 6px; font: 14px/1.4 system-ui, sans-serif";
      words.textContent = model.get("caption");
      figure.append(image, words);
      el.append(figure);
      return () => URL.revokeObjectURL(url);
    } };
    """
    png = t.Bytes().tag(sync=True)
    alt = t.Unicode().tag(sync=True)
    caption = t.Unicode().tag(sync=True)
    chart = t.Bool(False).tag(sync=True)

    def __repr__(self) -> str:
        return f"Page: {self.alt}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        found: Any = super()._repr_mimebundle_(**kwargs)
        data, metadata = found if isinstance(found, tuple) else (found or {}, {})
        data |= {
            "text/plain": f"{self!r}\n{self.caption}",
            "image/png": base64.b64encode(self.png).decode(),
        }
        return data, metadata | {"image/png": {"alt": self.alt}}


@dataclass(frozen=True)
class Panel:
    """One picture of a page: red, green and blue [y, x, 3], millimetres per pixel, and what stands
    in its corner.
    """

    title: str
    rgb: Shades
    mm_per_pixel: float
    letters: tuple[str, str] = ("R", "L")


def axial(
    study: Study,
    series: str,
    point: Point,
    window: str | tuple[float, float] = "liver",
    pet: str | None = None,
    suv_top: float = 15,
) -> Panel:
    """Return the axial slice of a series through a point, cut to the body, with a PET over it where
    one is named.

    Raises KeyError for a series that the study has not and ValueError where it does not reach the
    point.
    """
    volume = study[series]
    centre, width = _MR_WINDOW[series] if series in _MR_WINDOW else as_window(window)
    rgb = np.repeat(grey(_slice(volume, point), (centre, width))[..., None], 3, axis=2).astype(
        np.float32
    )
    if pet:
        hot = _over(study[pet], volume, point) / suv_top
        share = np.clip(hot, 0, 1)
        alpha = (np.minimum(1, share / FADE) * 0.6)[..., None]
        rgb = rgb * (1 - alpha) + hot_colours()[np.rint(share * 255).astype(int)] * alpha
    rows, columns = _body(study, point)
    title = (
        f"PET over CT, {study[pet].description.removeprefix('PET, ')}"
        if pet
        else volume.description
    )
    return Panel(title, np.rint(rgb[rows, columns]).astype(np.uint8), volume.spacing_mm[2])


def mip(study: Study, pet: str = "PT", suv_top: float = 15) -> Panel:
    """Return the maximum-intensity projection of the torso from the front, in inverted grey."""
    volume = study[pet]
    z = volume.centres_mm(0)
    middle = study.landmarks_mm["liver"][0] if "liver" in study.landmarks_mm else float(z.mean())
    torso = (z > middle - _BELOW_MM) & (z < middle + _ABOVE_MM)
    share = np.clip(volume.array[torso].max(axis=1) / suv_top, 0, 1)[::-1]
    shades = np.repeat((255 - np.rint(share * 255)).astype(np.uint8)[..., None], 3, axis=2)
    return Panel(f"{volume.description}, MIP", shades, volume.spacing_mm[2])


def lay_out(panels: Sequence[Panel], columns: int, size: tuple[int, int]) -> Image.Image:
    """Lay panels out in rows, each fitted into `size` (width, height in pixels), lettered a, b,
    c …
    """
    wide, high = size
    rows = -(-len(panels) // columns)
    page = Image.new(
        "RGB", (columns * (wide + _GAP) - _GAP, rows * (high + _GAP) - _GAP), "#16191e"
    )
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        page.paste(
            _fitted(panel, ascii_lowercase[number], size),
            (column * (wide + _GAP), row * (high + _GAP)),
        )
    return page


def png(image: Image.Image, colours: int = 128) -> bytes:
    """Return an image as a small PNG."""
    out = io.BytesIO()
    image.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE).save(
        out, "PNG", compress_level=9
    )
    return out.getvalue()


def plot(
    draw: Callable[[Any], None],
    inches: tuple[float, float],
    alt: str,
    caption: str,
    mark: str = WATERMARK,
) -> Page:
    """Return what `draw` puts on one pair of axes, as a page; `mark` stands in its corner and is
    empty where the data are published.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    draw(axes)
    figure.text(0.995, 0.99, mark, ha="right", va="top", fontsize=7, color="#4a5a6a")
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return Page(png=out.getvalue(), alt=alt, caption=caption, chart=True)


def _slice(volume: Volume, point: Point) -> NDArray[Any]:
    k = volume.index(point)[0]
    if not 0 <= k < len(volume.array):
        raise ValueError(f"{volume.description} does not reach {point[0]:g} mm")
    return np.asarray(volume.array[k])


def _over(pet: Volume, base: Volume, point: Point) -> NDArray[np.float32]:
    """A slice of PET stretched to the pixels of the slice beneath it."""
    wide, high = base.array.shape[2], base.array.shape[1]
    picture = Image.fromarray(_slice(pet, point).astype(np.float32), mode="F").resize(
        (wide, high), Image.Resampling.BICUBIC
    )
    return np.asarray(picture)


def _body(study: Study, point: Point) -> tuple[slice, slice]:
    """The rows and columns that hold the body at a point's height."""
    volume = study.volumes.get("CT") or next(iter(study.volumes.values()))
    inside = _slice(volume, point) > -300
    spans = [np.flatnonzero(inside.mean(axis=axis) > 0.03) for axis in (1, 0)]
    rows, columns = (slice(max(int(span[0]) - 4, 0), int(span[-1]) + 5) for span in spans)
    return rows, columns


def _fitted(panel: Panel, letter: str, size: tuple[int, int]) -> Image.Image:
    """A panel in its frame, with letter, title, sides, scale and watermark."""
    wide, high = size
    picture = Image.fromarray(panel.rgb)
    scale = min(wide / picture.width, high / picture.height)
    picture = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC
    )
    background = tuple(int(value) for value in panel.rgb[0, 0])
    frame = Image.new("RGB", size, background)
    frame.paste(picture, ((wide - picture.width) // 2, (high - picture.height) // 2))
    pen, dark = ImageDraw.Draw(frame), sum(background) < 380

    def write(at: tuple[float, float], words: str, anchor: str, points: int = 12) -> None:
        ink, halo = (_INK, "#000000") if dark else ("#14181d", "#ffffff")
        pen.text(
            at, words, fill=ink, anchor=anchor, font=font(points), stroke_width=2, stroke_fill=halo
        )

    write((8, 8), letter, "lt", 20)
    write((30, 12), panel.title, "lt", 13)
    write((8, high / 2), panel.letters[0], "lm", 14)
    write((wide - 8, high / 2), panel.letters[1], "rm", 14)
    write((8, high - 8), f"{WATERMARK}, not for patient care", "lb", 10)
    bar = 50 / panel.mm_per_pixel * scale
    pen.line(
        (wide - 10 - bar, high - 10, wide - 10, high - 10),
        fill=_INK if dark else "#14181d",
        width=2,
    )
    write((wide - 10 - bar / 2, high - 14), "5 cm", "mb", 10)
    return frame
