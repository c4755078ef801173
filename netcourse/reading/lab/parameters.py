"""What can be set in a lab: ranges, choices and switches, checked the same way for hand, test and
notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from math import isfinite
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

V = TypeVar("V")


class Parameter(Generic[V]):
    """One thing to set: its label for the learner and its value at the start."""

    kind: ClassVar[str]
    name: str

    def __init__(self, label: str, start: V, *, place: str | None = None) -> None:
        self.label, self.start, self.place = label, start, place

    def __set_name__(self, owner: type[Model], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, model: None, owner: type[Model]) -> Self: ...
    @overload
    def __get__(self, model: Model, owner: type[Model]) -> V: ...
    def __get__(self, model: Model | None, owner: type[Model]) -> Self | V:
        return self if model is None else model.values[self.name]

    def __set__(self, model: Model, value: V) -> None:
        model.set(**{self.name: value})

    def check(self, value: Any) -> V:
        """Return the value as the parameter keeps it; ValueError says what is allowed."""
        raise NotImplementedError

    def spec(self) -> dict[str, Any]:
        """What the browser must know to draw the control."""
        return {"kind": self.kind, "name": self.name, "label": self.label, "place": self.place}


class Range(Parameter[float]):
    """A number between two ends, in steps. `rests`: the browser follows by itself, Python is told
    when the hand rests.
    """

    kind = "range"

    def __init__(
        self,
        label: str,
        start: float,
        low: float,
        high: float,
        step: float,
        unit: str = "",
        *,
        rests: bool = False,
    ) -> None:
        super().__init__(label, start)
        self.low, self.high, self.step, self.unit, self.rests = low, high, step, unit, rests

    def check(self, value: Any) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not isfinite(value)
            or not self.low <= value <= self.high
        ):
            raise ValueError(
                f"{self.name} is {value!r}; it must be a number from {self.low:g} to {self.high:g}"
                f" {self.unit}".rstrip()
            )
        return float(value)

    def spec(self) -> dict[str, Any]:
        return super().spec() | {
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "unit": self.unit,
            "rests": self.rests,
        }


class Choice(Parameter[str | None]):
    """One of some options, given as id → label or as labels alone; None while nothing is chosen, where that is
    allowed. `menu`: in a list to open.
    """

    kind = "choice"

    def __init__(
        self,
        label: str,
        options: Mapping[str, str] | Sequence[str],
        start: str | None = None,
        *,
        place: str | None = None,
        menu: bool = False,
    ) -> None:
        super().__init__(label, start, place=place)
        named = options if isinstance(options, Mapping) else {option: option for option in options}
        self.options, self.menu = dict(named), menu

    def check(self, value: Any) -> str | None:
        if value is None and self.start is None:
            return None
        if value not in self.options:
            raise ValueError(
                f"{self.name} is {value!r}; it must be one of {', '.join(self.options)}"
            )
        return str(value)

    def spec(self) -> dict[str, Any]:
        return super().spec() | {"options": list(self.options.items()), "menu": self.menu}


class Switch(Parameter[bool]):
    """Something that is so, or is not."""

    kind = "switch"

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{self.name} is {value!r}; it must be True or False")
        return value


class Model:
    """What a lab is about, without a widget: parameters, a one-line result and a figure drawn from them.

    >>> class Double(Model):
    ...     title = "Double"
    ...     number = Range("Number", 2, 0, 10, 1)
    ...     @property
    ...     def result(self) -> str:
    ...         return f"{self.number:g} doubled is {2 * self.number:g}"
    >>> double = Double(number=3)
    >>> double.number = 4
    >>> double.result, double.tried(number=5), double.number
    ('4 doubled is 8', '5 doubled is 10', 4.0)
    >>> double.number = 11
    Traceback (most recent call last):
    ValueError: number is 11; it must be a number from 0 to 10
    """

    title: ClassVar[str]
    look: ClassVar[str] = ""
    shows_start: ClassVar[bool] = False
    """Whether the figure at its start gives the answer of no question away."""

    def __init__(self, **values: Any) -> None:
        self._watchers: list[Callable[[], None]] = []
        self.values: dict[str, Any] = {
            name: parameter.check(parameter.start) for name, parameter in self.parameters().items()
        }
        self.set(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        """Return the parameters by name, in the order in which they were written."""
        return {
            name: found
            for kind in reversed(type(self).__mro__)
            for name, found in vars(kind).items()
            if isinstance(found, Parameter)
        }

    def set(self, **values: Any) -> None:
        """Set several parameters at once, all or none; ValueError as in `Parameter.check`, TypeError for an
        unknown name.
        """
        parameters = self.parameters()
        if unknown := set(values) - set(parameters):
            raise TypeError(
                f"{self.title} has no {', '.join(sorted(unknown))}; it has"
                f" {', '.join(parameters) or 'nothing to set'}"
            )
        self.values = self.values | {
            name: parameters[name].check(value) for name, value in values.items()
        }
        self.changed()

    def changed(self) -> None:
        """Tell those who watch."""
        for call in self._watchers:
            call()

    def watch(self, call: Callable[[], None]) -> None:
        """Call when a parameter was turned."""
        self._watchers.append(call)

    def tried(self, **values: Any) -> str:
        """Return the result at other settings, set on a copy: the model and what follows it stay."""
        trial = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (dict, list)):
                setattr(trial, name, copy(value))
        trial._watchers = []
        trial.set(**values)
        return trial.result

    @property
    def result(self) -> str:
        """The result in one line of plain text."""
        raise NotImplementedError

    def draw(self) -> LabFigure:
        """Draw what the learner sees."""
        raise NotImplementedError

    def before(self) -> LabFigure | None:
        """Draw what may be seen while a question stands; None where any picture would answer it."""
        return self.draw() if self.shows_start else None


class LabFigure:
    """What a lab shows: a drawing (SVG elements on a sheet of `width` × `height`), its text
    alternative, and words in HTML.
    """

    def __init__(self, drawing: str, size: tuple[int, int], alt: str, words: str = "") -> None:
        self.drawing, self.size, self.alt, self.words = drawing, size, alt, words
