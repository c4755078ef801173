"""Tables of the report: as HTML for its pages, and as CSV that a spreadsheet can take and that
cannot run anything there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite


def cell(value: object) -> str:
    """Return a cell's text; one that a spreadsheet would take for a formula is made plain text.

    >>> cell("=1+1"), cell(2.5), cell(True), cell(None)
    ("'=1+1", '2.5', 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = str(value)
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV below a row of names; every cell is made harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def table(head: Sequence[str], rows: str, kind: str = "") -> str:
    """Return a table as HTML: its head in words, its rows as made by `row`."""
    return f'<table class="{kind}">{_head(head)}<tbody>{rows}</tbody></table>'


def _head(head: Sequence[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return f"<thead><tr>{cells}</tr></thead>"


def row(first: str, *cells: object) -> str:
    """Return a row of a table as HTML, headed by the first cell; what is not finite is a dash."""
    shown = ("–" if isinstance(cell, float) and not isfinite(cell) else cell for cell in cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in shown)}</tr>'
