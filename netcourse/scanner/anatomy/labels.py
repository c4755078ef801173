"""The tissues that voxels can be, and what each looks like."""

from __future__ import annotations

import tomllib
from collections.abc import Container
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Label:
    """A tissue: its number in label volumes, its CT figure and the organs whose uptake it has, the
    closest first.
    """

    name: str
    number: int
    ct: str
    uptake: tuple[str, ...] = ()

    def organ(self, known: Container[str]) -> str | None:
        """Return the closest organ whose uptake is known for a tracer, None for a tissue without
        any.

        >>> labels()["myocardium"].organ({"blood_pool", "myocardium"}), labels()["myocardium"].organ({"blood_pool"})
        ('myocardium', 'blood_pool')
        """
        return next((organ for organ in self.uptake if organ in known), None)


@cache
def labels() -> dict[str, Label]:
    """Return all labels by name, numbered from 0 (air) in the order of labels.toml."""
    rows = tomllib.loads((resources.files(__package__) / "labels.toml").read_text(encoding="utf-8"))
    return {
        name: Label(name, number, row["ct"], _several(row.get("uptake", [])))
        for number, (name, row) in enumerate(rows.items())
    }


def number(name: str) -> int:
    """Return a label's number; KeyError names those there are."""
    if name not in labels():
        raise KeyError(f"no label '{name}'; labels are {', '.join(labels())}")
    return labels()[name].number


def _several(organs: str | list[str]) -> tuple[str, ...]:
    return (organs,) if isinstance(organs, str) else tuple(organs)
