"""The cards to keep, one per lesson, and the tables they are made of: all out of evidence and the
rules' own data.
"""

from __future__ import annotations

from html import escape

from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.ct import ct_protocols, report_checklist
from netcourse.decisions.ct.needs import (
    CT_PHASES,
    ORAL_WORDS,
    PHASE_RULE,
    CtPhase,
    phase_words,
    spread,
    window,
)
from netcourse.decisions.somatostatin import rads_categories
from netcourse.evidence import Figure, Statement, figures, statement
from netcourse.reading.lab.prose import Prose, cited, table, titles, with_mark


def krenning_card() -> Prose:
    """Return the card to keep of lesson 03: score, what it says, SSTR-RADS level, what comes
    next.
    """
    levels = figures("krenning.rads_level")
    plain, rows = [], []
    for score in range(5):
        says, then = statement(f"KC{score}"), statement(f"KN{score}")
        level = f"{levels[str(score)].value:g}" if str(score) in levels else "–"
        plain.append(
            f"{score} (level {level}): {says.in_words} [{says.mark}] {then.in_words} [{then.mark}]"
        )
        rows.append((f"<strong>{score}</strong>", with_mark(says), level, with_mark(then)))
    entries: list[Figure | Statement] = [
        statement(f"K{kind}{score}") for kind in "CN" for score in range(5)
    ]
    shown = table(("Score", "What it says", "SSTR-RADS uptake level", "What next"), rows)
    foot = (
        f"<p><small>Levels: {cited(levels['1'])}. Other sources: {escape(titles(entries))}."
        f" {DISCLAIMER}.</small></p>"
    )
    return Prose(
        "\n".join(plain), f"<div><h4>Krenning score on PET: the card</h4>{shown}{foot}</div>"
    )


def rads_card() -> Prose:
    """Return the card to keep of lesson 03b: category, what it means, what comes next, what it says
    to radioligand therapy.
    """
    plain, rows, entries = [], [], []
    for id, row in rads_categories().items():
        found = statement(row.statement)
        plain.append(f"{id}: {row.meaning}. Next: {row.work_up}. PRRT: {row.prrt}. [{found.mark}]")
        rows.append(
            (
                f"<strong>{id}</strong>",
                escape(row.meaning),
                escape(row.work_up),
                escape(row.prrt),
                str(found.mark),
            )
        )
        entries.append(found)
    shown = table(("SSTR-RADS", "What it means", "What next", "Radioligand therapy", "Mark"), rows)
    notes = "".join(
        f"<p>{with_mark(statement(id))}</p>" for id in ("RD10", "RD12", "RD13", "D21", "D22")
    )
    return Prose(
        "\n".join(plain),
        f"<div><h4>SSTR-RADS 1.0: the card</h4>{shown}{notes}{_foot(entries)}</div>",
    )


def phase_table() -> Prose:
    """Return the phases of CT: when they start, by both clocks, and what each shows."""
    plain, rows = [], []
    for phase in CT_PHASES:
        says = statement(PHASE_RULE[phase])
        clocks = (
            ("–", "–")
            if phase == "unenhanced"
            else (spread(window(phase)), spread(window(phase, "tracked")))
        )
        name = phase_words(phase).capitalize()
        plain.append(
            f"{name}: {clocks[0]}, {clocks[1]} after the trigger. {says.in_words} [{says.mark}]"
        )
        rows.append((f"<strong>{name}</strong>", *clocks, with_mark(says)))
    head = ("Phase", "After the start of the injection", "After the trigger", "What it shows")
    return Prose(
        "\n".join(plain),
        table(head, rows) + _foot([statement(PHASE_RULE[phase]) for phase in CT_PHASES]),
    )


def report_card() -> Prose:
    """Return what a CT report must say, line by line."""
    lines = report_checklist()
    plain = "\n".join(f"□ {found.in_words} [{found.mark}]" for found in lines.values())
    return Prose(
        plain,
        table(("", "Say"), [("□", with_mark(found)) for found in lines.values()])
        + _foot(list(lines.values())),
    )


def heterogeneity_card() -> Prose:
    """Return the card to keep of lesson 04: the four quadrants of two tracers and what each asks
    for.
    """
    quadrants = {
        "FDG+ SSR−": ("JR4",),
        "FDG+ SSR+": ("JR2", "JR3"),
        "FDG− SSR−": ("JR5",),
        "FDG− SSR+": ("JR1",),
    }
    plain = [
        f"{name}: {statement(id).in_words} [{statement(id).mark}]"
        for name, ids in quadrants.items()
        for id in ids
    ]
    cells = [
        f"<strong>{name}</strong><br>" + "<br>".join(with_mark(statement(id)) for id in ids)
        for name, ids in quadrants.items()
    ]
    shown = table(("no receptors", "receptors"), [cells[:2], cells[2:]])
    rules = ("NP8", "HB1", "HB3", "HB4", "HB5", "HB7")
    notes = "".join(f"<p>{with_mark(statement(id))}</p>" for id in rules)
    entries: list[Figure | Statement] = [
        statement(id) for ids in (*quadrants.values(), rules) for id in ids
    ]
    plain += [f"{statement(id).in_words} [{statement(id).mark}]" for id in rules]
    return Prose(
        "\n".join(plain), f"<div><h4>Two tracers: the card</h4>{shown}{notes}{_foot(entries)}</div>"
    )


def ct_card() -> Prose:
    """Return the card to keep of lesson 01: question, phases, seconds, what is drunk."""
    plain, rows = [], []
    for needs in ct_protocols().values():
        phases = [
            " or ".join(_with_seconds(phase) for phase in need.any_of) for need in needs.needs
        ]
        drink = ORAL_WORDS[needs.oral.any_of[0]]
        plain.append(f"{needs.name}: {'; '.join(phases)}; {drink}")
        name, mark = needs.name[0].upper() + needs.name[1:], statement(needs.statement).mark
        rows.append(
            (f"<strong>{escape(name)}</strong>", escape("; ".join(phases)), escape(drink), mark)
        )
    head = ("Question", "Phases, seconds after the start of the injection", "By mouth", "Mark")
    notes = "".join(f"<p>{with_mark(statement(id))}</p>" for id in ("S19", "EP1", "S14", "IV3"))
    sources: list[Figure | Statement] = [
        statement(needs.statement) for needs in ct_protocols().values()
    ]
    return Prose(
        "\n".join(plain),
        "<div><h4>CT of neuroendocrine tumours: the"
        f" card</h4>{table(head, rows)}{notes}{_foot(sources)}</div>",
    )


def _with_seconds(phase: CtPhase) -> str:
    return (
        phase_words(phase)
        if phase == "unenhanced"
        else f"{phase_words(phase)} {spread(window(phase))}"
    )


def _foot(entries: list[Statement] | list[Figure | Statement]) -> str:
    return f"<p><small>Sources: {escape(titles(entries))}. {DISCLAIMER}.</small></p>"
