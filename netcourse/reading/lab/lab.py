"""The widget around a lab's model: native labelled controls, a figure that follows them, and a
question to answer first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from typing import Any, Generic, TypeVar

import anywidget
import traitlets as t

from netcourse.decisions.core import DISCLAIMER
from netcourse.reading.lab.drawing import svg
from netcourse.reading.lab.parameters import LabFigure, Model
from netcourse.reading.lab.prose import Prose

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Question:
    """What the learner predicts before the lab opens; `truth` is one of the options, computed, not
    typed. `then` are the settings to which the lab moves after the guess, to show the answer.
    """

    text: str
    options: tuple[str, ...]
    truth: str
    because: str = ""
    then: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def nearest(
        cls,
        text: str,
        options: Sequence[str],
        value: float,
        because: str = "",
        then: Mapping[str, Any] | None = None,
    ) -> Question:
        """Return a question whose right option is the one whose number lies nearest to a value.

        >>> Question.nearest("When?", ("about 24 s", "about 40 s"), 43).truth
        'about 40 s'
        """
        away = [abs(float(re.findall(r"\d+(?:\.\d+)?", option)[0]) - value) for option in options]
        return cls(text, tuple(options), options[away.index(min(away))], because, then or {})

    def __post_init__(self) -> None:
        if self.truth not in self.options:
            raise ValueError(
                f"the answer '{self.truth}' is not among the options {', '.join(self.options)}"
            )


def text_file(package: str, name: str) -> str:
    """Return the text of a file that lies beside a package's modules."""
    return (resources.files(package) / name).read_text(encoding="utf-8")


def script(package: str, figure: str) -> str:
    """Return a lab's JavaScript as one module, with the script of its figure from some package."""
    dark, parts, lab = (
        text_file(__package__, f"js/{name}.js") for name in ("dark", "parts", "lab")
    )
    return f"{dark}\n{parts}\n{text_file(package, figure)}\n{lab}"


class Lab(anywidget.AnyWidget, Generic[M]):
    """Show a model with its controls; everything it does can be done on `lab.model` too.

    `controls` names the parameters to show (default: all). With `ask` the lab stays closed until a
    prediction is made; `go_to` is called with the place of a parameter whose Show button is pressed.
    """

    _esm = script(__package__, "js/figure.js")
    _css = text_file(__package__, "lab.css")

    _controls: t.List[Any] = t.List().tag(sync=True)
    _values = t.Dict().tag(sync=True, echo_update=False)
    _figure = t.Unicode().tag(sync=True)
    _title = t.Unicode().tag(sync=True)
    _look = t.Unicode().tag(sync=True)
    _before = t.Unicode("").tag(sync=True)
    _question = t.Dict(None, allow_none=True).tag(sync=True)
    _said = t.Unicode(None, allow_none=True).tag(sync=True, echo_update=False)
    _verdict = t.Unicode("").tag(sync=True)

    def __init__(
        self,
        model: M,
        *,
        controls: Sequence[str] | None = None,
        ask: Question | None = None,
        go_to: Callable[[str], None] | None = None,
    ) -> None:
        self.model = model
        self.ask = ask
        self._go_to = go_to
        parameters = model.parameters()
        self._shown = list(parameters) if controls is None else list(controls)
        super().__init__(
            _controls=[parameters[name].spec() for name in self._shown],
            _title=model.title,
            _look=model.look,
            _before=svg(before) if ask and (before := model.before()) else "",
            _question={"text": ask.text, "options": list(ask.options)} if ask else None,
        )
        self._draw()
        model.watch(self._draw)
        self.observe(self._turned, "_values")
        self.observe(self._predicted, "_said")
        self.on_msg(Lab._hear)

    @property
    def asks(self) -> bool:
        """Whether the question still stands."""
        return self.ask is not None and self._said is None

    @property
    def prediction(self) -> str | None:
        """What the learner predicted; None before."""
        return self._said

    def predict(self, option: str) -> None:
        """Predict, which opens the lab; ValueError lists the options."""
        if self.ask is None:
            raise ValueError(f"{self.model.title} asks for no prediction")
        if option not in self.ask.options:
            raise ValueError(
                f"the prediction is {option!r}; it must be one of {', '.join(self.ask.options)}"
            )
        self._said = option

    def tried(self, **values: Any) -> str:
        """Return the result at other settings and leave the lab as it was; see `Model.tried`."""
        return self.model.tried(**values)

    def trials(self, **values: Sequence[Any]) -> Prose:
        """Return the results over a row of settings, folded away on the page: they would give away
        the prediction.

        Raises ValueError where the rows differ in length.
        """
        lines = [
            self.tried(**dict(zip(values, row, strict=True)))
            for row in zip(*values.values(), strict=True)
        ]
        plain = "\n".join(lines)
        return Prose(
            plain,
            f"<details><summary>The numbers</summary><pre>{escape(plain)}</pre></details>",
        )

    def __repr__(self) -> str:
        return f"Lab {self.model.title}: {self.model.result}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        found: Any = super()._repr_mimebundle_(**kwargs)
        data, metadata = found if isinstance(found, tuple) else (found or {}, {})
        if self.ask and self.asks:
            figure = self.model.before() or LabFigure("", (860, 8), self.ask.text)
            lines = [self.ask.text, *(f"○ {option}" for option in self.ask.options), DISCLAIMER]
        else:
            figure = self.model.draw()
            lines = [self.model.look, f"{self.model.result} ({DISCLAIMER})"]
        picture = svg(figure, lines=[line for line in lines if line], title=self.model.title)
        return data | {"text/plain": repr(self), "image/svg+xml": picture}, metadata

    def _draw(self) -> None:
        with self.hold_sync():
            self._values = {name: self.model.values[name] for name in self._shown}
            self._put()

    def _put(self) -> None:
        """Give the browser what it shows."""
        figure = self.model.draw()
        self._figure = (
            f'<div class="nc-drawing">{svg(figure)}</div><div class="nc-words"'
            f' aria-live="polite">{figure.words}</div>'
        )

    def _turned(self, change: Any) -> None:
        new = {
            name: value for name, value in change["new"].items() if value != self.model.values[name]
        }
        if new:
            self.model.set(**new)

    def _predicted(self, change: Any) -> None:
        if self.ask and change["new"] is not None:
            right = change["new"] == self.ask.truth
            guess = f"Your prediction: <strong>{escape(str(change['new']))}</strong>. "
            truth = "Correct." if right else f"It is <strong>{escape(self.ask.truth)}</strong>."
            self._verdict = f"{guess}{truth} {escape(self.ask.because)}"
            self.model.set(**self.ask.then)

    def _hear(self, content: Any, _buffers: Any) -> None:
        place = content.get("go_to") if isinstance(content, dict) else None
        if self._go_to and place in {
            parameter.place for parameter in self.model.parameters().values()
        }:
            self._go_to(str(place))
