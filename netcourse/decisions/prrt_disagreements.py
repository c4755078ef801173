"""Where the sources of radioligand therapy part: what each says, from when, and what the course takes."""

from __future__ import annotations

from dataclasses import dataclass

from netcourse.evidence import Figure, figure, source, statement


@dataclass(frozen=True)
class Position:
    """What one source says: its name, its year where it has one, the number with its unit, and how sure we are of it."""

    source: str
    year: int | None
    says: str
    mark: str


@dataclass(frozen=True)
class Disagreement:
    """A question on which sources part, each position, and the course's."""

    id: str
    question: str
    positions: tuple[Position, ...]
    course: str


_QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "D4": (
        "Creatinine clearance",
        ("course.crcl_ok", "netter1.crcl_stop", "elsewhere.crcl_lutia", "elsewhere.crcl_lux", 
            "ema.crcl_stop", "netter2.crcl_stop", "fda.crcl_ok"),
    ),
    "D5": (
        "Blood counts",
        (
            "course.hb_min", "elsewhere.hb_lutia", "course.hb_caution", "elsewhere.wbc_saf", "elsewhere.wbc_lutia", "elsewhere.anc_lux",
            "elsewhere.platelets_saf", "elsewhere.platelets_imp", "elsewhere.platelets_lutia",
        ),
    ),
    "D6": ("Albumin", ("course.albumin_min", "course.inr_max")),
    "D7": ("AST and ALT", ("course.transaminases_ok", "course.transaminases_max")),
    "D8": ("Grade and Ki-67", ("netter1.ki67_max", "course.ki67_max")),
    "D9": ("Progression", ("course.progression_months", "course.first_line_ki67")),
    "D13": (
        "Analogue before a cycle",
        ("course.long_ssa_days", "elsewhere.long_ssa_older", "course.short_ssa_hours", "elsewhere.short_ssa_lux"),
    ),
    "D18": ("Kidney dose", ("kidney.limit.ebrt", "kidney.limit.with_risk", "kidney.limit.without_risk")),
}  # fmt: skip


def prrt_disagreements() -> tuple[Disagreement, ...]:
    """Return every question on which the sources part.

    >>> [one.id for one in prrt_disagreements()]
    ['D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'D13', 'D18']
    >>> [(position.year, position.says) for position in prrt_disagreements()[0].positions][-3]
    (2024, 'Creatinine clearance, not recommended below 40 mL/min')
    """
    return tuple(
        Disagreement(id, question, tuple(position for name in names for position in _positions(_figure(name))), statement(id).in_words)
        for id, (question, names) in _QUESTIONS.items()
    )


def _figure(name: str) -> Figure:
    return figure(name if name.startswith("kidney.") else f"prrt.{name}")


def _positions(entry: Figure) -> list[Position]:
    """One position per source of a figure but the course's own."""
    name, _, limit = entry.label.rpartition(": ")
    whole = f"{name.split(',')[0]}, {limit}" if name and not name.startswith("NETTER") else limit
    says = f"{whole} {entry.value:g} {entry.unit}".strip()
    found = []
    for id in entry.source:
        if id != "course":
            where = source(id)
            found.append(Position(where.title, where.year, says, entry.mark.value))
    return found
