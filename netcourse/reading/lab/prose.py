"""What lessons say out of the evidence store: sentences, marks and cards, each with source and how
sure we are.

>>> teach("KP5")
KP5 [T] Inside the liver the background is the liver: a lesion that equals it is nearly invisible, and one that is colder scores 1, not 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from netcourse.evidence import (
    Figure,
    Mark,
    Statement,
    cite,
    figure,
    figures,
    local_changes,
    source,
    statement,
)
from netcourse.patients import Patient


@dataclass(frozen=True)
class Prose:
    """Text that shows as HTML in a notebook and as plain lines elsewhere."""

    plain: str
    html: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_html_(self) -> str:
        return self.html

    def folded(self, summary: str) -> Prose:
        """Return the same behind a line to press; the plain lines stand open."""
        shown = f"<details><summary>{escape(summary)}</summary>{self.html}</details>"
        return Prose(self.plain, shown)


def teach(*ids: str) -> Prose:
    """Return statements (KP2, D1, …) as the course teaches them; KeyError for an unknown id."""
    found = [statement(id) for id in ids]
    return Prose(
        "\n".join(f"{s.id} [{s.mark}] {s.in_words}" for s in found),
        "".join(_statement(s) for s in found),
    )


def numbers(*ids: str, fold: str = "") -> Prose:
    """Return figures as a table: what it is, value with range, source and mark; a prefix stands for
    all below it.

    With `fold`, its words are shown and the table opens below them.

    >>> numbers("krenning.borderline")
    Borderline band around liver and spleen: 0.1 fraction of the reference [T]
    """
    found = [entry for id in ids for entry in list(figures(id).values()) or [figure(id)]]
    rows = [(entry.label, _value(entry), entry) for entry in found]
    shown = table(
        ("Figure", "Value", "Source"),
        [(escape(label), escape(value), cited(entry)) for label, value, entry in rows],
    )
    whole = Prose(
        "\n".join(f"{label}: {value} [{entry.mark}]" for label, value, entry in rows), shown
    )
    return whole.folded(fold) if fold else whole


def marks() -> Prose:
    """Return what the marks S, V, K and T mean, and L where an institution set figures of its own."""
    shown = [mark for mark in Mark if mark is not Mark.L or local_changes()]
    rows = [(f"<strong>{mark}</strong>", escape(mark.meaning)) for mark in shown]
    return Prose(
        "\n".join(f"{mark}: {mark.meaning}" for mark in shown), table(("Mark", "Meaning"), rows)
    )


def story(patient: Patient) -> Prose:
    """Return a patient's history as the referral that comes with the scan."""
    words = (
        f"<p><strong>{escape(patient.title)}</strong></p><p>{escape(patient.history.story)}</p><p><small>Synthetic"
        " patient</small></p>"
    )
    return Prose(f"{patient!r}\n{patient.history.story}", f"<blockquote>{words}</blockquote>")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table read from left to right; notebooks would set it to the right."""
    left = ' style="text-align: left; vertical-align: top"'
    names = "".join(f"<th{left}>{name}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td{left}>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


# What a sentence rests on, in a word or two; the whole source opens below it.
_RESTS_ON = {
    Mark.S: "source",
    Mark.V: "source",
    Mark.K: "source, not checked",
    Mark.T: "chosen for teaching",
}


def _statement(found: Statement) -> str:
    note = f"<br><em>Note: {escape(found.corrected)}</em>" if found.corrected else ""
    return (
        f"<blockquote><p>{escape(found.in_words)}</p><details><summary><small>"
        f"{_RESTS_ON[found.mark]}</small></summary><small>{found.id}: {cited(found)}{note}</small>"
        "</details></blockquote>"
    )


def cited(entry: Figure | Statement) -> str:
    """Return the source and mark of an entry, as HTML."""
    return escape(cite(entry))


def with_mark(found: Statement) -> str:
    """Return a statement with its mark, as HTML."""
    return (
        f'{escape(found.in_words)} <abbr title="{escape(found.mark.meaning)}">{found.mark}</abbr>'
    )


def _value(entry: Figure) -> str:
    spread = (
        f" ({entry.low:g} to {entry.high:g})"
        if entry.low is not None and entry.high is not None
        else ""
    )
    return f"{entry.value:g} {entry.unit}{spread}"


def titles(entries: Sequence[Any]) -> str:
    """Return the titles of all sources of some entries, each once."""
    return "; ".join(dict.fromkeys(source(id).title for entry in entries for id in entry.source))
