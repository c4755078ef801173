"""The tissues that voxels can be, and what each looks like."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Label:
    """A tissue: its number in label volumes, its CT figure and the organ whose uptake it has."""

    name: str
    number: int
    ct: str
    uptake: str | None = None


@cache
def labels() -> dict[str, Label]:
    """Return all labels by name, numbered from 0 (air) in the order of labels.toml."""
    rows = tomllib.loads((resources.files(__package__) / "labels.toml").read_text(encoding="utf-8"))
    return {name: Label(name, number, **row) for number, (name, row) in enumerate(rows.items())}


def number(name: str) -> int:
    """Return a label's number; KeyError names those there are."""
    if name not in labels():
        raise KeyError(f"no label '{name}'; labels are {', '.join(labels())}")
    return labels()[name].number
