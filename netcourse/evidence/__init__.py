"""Every number and every source of the course, as data.

The TOML files in `figures/` hold figures (a value with unit, source and how sure we are), those in
`statements/` sentences that the course teaches. Rules, lessons, feedback and tests all read the
same entry:

>>> figure("krenning.borderline")
Figure krenning.borderline = 0.1 fraction of the reference [T: course, Fen17]
>>> figure("krenning.borderline").mark.meaning
'teaching parameter of this course'
>>> statement("KP2").mark.value
'T'
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import resources
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from netcourse.evidence.own import FIGURES, LOCAL, own_folder, own_pages, read_own

__all__ = [
    "Figure",
    "Mark",
    "Source",
    "Statement",
    "cite",
    "course_figure",
    "figure",
    "figures",
    "local_changes",
    "own_figures",
    "source",
    "statement",
    "statements",
]


class Mark(StrEnum):
    """How sure we are of a figure or statement."""

    S = "S"
    V = "V"
    K = "K"
    T = "T"
    L = "L"

    @property
    def meaning(self) -> str:
        """The mark in words, as learners read it."""
        return {
            Mark.S: "stated in the source review",
            Mark.V: "seen in an excerpt of the source",
            Mark.K: "known, not checked against the original",
            Mark.T: "teaching parameter of this course",
            Mark.L: "local: set by your institution, not by the course",
        }[self]


@dataclass(frozen=True)
class Source:
    """Where something comes from; `seen` says how much of it was read."""

    id: str
    title: str
    seen: str
    year: int | None = None
    url: str | None = None
    doi: str | None = None


@dataclass(frozen=True)
class Figure:
    """A number of the course with unit, sources and mark."""

    id: str
    label: str
    value: float
    unit: str
    mark: Mark
    source: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    statistic: str | None = None
    why: str | None = None

    def __repr__(self) -> str:
        return (
            f"Figure {self.id} = {self.value:g} {self.unit} [{self.mark}: {', '.join(self.source)}]"
        )


@dataclass(frozen=True)
class Statement:
    """A sentence of the course with sources and mark; `corrected` says where the review is
    qualified.
    """

    id: str
    in_words: str
    mark: Mark
    source: tuple[str, ...]
    where: str | None = None
    corrected: str | None = None


T = TypeVar("T")
_SOURCES = "sources.toml"


@cache
def figure(id: str) -> Figure:
    """Return the figure of that id.

    Raises KeyError naming the nearest ids when there is none.
    """
    return _lookup(_figures(), id, "figure")


def figures(under: str) -> dict[str, Figure]:
    """Return the figures below a prefix, keyed by what follows it.

    >>> sorted(figures("krenning.suv"))
    ['score_1', 'score_2', 'score_3', 'score_4']
    """
    return dict(_below(under))


@cache
def _below(under: str) -> dict[str, Figure]:
    head = under + "."
    return {id.removeprefix(head): found for id, found in _figures().items() if id.startswith(head)}


@cache
def statement(id: str) -> Statement:
    """Return the statement of that id (S40, KP2, D1, …); KeyError as in `figure`."""
    return _lookup(_statements(), id, "statement")


def statements() -> dict[str, Statement]:
    """Return all statements by id."""
    return dict(_statements())


@cache
def source(id: str) -> Source:
    """Return the source of that id; KeyError as in `figure`."""
    return _lookup(_sources(), id, "source")


def local_changes() -> list[str]:
    """Return what the institution's own folder sets, a line for each figure; empty without one."""
    if own_folder() is None:
        return []
    return [
        f"{id} = {one.value:g} {one.unit} (local)"
        for id, one in _figures().items()
        if one.mark is Mark.L
    ]


def cite(entry: Figure | Statement) -> str:
    """One line that says where an entry comes from and how sure we are.

    >>> cite(figure("krenning.liver.lowest"))
    'Highly variable biodistribution of 68Ga-labelled somatostatin analogues (abstract) [V: seen in an excerpt of the source]'
    """
    return (
        f"{'; '.join(source(id).title for id in entry.source)} [{entry.mark}: {entry.mark.meaning}]"
    )


def _lookup(store: Mapping[str, T], id: str, kind: str) -> T:
    try:
        return store[id]
    except KeyError:
        stem = id.split(".")[0]
        near = [known for known in store if known.startswith(stem)] or list(store)
        raise KeyError(
            f"no {kind} '{id}'; there are {', '.join(near[:8])}{' …' if len(near) > 8 else ''}"
        ) from None


def _pages(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and rows of every TOML page of a folder, in the order of names."""
    for file in sorted((resources.files(__package__) / folder).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            yield file.name, tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _sources() -> dict[str, Source]:
    rows = tomllib.loads((resources.files(__package__) / _SOURCES).read_text(encoding="utf-8"))
    own = {LOCAL: Source(LOCAL, "Your institution's own folder", "local")}
    return own | {id: _build(Source, id, row, _SOURCES) for id, row in rows.items()}


@cache
def _statements() -> dict[str, Statement]:
    return _gathered(
        Statement,
        ((page, id, row) for page, rows in _pages("statements") for id, row in rows.items()),
    )


@cache
def _figures() -> dict[str, Figure]:
    found = dict(_of_the_course())
    for path in own_pages(FIGURES):
        found |= own_figures(path)
    return found


@cache
def _of_the_course() -> dict[str, Figure]:
    return _gathered(
        Figure, ((page, id, row) for page, rows in _pages("figures") for id, row in _leaves(rows))
    )


def course_figure(id: str) -> Figure | None:
    """Return a figure as the course has it, whatever the institution's own folder sets."""
    return _of_the_course().get(id)


def own_figures(path: Path) -> dict[str, Figure]:
    """Return the figures of a page of the institution's own: of a figure of the course a value is
    enough, label and unit stay. Each is marked L.

    Raises ValueError that names the page and the figure.
    """
    known = _of_the_course()
    found = {}
    for id, row in _leaves(read_own(path)):
        kept: dict[str, Any] = {}
        if id in known:
            kept = {"label": known[id].label, "unit": known[id].unit}
        about = kept | {"source": [LOCAL], "why": "set in " + path.name} | row | {"mark": Mark.L}
        one = _build(Figure, id, about, path.name)
        numbers = (one.value, *(end for end in (one.low, one.high, one.sd) if end is not None))
        if not all(
            isinstance(number, int | float) and not isinstance(number, bool) and isfinite(number)
            for number in numbers
        ):
            raise ValueError(f"{path.name}, [{id}]: value, low, high and sd are numbers")
        if id in known and one.unit != known[id].unit:
            raise ValueError(
                f"{path.name}, [{id}]: unit is '{one.unit}'; the course counts in"
                f" '{known[id].unit}'"
            )
        found[id] = one
    return found


def _gathered(kind: type[T], entries: Iterator[tuple[str, str, dict[str, Any]]]) -> dict[str, T]:
    """Build the entries of all pages by id; ValueError for an id that stands twice."""
    found: dict[str, T] = {}
    for page, id, row in entries:
        if id in found:
            raise ValueError(f"{page}: '{id}' stands on another page too")
        found[id] = _build(kind, id, row, page)
    return found


def _leaves(
    table: Mapping[str, Any], head: str = "", kept: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the figures of a page.

    A group may hold `all`, what its figures share, and `columns`, names with label and unit; a
    table below it with `row` then makes one figure per column, as one line of a printed table does.
    """
    kept = (
        dict(kept or {})
        | table.get("all", {})
        | ({"columns": table["columns"]} if "columns" in table else {})
    )
    for key, below in table.items():
        if key in ("all", "columns"):
            continue
        if not isinstance(below, dict):
            raise ValueError(
                f"evidence: '{head}{key}' is a bare value; a figure is a table with value, unit,"
                " mark, source"
            )
        if "value" in below:
            yield (
                head + key,
                {name: shared for name, shared in kept.items() if name != "columns"} | below,
            )
        elif "row" in below:
            yield from _line(f"{head}{key}", below, kept)
        else:
            yield from _leaves(below, f"{head}{key}.", kept)


def _line(
    id: str, table: Mapping[str, Any], kept: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield one figure per cell of a line of a table; a cell is a number or a figure's own
    fields.
    """
    columns = kept.get("columns", {})
    shared = {name: value for name, value in kept.items() if name != "columns"}
    own = {name: value for name, value in table.items() if name not in ("row", "label")}
    for name, cell in table["row"].items():
        if name not in columns:
            raise ValueError(
                f"evidence: '{id}' has no column '{name}'; columns are"
                f" {', '.join(columns) or 'missing'}"
            )
        label, unit = columns[name]
        made = {"label": f"{table.get('label', id)}: {label}", "unit": unit}
        yield (
            f"{id}.{name}",
            shared | own | made | (cell if isinstance(cell, dict) else {"value": cell}),
        )


def _build(kind: type[T], id: str, row: dict[str, Any], file: str) -> T:
    """Make one entry, saying file, entry and field when the data are wrong."""
    allowed = {f.name for f in fields(kind)} - {"id"}  # type: ignore[arg-type]
    if unknown := set(row) - allowed:
        raise ValueError(
            f"{file}, [{id}]: unknown field {', '.join(sorted(unknown))}; allowed are"
            f" {', '.join(sorted(allowed))}"
        )
    row = dict(row)
    if "mark" in row:
        if row["mark"] not in ("S", "V", "K", "T", Mark.L):
            raise ValueError(f"{file}, [{id}]: mark is '{row['mark']}'; allowed are S, V, K, T")
        row["mark"] = Mark(row["mark"])
    if "source" in row:
        row["source"] = tuple(row["source"])
        if unknown_sources := [s for s in row["source"] if s not in _sources()]:
            raise ValueError(
                f"{file}, [{id}]: source {', '.join(unknown_sources)} is not in {_SOURCES}"
            )
    make: Callable[..., T] = kind
    try:
        return make(id=id, **row)
    except TypeError as error:
        raise ValueError(f"{file}, [{id}]: {error}") from None
