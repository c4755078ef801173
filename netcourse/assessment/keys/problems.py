"""What is wrong with a file, in the words of the person who wrote it: file, item, field, what is
allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Problem:
    """One thing to repair.

    >>> print(Problem("03.toml", "item 'q1'", "points", "is 0; allowed is a number above 0"))
    03.toml, item 'q1', points: is 0; allowed is a number above 0
    """

    file: str
    part: str
    field: str
    text: str

    def __str__(self) -> str:
        place = ", ".join(word for word in (self.file, self.part, self.field) if word)
        return f"{place}: {self.text}"


class ExerciseError(ValueError):
    """An exercise file with everything that is wrong in it, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a closing half-sentence that offers the nearest known word, or nothing.

    >>> did_you_mean("krening", ["krenning", "position"])
    '; did you mean krenning?'
    """
    near = get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def in_words(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Return field and sentence for one of pydantic's errors on that model."""
    path = [str(step) for step in error["loc"]]
    field = ".".join(path)
    # Alternatives of a union carry the type's name in the path; the author never wrote that.
    name = path[0] if path else ""
    given = error.get("input")
    if error["type"] == "missing":
        return field, f"is missing; {_allowed(model, name)}"
    if error["type"] == "extra_forbidden":
        known = [key for key in _names(model) if key != "kind"]
        return (
            field,
            f"is no field here{did_you_mean(path[-1], known)}; allowed are {', '.join(known)}",
        )
    if error["type"] == "value_error":
        return field, str(error["msg"]).removeprefix("Value error, ")
    return name or field, f"is {_short(given)}; {_allowed(model, name)}"


def _names(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _allowed(model: type[BaseModel], name: str) -> str:
    for field, info in model.model_fields.items():
        if name in (field, info.alias) and info.description:
            return f"allowed is {info.description}"
    return f"allowed are {', '.join(_names(model))}"


def _short(value: Any) -> str:
    text = (
        f"'{value}'"
        if isinstance(value, str)
        else "a table"
        if isinstance(value, Mapping)
        else repr(value)
    )
    return text if len(text) <= 60 else text[:57] + "…"
