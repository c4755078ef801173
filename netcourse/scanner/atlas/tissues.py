"""The tissues that voxels of a body can hold, and what each looks like."""

from __future__ import annotations

import tomllib
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Tissue:
    """A tissue: its CT figure, its MR row, the pattern it shows, and the organs whose uptake it has, the closest first.

    `number` is its place in tissues.toml: for arrays in memory only, files name tissues. What is
    `below_gas` fills a hollow organ up to a level.
    """

    name: str
    number: int
    ct: str
    mr: str
    uptake: tuple[str, ...] = ()
    below_gas: bool = False
    texture: str = ""

    def organ(self, known: Container[str]) -> str | None:
        """Return the closest organ whose uptake is known for a tracer, None for a tissue without
        any.

        >>> tissues()["myocardium"].organ({"blood_pool", "myocardium"}), tissues()["myocardium"].organ({"blood_pool"})
        ('myocardium', 'blood_pool')
        """
        return next((organ for organ in self.uptake if organ in known), None)


@cache
def tissues() -> dict[str, Tissue]:
    """Return all tissues by name, numbered from 0 (air) in the order of tissues.toml."""
    text = (resources.files(__package__) / "tissues.toml").read_text(encoding="utf-8")
    return {
        name: Tissue(
            name,
            number,
            ct := row.get("ct", name),
            row.get("mr", ct),
            _several(row.get("uptake", [])),
            row.get("below_gas", False),
            row.get("texture", ""),
        )
        for number, (name, row) in enumerate(tomllib.loads(text).items())
    }


def number(name: str) -> int:
    """Return a tissue's number; KeyError names the tissues there are.

    >>> number("air")
    0
    """
    if name not in tissues():
        raise KeyError(f"no tissue '{name}'; tissues are {', '.join(tissues())}")
    return tissues()[name].number


def _several(organs: str | list[str]) -> tuple[str, ...]:
    return (organs,) if isinstance(organs, str) else tuple(organs)
