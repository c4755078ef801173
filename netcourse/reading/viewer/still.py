"""The viewer's static face: one PNG of the four panels, for print, GitHub and pages without a
kernel.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from netcourse.reading.viewer.series import anatomical, base, labels, pets
from netcourse.reading.viewer.windowing import FADE, Window, font, grey, hot_colours
from netcourse.scanner.study import Point, Study, Volume

_AXES = {"axial": (0, 1, 2), "coronal": (1, 0, 2), "sagittal": (2, 0, 1)}  # through, down, right
_LETTERS = {
    "axial": tuple("RLAP"),
    "coronal": tuple("RLHF"),
    "sagittal": tuple("APHF"),
    "mip": tuple("RLHF"),
}  # left, right, top, bottom
_INK, _CROSS, _MARKER, _VOI, _MARK = "#eef2f6", "#4fd1c5", "#8fd3ff", "#a6ff4d", "#ff8ad8"
_DARK = {_INK: "#14181d", _CROSS: "#007a6e", _MARKER: "#00589c", _VOI: "#2f6b00", _MARK: "#a8005f"}


@dataclass(frozen=True)
class Scene:
    """What a picture shows; the viewer's state, as far as paper needs it. `window` is that of the
    `series`.
    """

    study: Study
    series: str | None
    pet: str | None
    crosshair_mm: Point
    window: Window
    mode: str
    opacity: float
    suv_top: float
    markers: tuple[tuple[str, Point], ...] = ()
    voi: tuple[Point, float] | None = None
    mark_mm: Point | None = None

    def shown(self, plane: str) -> tuple[str | None, str | None]:
        """The names of the CT or MR and of the PET that a panel shows, in this mode."""
        if plane == "mip" or (self.mode == "PET" and self.pet):
            return None, self.pet
        return self.series, None if self.mode == "CT" and self.series else self.pet


def draw(scene: Scene, width: int = 860) -> bytes:
    """Return a PNG of axial, coronal, sagittal and MIP side by side, `width` pixels wide."""
    high = round(width * 0.49)
    layout = [("axial", 0.47), ("coronal", 0.2), ("sagittal", 0.13), ("mip", 0.2)]
    if scene.pet is None:
        layout = [("axial", 0.55), ("coronal", 0.26), ("sagittal", 0.19)]
    page = Image.new("RGB", (width, high), "#16191e")
    left = 0.0
    for plane, share in layout:
        page.paste(_panel(scene, plane, (round(width * share) - 3, high)), (round(left), 0))
        left += width * share
    out = io.BytesIO()
    page.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=False, compress_level=7
    )
    return out.getvalue()


def _edges(volume: Volume, axis: int) -> tuple[float, float]:
    o, s, n = volume.origin_mm[axis], volume.spacing_mm[axis], volume.array.shape[axis]
    return o - s / 2, o + s * (n - 0.5)


class _Frame:
    """Puts millimetres on a panel of pixels; head up, the patient's right on the left."""

    def __init__(self, scene: Scene, plane: str, size: tuple[int, int]) -> None:
        _, self.down, self.right = _AXES["coronal" if plane == "mip" else plane]
        self.flip = plane != "axial"
        spans = {
            axis: (
                min(_edges(v, axis)[0] for v in scene.study.volumes.values()),
                max(_edges(v, axis)[1] for v in scene.study.volumes.values()),
            )
            for axis in range(3)
        }
        (u0, u1), (v0, v1) = spans[self.right], spans[self.down]
        room = 52 if size[1] > 1.4 * size[0] else 0
        self.scale = min(size[0] / (u1 - u0), (size[1] - 2 * room) / (v1 - v0))
        self.middle = ((u0 + u1) / 2, (v0 + v1) / 2)
        self.size = size

    def at(self, point: Point) -> tuple[float, float]:
        u, v = point[self.right] - self.middle[0], point[self.down] - self.middle[1]
        return self.size[0] / 2 + u * self.scale, self.size[1] / 2 + (
            -v if self.flip else v
        ) * self.scale

    def fill(self, values: NDArray[Any], volume: Volume) -> NDArray[Any]:
        """Stretch a slice (rows down, columns right) to the panel; pixels beside it are NaN."""
        picture = Image.fromarray(
            (values[::-1] if self.flip else values).astype(np.float32), mode="F"
        )
        (u0, u1), (v0, v1) = _edges(volume, self.right), _edges(volume, self.down)
        wide, high = round((u1 - u0) * self.scale), round((v1 - v0) * self.scale)
        low: Point = tuple(
            u0 if a == self.right else (v1 if self.flip else v0) if a == self.down else 0.0
            for a in range(3)
        )  # type: ignore[assignment]
        left, top = (round(p) for p in self.at(low))
        panel = Image.new("F", self.size, float("nan"))
        panel.paste(
            picture.resize(
                (wide, high),
                Image.Resampling.BOX if wide < values.shape[1] else Image.Resampling.BICUBIC,
            ),
            (left, top),
        )
        return np.asarray(panel)


def _slice(volume: Volume, plane: str, point: Point) -> NDArray[Any] | None:
    through = _AXES[plane][0]
    index = volume.index(point)[through]
    if not 0 <= index < volume.array.shape[through]:
        return None
    return np.asarray(np.take(volume.array, index, axis=through))


def _panel(scene: Scene, plane: str, size: tuple[int, int]) -> Image.Image:
    frame = _Frame(scene, plane, size)
    (series, pet), volumes = scene.shown(plane), scene.study.volumes
    rgb = np.zeros((size[1], size[0], 3), np.float32)
    missing = []
    if series:
        values = _slice(volumes[series], plane, scene.crosshair_mm)
        if values is None:
            missing.append(series)
        else:
            shade = frame.fill(values, volumes[series])
            rgb += np.where(
                np.isnan(shade), 0, grey(np.nan_to_num(shade, nan=-32768), scene.window)
            )[..., None]
    if pet:
        hot = (
            volumes[pet].array.max(axis=1)
            if plane == "mip"
            else _slice(volumes[pet], plane, scene.crosshair_mm)
        )
        if hot is None:
            missing.append(pet)
        else:
            share = np.clip(np.nan_to_num(frame.fill(hot, volumes[pet])) / scene.suv_top, 0, 1)
            if series is None:
                rgb[:] = (255 * (1 - share))[..., None]
            else:
                alpha = (np.minimum(1, share / FADE) * (1 if missing else scene.opacity / 100))[
                    ..., None
                ]
                rgb = rgb * (1 - alpha) + hot_colours()[np.rint(share * 255).astype(int)] * alpha
    image = Image.fromarray(np.rint(np.clip(rgb, 0, 255)).astype(np.uint8))
    _annotate(ImageDraw.Draw(image), scene, plane, frame, missing)
    return image


def _annotate(
    pen: ImageDraw.ImageDraw, scene: Scene, plane: str, frame: _Frame, missing: list[str]
) -> None:
    wide, high = frame.size
    series, pet = scene.shown(plane)
    called = labels(scene.study)
    dark = (lambda colour: colour) if series else (lambda colour: _DARK[colour])
    halo = "#000000" if series else "#ffffff"

    def write(
        at: tuple[float, float], text: str, anchor: str = "lm", colour: str = _INK, size: int = 11
    ) -> None:
        pen.text(
            at,
            text,
            fill=dark(colour),
            anchor=anchor,
            font=font(size),
            stroke_width=1,
            stroke_fill=halo,
        )

    def depth(point: Point) -> float:
        through = _AXES.get(plane, (None,))[0]
        return 0.0 if through is None else abs(point[through] - scene.crosshair_mm[through])

    x, y = frame.at(scene.crosshair_mm)
    for line in (
        (22, y, x - 12, y),
        (x + 12, y, wide - 22, y),
        (x, 22, x, y - 12),
        (x, y + 12, x, high - 38),
    ):
        if line[0] <= line[2] and line[1] <= line[3]:
            pen.line(line, fill=dark(_CROSS), width=1)
    for number, point in scene.markers:
        if depth(point) <= 6:
            _ring(pen, frame.at(point), max(9.0, 9 * frame.scale), dark(_MARKER))
            px, py = frame.at(point)
            write((px + 9, py - 11), number, colour=_MARKER, size=12)
    if scene.voi and depth(scene.voi[0]) < scene.voi[1] / 2:
        centre, diameter = scene.voi
        _ring(
            pen,
            frame.at(centre),
            (diameter**2 / 4 - depth(centre) ** 2) ** 0.5 * frame.scale,
            dark(_VOI),
        )
    if scene.mark_mm and depth(scene.mark_mm) <= 6:
        px, py = frame.at(scene.mark_mm)
        pen.polygon(
            [(px, py - 10), (px + 10, py), (px, py + 10), (px - 10, py)],
            outline=dark(_MARK),
            width=2,
        )

    name = "PET MIP" if plane == "mip" else plane.capitalize()
    write((6, 12), name, size=12)
    if plane != "mip":
        counted = scene.study[base(scene.study)]
        through = _AXES[plane][0]
        write(
            (6, 27),
            f"{counted.index(scene.crosshair_mm)[through] + 1} / {counted.array.shape[through]}",
        )
        write((6, 42), f"{'zyx'[through]} {scene.crosshair_mm[through]:.1f} mm")
    for row, name in enumerate(missing):
        write(
            (wide / 2, high / 4 + 15 * row),
            f"{called[name]} ends here",
            "mm",
            size=11 if plane == "axial" else 9,
        )
    left, right, top, bottom = _LETTERS[plane]
    write((6, high / 2), left, size=13)
    write((wide - 6, high / 2), right, "rm", size=13)
    write((max(wide / 2, 14 + font(12).getlength(name) + 8), 12), top, "mm", size=13)
    said = _broken(scene.study.watermark, wide - 12)
    above = high - 29 - 13 * len(said)
    write((wide / 2, high - 12 if plane == "axial" else above), bottom, "mm", size=13)
    for row, text in enumerate(reversed(said)):
        write((6, high - 25 - 13 * row), text)
    write((6, high - 11), "not for patient care", size=10)
    bar = 50 * frame.scale if plane == "axial" else 100 * frame.scale
    if plane == "axial":
        pen.line((wide - 8 - bar, high - 8, wide - 8, high - 8), fill=dark(_INK), width=2)
        write((wide - 8 - bar / 2, high - 18), "5 cm", "mm")
        scale = [called[series]] if series and len(anatomical(scene.study)) > 1 else []
        scale += [f"C {scene.window[0]:g} W {scene.window[1]:g}"] if series else []
        scale += [called[pet]] if pet and len(pets(scene.study)) > 1 else []
        scale += [f"SUV 0–{scene.suv_top:g}"] if pet else []
        for row, text in enumerate(scale):
            write((wide - 8, 12 + 15 * row), text, "rm")
    else:
        pen.line((wide - 7, high - 44 - bar, wide - 7, high - 44), fill=dark(_INK), width=2)
        write((wide - 12, high - 44 - bar / 2), "10 cm", "rm", size=10)


def _broken(text: str, wide: float) -> list[str]:
    """A text in lines that are no wider, broken at its spaces."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font(11).getlength(longer) > wide:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _ring(pen: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, colour: str) -> None:
    x, y = at
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=2)
