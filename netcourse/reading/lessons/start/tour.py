"""A one-minute tour of the viewer: three tasks that tick themselves off."""

from __future__ import annotations

from html import escape
from math import dist
from typing import Any

from netcourse.reading.lab.drawing import LINE, PAPER, rect, text
from netcourse.reading.lab.lab import Lab
from netcourse.reading.lab.parameters import LabFigure, Model
from netcourse.reading.viewer.viewer import Viewer
from netcourse.reading.viewer.windowing import windows
from netcourse.scanner.study import Point

_NEAR_MM, _TICK = 25.0, "#17602f"

TASKS = {
    "scroll": (
        "Scroll",
        (
            "Put the pointer on the axial picture and turn the wheel (or press the arrow keys)"
            " until you stand in another organ."
        ),
    ),
    "window": (
        "Window",
        "Choose another window from the list of presets, or drag with the right mouse button.",
    ),
    "measure": (
        "Measure",
        "Place a VOI in the spleen, the hottest organ on the patient's left, and read its SUVmean.",
    ),
}


class Tour(Model):
    """Watch three things happen in a viewer: scrolled, windowed, measured."""

    title = "One minute in the viewer"
    look = "Three things to try in the viewer above. Each ticks itself off."

    def __init__(self, start_mm: Point, window: tuple[float, float], spleen_mm: Point) -> None:
        self._start, self._window, self._spleen = start_mm, window, spleen_mm
        self.done: dict[str, str] = {}
        super().__init__()

    def see(
        self, crosshair_mm: Point, window: tuple[float, float], measured: tuple[Point, float] | None
    ) -> None:
        """Take note of where the viewer stands; `measured` is a VOI's centre (z, y, x in mm) and
        SUVmean.
        """
        before = dict(self.done)
        if abs(crosshair_mm[0] - self._start[0]) > _NEAR_MM:
            self.done.setdefault("scroll", f"{abs(crosshair_mm[0] - self._start[0]):.0f} mm away")
        if tuple(window) != tuple(self._window):
            named = next(
                (name for name, preset in windows().items() if tuple(preset) == tuple(window)),
                f"{window[0]:g} / {window[1]:g}",
            )
            self.done.setdefault("window", named)
        if measured and dist(measured[0], self._spleen) < _NEAR_MM:
            self.done.setdefault("measure", f"SUVmean {measured[1]:.1f}")
        if self.done != before:
            self.changed()

    @property
    def result(self) -> str:
        return f"{len(self.done)} of {len(TASKS)} done" + (
            f" ({', '.join(self.done)})" if self.done else ""
        )

    def draw(self) -> LabFigure:
        drawn, items = [], []
        for row, (id, (name, what)) in enumerate(TASKS.items()):
            y, done = 12 + 40 * row, self.done.get(id)
            drawn.append(
                rect(14, y, 24, 24, fill=_TICK if done else PAPER, stroke=_TICK if done else LINE)
            )
            if done:
                drawn.append(
                    text(26, y + 18, "✓", size=18, fill="#ffffff", anchor="middle", weight=700)
                )
            drawn.append(text(52, y + 18, name, size=16, weight=600))
            drawn.append(
                text(
                    150,
                    y + 18,
                    f"done: {done}" if done else "to do",
                    size=14,
                    fill=_TICK if done else "#4a5a6a",
                )
            )
            items.append(f"<li><strong>{name}.</strong> {escape(what)}</li>")
        return LabFigure("".join(drawn), (860, 134), self.result, f"<ol>{''.join(items)}</ol>")


def tour(viewer: Viewer) -> Lab[Tour]:
    """Return the tour of a viewer; ValueError when its study shows no spleen."""
    if "spleen" not in viewer.study.landmarks_mm:
        raise ValueError(f"{viewer.study!r} shows no spleen to measure")
    model = Tour(viewer.crosshair_mm, viewer.window, viewer.study.landmarks_mm["spleen"])

    def look(_change: Any) -> None:
        found = viewer.measurement
        measured = (
            (viewer.voi[0], found.suv_mean)
            if found is not None and found.suv_mean is not None
            else None
        )
        model.see(viewer.crosshair_mm, viewer.window, measured)

    viewer.observe(look, ["crosshair_mm", "window", "voi"])
    return Lab(model)
