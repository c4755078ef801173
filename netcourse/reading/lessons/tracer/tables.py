"""The tables and the card of lesson 02: tracers, approvals, preparation and which tracer when, all
out of the tracers' own data.
"""

from __future__ import annotations

from html import escape

from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.tracer import approved, scan_dose_msv, tracer_rules
from netcourse.evidence import Figure, figure, source, statement
from netcourse.evidence.tracers import REGIONS, Tracer, tracers
from netcourse.patients import resolution_mm
from netcourse.reading.lab.prose import Prose, table, titles, with_mark

_AGENCIES = {"fda": "USA (FDA)", "ema": "Europe (EMA, else by country)"}
_HOUR = 60
_EXCEPTIONS = ("TR4", "TR5", "TR6")


def tracer_table() -> Prose:
    """Return the tracers side by side: half-life, resolution, activity, uptake time, dose, where
    each comes from.
    """
    plain, rows = [], []
    for id, row in tracers().items():
        activity, uptake = (
            figure(name) if name else None for name in (row.activity, row.uptake_time)
        )
        dose = f"{scan_dose_msv(id):.1f}" if row.dose and row.activity else "–"
        sharp = f"{_sharpness(id, row):g}"
        marks = "".join(dict.fromkeys(str(one.mark) for one in (activity, uptake) if one))
        cells = (
            row.name,
            _time(row.half_life_min),
            sharp,
            _range(activity),
            _time(uptake.value) if uptake else "–",
            dose,
            row.supply,
            marks,
        )
        plain.append(
            f"{cells[0]}: half-life {cells[1]}, {sharp} mm FWHM, {cells[3]} MBq, scan after"
            f" {cells[4]}, {dose} mSv, {row.supply} [{marks}]"
        )
        rows.append((f"<strong>{escape(cells[0])}</strong>", *(escape(cell) for cell in cells[1:])))
    head = (
        "Tracer",
        "Half-life",
        "Resolution, mm",
        "Activity, MBq",
        "Scan after",
        "Dose, mSv",
        "Comes from",
        "Marks",
    )
    found = [
        figure(name)
        for row in tracers().values()
        for name in (row.activity, row.uptake_time, row.dose)
        if name
    ]
    return Prose(
        "\n".join(plain),
        table(head, rows) + _foot(titles(found), "Resolution is this course's (T)."),
    )


def approval_table() -> Prose:
    """Return who approved what, tracer by tracer, agency by agency."""
    plain, rows = [], []
    for id, row in tracers().items():
        cells = [_approved(id, row, region) for region in REGIONS]
        plain.append(
            f"{row.name}: "
            + "; ".join(
                f"{region.upper()} {cell}" for region, cell in zip(REGIONS, cells, strict=True)
            )
        )
        rows.append((f"<strong>{escape(row.name)}</strong>", *(escape(cell) for cell in cells)))
    ids = [
        id for row in tracers().values() for region in REGIONS for id in row.licence(region).source
    ]
    names = "; ".join(dict.fromkeys(source(id).title for id in ids))
    return Prose(
        "\n".join(plain),
        table(("Tracer", *_AGENCIES.values()), rows)
        + _foot(names, "Approvals change: look them up."),
    )


def preparation_table() -> Prose:
    """Return what the patient does before each kind of scan."""
    named: dict[str, list[str]] = {}
    for row in tracers().values():
        for id in row.preparation:
            named.setdefault(id, []).append(row.name)
    found = {id: statement(id) for id in named}
    plain = "\n".join(
        f"{', '.join(named[id])}: {says.in_words} [{says.mark}]" for id, says in found.items()
    )
    rows = [(escape(", ".join(named[id])), with_mark(says)) for id, says in found.items()]
    return Prose(
        plain, table(("Tracer", "Before the scan"), rows) + _foot(titles(list(found.values())))
    )


def tracer_card() -> Prose:
    """Return the card to keep of lesson 02: tumour or question, first test, then; the exceptions
    marked.
    """
    plain, rows = [], []
    for rule in tracer_rules():
        first = " + ".join(rule.first) + "".join(f" or {test}" for test in rule.equal)
        first += "".join(
            f" (+ {extra.test} where asked for)"
            for extra in {extra.test: extra for extra in rule.plus}.values()
        )
        then = (
            ", then ".join(
                dict.fromkeys(
                    f"{step.test}{' where it applies' if step.when else ''}" for step in rule.second
                )
            )
            or "–"
        )
        mark = statement(rule.id).mark
        what = f"{'Exception: ' if rule.id in _EXCEPTIONS else ''}{rule.in_words}"
        plain.append(f"{what}: {first}; {then} [{mark}]")
        rows.append((escape(what), f"<strong>{escape(first)}</strong>", escape(then), mark))
    notes = "".join(f"<p>{with_mark(statement(id))}</p>" for id in ("TR24", "TR25", "TL4"))
    shown = table(("Tumour or question", "First", "Then", "Mark"), rows)
    sources = titles([statement(rule.id) for rule in tracer_rules()])
    return Prose(
        "\n".join(plain),
        f"<div><h4>Which tracer: the card</h4>{shown}{notes}{_foot(sources)}</div>",
    )


def _sharpness(id: str, row: Tracer) -> float:
    if row.camera == "SPECT":
        return figure("spect.fwhm").value
    return resolution_mm(id) if row.target != "glp1" else figure(f"pet.fwhm.{row.nuclide}").value  # type: ignore[arg-type]


def _approved(id: str, row: Tracer, region: str) -> str:
    licence = row.licence(region)  # type: ignore[arg-type]
    named = ", ".join(str(part) for part in (licence.product, licence.year) if part)
    return f"{approved(id, region).verdict}{f' ({named})' if named else ''} {licence.mark}"  # type: ignore[arg-type]


def _time(minutes: float) -> str:
    return f"{minutes:g} min" if minutes < 2 * _HOUR else f"{minutes / _HOUR:.3g} h"


def _range(found: Figure | None) -> str:
    if found is None:
        return "–"
    ends = [end for end in (found.low, found.high) if end is not None]
    return f"{found.value:g}{f' ({ends[0]:g}–{ends[1]:g})' if len(ends) == 2 else ''}"


def _foot(sources: str, more: str = "") -> str:
    return (
        "<details><summary><small>Sources;"
        f" {DISCLAIMER}</small></summary><p><small>{escape(sources)}. {more}</small></p></details>"
    )
