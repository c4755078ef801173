"""Slides from the very notebooks of the course: one HTML page, a screen for each heading, no script
and nothing from elsewhere.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from netcourse.course.workspace import course_source

STYLE = """
html { scroll-snap-type: y proximity; } body { margin: 0; background: #fff; }
.nc-slide { min-height: 100vh; box-sizing: border-box; padding: 4vh 6vw; scroll-snap-align: start; border-bottom: 1px solid #d5dbe2; }
.nc-slide { font: 400 1.35rem/1.4 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; } .nc-slide .anchor-link { display: none; }
.nc-slide :is(p, li) { font-size: 1.35rem; line-height: 1.4; } .nc-slide h1 { font-size: 2.6rem; } .nc-slide h2 { font-size: 2.1rem; }
.nc-slide img, .nc-slide svg { max-width: 100%; height: auto; }
@media print { .nc-slide { break-after: page; min-height: 0; border: 0; } }
"""


def slides(notebook: Path) -> str:
    """Return a notebook's slides: its prose and results, code left out, a new slide at each
    heading.

    Space and Page Down go on. Raises ValueError where it is no notebook.
    """
    import nbformat
    from nbconvert import HTMLExporter

    try:
        book: Any = nbformat.reads(notebook.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    except (ValueError, json.JSONDecodeError):
        raise ValueError(f"{notebook.name} is no notebook") from None
    bare = {"exclude_input": True, "exclude_input_prompt": True, "exclude_output_prompt": True}
    exporter = HTMLExporter(template_name="basic", **bare)  # type: ignore[no-untyped-call]
    parts: list[str] = []
    for cells in _screens(book.cells):
        one = nbformat.from_dict({**book, "cells": cells})  # type: ignore[no-untyped-call]
        html, _ = exporter.from_notebook_node(one)
        parts.append(
            "<section"
            f' class="nc-slide">{re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)}</section>'
        )
    title = next(
        (
            line.lstrip("# ")
            for cell in book.cells
            for line in cell.source.splitlines()
            if line.startswith("# ")
        ),
        notebook.stem,
    )
    head = (
        f'<head><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style></head>'
    )
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>\n'


def find_notebook(name: str) -> Path:
    """Return a notebook by its path, or one of the course by its name; FileNotFoundError names what
    there is.
    """
    if Path(name).is_file():
        return Path(name)
    places = course_source()
    known = [*sorted(places.glob("notebooks/*.ipynb")), *sorted(places.glob("exercises/*.ipynb"))]
    for path in known:
        if path.stem == name:
            return path
    raise FileNotFoundError(
        f"no notebook '{name}'; the course has {', '.join(path.stem for path in known)}"
    )


def _screens(cells: list[Any]) -> list[list[Any]]:
    found: list[list[Any]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and re.match(r"#{1,2} ", cell.source) and found[-1]:
            found.append([])
        found[-1].append(cell)
    return [cells for cells in found if cells]
