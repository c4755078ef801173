"""A lab from a function: parameters in, a matplotlib figure and a sentence out."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from html import escape
from importlib import resources
from inspect import signature
from typing import Any

import numpy as np
from matplotlib import rc_context, rc_params_from_file
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from netcourse.reading.lab.drawing import n
from netcourse.reading.lab.lab import Lab, Question
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter

_CSS_PX_PER_INCH = 96  # the picture holds more pixels, so that it stays sharp on a page at 150 %

Shown = tuple[Figure, str]


def look() -> AbstractContextManager[None]:
    """Return the context in which plots have the look of the course."""
    return rc_context(_settings())


@cache
def _settings() -> Any:
    with resources.as_file(resources.files(__package__) / "netcourse.mplstyle") as path:
        return rc_params_from_file(path, use_default_template=False)


def plot_axes(x_label: str = "", y_label: str = "", **how: Any) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes in the look of the course; `how` as for a matplotlib
    Figure.

    It belongs to no window, so labs may keep it and move its lines instead of drawing anew.
    """
    with look():
        figure = Figure(**how)
        pair = figure.subplots()
    pair.set(xlabel=x_label, ylabel=y_label)
    return figure, pair


class FunctionModel(Model):
    """A model whose result and figure are what a function of its parameters returns."""

    def __init__(
        self, title: str, function: Callable[..., Shown], parameters: dict[str, Parameter[Any]]
    ) -> None:
        name = function.__name__
        if list(signature(function).parameters) != list(parameters):
            raise TypeError(
                f"{name} takes {', '.join(signature(function).parameters) or 'nothing'}, the lab"
                f" gives it {', '.join(parameters) or 'nothing'}: name the same in the same order"
            )
        self.title = title  # type: ignore[misc]  # one lab's own heading
        self.function, self._own = function, parameters
        for own, parameter in parameters.items():
            parameter.name = own
        self._last: tuple[dict[str, Any], Shown] | None = None
        super().__init__(
            **{
                own: next(iter(parameter.options))
                for own, parameter in parameters.items()
                if isinstance(parameter, Choice) and parameter.start is None
            }
        )

    def parameters(self) -> dict[str, Parameter[Any]]:
        """The parameters that the lab was given."""
        return self._own

    @property
    def _shown(self) -> Shown:
        if self._last is None or self._last[0] != self.values:
            with look():
                found = self.function(**self.values)
            if not (
                isinstance(found, tuple)
                and [type(part) for part in found] == [Figure, str]
                and found[1]
            ):
                raise TypeError(
                    f"{self.function.__name__} returned {found!r}; a lab returns a matplotlib"
                    " figure and a sentence"
                )
            self._last = dict(self.values), found
        return self._last[1]

    @property
    def result(self) -> str:
        return self._shown[1]

    def draw(self) -> LabFigure:
        figure, sentence = self._shown
        wide, high = (round(side * _CSS_PX_PER_INCH) for side in figure.get_size_inches())
        box = f'width="{n(wide)}" height="{n(high)}"'
        sort = "" if any(axes.images for axes in figure.axes) else ' class="nc-chart"'
        picture = f'<image{sort} x="0" y="16" {box} href="data:image/png;base64,{_png(figure)}"/>'
        words = f"<p><strong>{escape(sentence)}</strong></p>"
        return LabFigure(picture, (wide, high + 16), sentence, words)


def _png(figure: Figure) -> str:
    """The figure as PNG, in base64; the least compression is the quickest way to the page."""
    canvas, out = figure.canvas, io.BytesIO()
    if not isinstance(canvas, FigureCanvasAgg):
        canvas = FigureCanvasAgg(figure)  # the figure keeps it, and with it its letters
    canvas.draw()  # type: ignore[no-untyped-call]
    shades = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    colours = np.ascontiguousarray(shades[..., :3])
    Image.fromarray(colours).save(out, "PNG", compress_level=1)
    return base64.b64encode(out.getvalue()).decode()


def lab(
    title: str, *, ask: Question | None = None, **parameters: Parameter[Any]
) -> Callable[[Callable[..., Shown]], Lab[FunctionModel]]:
    """Make a function a lab: it takes the parameters by name and returns a matplotlib figure and a
    sentence.

    Raises TypeError where the function takes other parameters, or returns something else.

    >>> from netcourse.reading.lab import Range
    >>> from netcourse.reading.lab.function import lab, plot_axes
    >>> @lab("Half-life", minutes=Range("Time after calibration", 0, 0, 240, 10, "min"))
    ... def half_life(minutes):
    ...     figure, plot = plot_axes("min", "activity left, %")
    ...     plot.plot([0, minutes], [100, 100 * 0.5 ** (minutes / 68)])
    ...     return figure, f"After {minutes:g} min {100 * 0.5 ** (minutes / 68):.0f} % is left."
    >>> half_life
    Lab Half-life: After 0 min 100 % is left.
    >>> half_life.tried(minutes=70)
    'After 70 min 49 % is left.'
    """

    def made(function: Callable[..., Shown]) -> Lab[FunctionModel]:
        return Lab(FunctionModel(title, function, parameters), ask=ask)

    return made
