"""Where the sources of radioligand therapy part: what each says, from when, and what the course
takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from netcourse.evidence import Figure, figure, source, statement


@dataclass(frozen=True)
class Position:
    """What one source says: its name, its year where it has one, the number with its unit, and how
    sure we are of it.
    """

    source: str
    year: int | None
    says: str
    mark: str


@dataclass(frozen=True)
class Disagreement:
    """A question on which sources part, each position, what the course takes in numbers (`takes`),
    and why (`course`).
    """

    id: str
    question: str
    positions: tuple[Position, ...]
    takes: str
    course: str


_QUESTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "D4": (
        "Creatinine clearance",
        (
            "netter1.crcl_stop",
            "course.crcl_ok",
            "elsewhere.crcl_lutia",
            "elsewhere.crcl_lux",
            "ema.crcl_stop",
            "netter2.crcl_stop",
            "ema.crcl_never",
            "fda.crcl_ok",
        ),
    ),
    "D5": (
        "Blood counts",
        (
            "course.hb_min",
            "elsewhere.hb_lutia",
            "course.hb_caution",
            "elsewhere.wbc_saf",
            "elsewhere.wbc_lutia",
            "elsewhere.anc_lux",
            "elsewhere.platelets_saf",
            "elsewhere.platelets_imp",
            "elsewhere.platelets_lutia",
        ),
    ),
    "D6": ("Albumin", ("course.albumin_min", "course.inr_max")),
    "D7": ("AST and ALT", ("course.transaminases_ok", "course.transaminases_max")),
    "D8": ("Grade and Ki-67", ("netter1.ki67_max", "course.ki67_max")),
    "D9": ("Progression", ("course.progression_months", "course.first_line_ki67")),
    "D13": (
        "Analogue before a cycle",
        (
            "course.long_ssa_days",
            "elsewhere.long_ssa_older",
            "course.short_ssa_hours",
            "elsewhere.short_ssa_lux",
        ),
    ),
    "D18": (
        "Kidney dose",
        ("kidney.limit.ebrt", "kidney.limit.with_risk", "kidney.limit.without_risk"),
    ),
}
# What the course takes, in numbers: names in braces are its own limits.
_TAKES = {
    "D4": (
        "{crcl_ok} and more: no objection. {crcl_strong} to below {crcl_ok}: board. {crcl_stop} to"
        " below {crcl_strong}: board, strong doubt. Below {crcl_stop} mL/min: stop."
    ),
    "D5": (
        "Haemoglobin below {hb_min} g/dL: wait. White cells below {wbc_min}: wait, to below"
        " {wbc_ok}: board; neutrophils below {anc_min}: wait. Platelets below {platelets_min}:"
        " wait, to below {platelets_ok}: board (all × 10⁹/L)."
    ),
    "D6": "Albumin below {albumin_min} g/L: board; with an INR above {inr_max}: stop.",
    "D7": (
        "Up to {transaminases_ok}: no objection. To {transaminases_max}: board. Above"
        " {transaminases_max} × ULN: stop."
    ),
    "D8": "NET G3 up to a Ki-67 of {ki67_max} %: board. Above, and NEC: stop.",
    "D9": (
        "Progression within {progression_months} months, or symptoms that resist, or first line at"
        " a Ki-67 from {first_line_ki67} %."
    ),
    "D13": "{long_ssa_days} days and {short_ssa_hours} hours.",
    "D18": (
        "{kidney.limit.with_risk} Gy BED with hypertension or diabetes, {kidney.limit.without_risk}"
        " without."
    ),
}
_NAME = re.compile(r"\{([a-z0-9_.]+)\}")


def prrt_disagreements() -> tuple[Disagreement, ...]:
    """Return every question on which the sources part.

    >>> [one.id for one in prrt_disagreements()]
    ['D4', 'D5', 'D6', 'D7', 'D8', 'D9', 'D13', 'D18']
    >>> [(position.year, position.says) for position in prrt_disagreements()[0].positions][-4]
    (2024, 'Creatinine clearance, not recommended below 40 mL/min')
    >>> prrt_disagreements()[2].takes
    'Albumin below 30 g/L: board; with an INR above 1.5: stop.'
    """
    return tuple(
        Disagreement(
            id,
            question,
            _all_positions(names),
            _NAME.sub(_course_limit, _TAKES[id]),
            statement(id).in_words,
        )
        for id, (question, names) in _QUESTIONS.items()
    )


def _all_positions(names: tuple[str, ...]) -> tuple[Position, ...]:
    """Every position once: a source that stands behind two figures of the same number is heard
    once.
    """
    found: dict[tuple[str, float, str], Position] = {}
    for entry in map(_figure, names):
        for position in _positions(entry):
            found.setdefault((position.source, entry.value, entry.unit), position)
    return tuple(found.values())


def _course_limit(name: re.Match[str]) -> str:
    return f"{_figure(name[1] if '.' in name[1] else f'course.{name[1]}').value:g}"


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
