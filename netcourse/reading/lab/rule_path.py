"""A decision drawn from its own rules: every rule in order, those asked so far, the one that
decided, the rest in grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from netcourse.reading.lab.drawing import INK, LINE, SOFT, line, rect, text

_ROW, _LINE, _LEFT, _MIDDLE, _WIDE = 23.0, 15.0, 10.0, 540.0, 850.0
_YES, _NO, _OPEN, _GREY = "#17602f", "#8c1d18", "#8a4b00", "#8596a7"


@dataclass(frozen=True)
class Step:
    """One rule: its id, its condition in words, what it asks for, and whether it holds for this
    patient.

    `asked` False: an earlier rule had decided. `holds` None: not known.
    """

    id: str
    condition: str
    answer: str
    asked: bool
    holds: bool | None = None


def path(steps: Sequence[Step], top: float = 10.0) -> tuple[str, float]:
    """Return the drawing of the path from top to bottom, and its height; what is long stands in two
    lines.
    """
    drawn, y = [], top
    for row, step in enumerate(steps):
        lit = step.asked and step.holds
        ink, weight = INK if step.asked else _GREY, 600 if lit else 400
        condition, answer = wrap(step.condition, 56 if lit else 62), wrap(step.answer, 38)
        high = _ROW + _LINE * (max(len(condition), len(answer)) - 1)
        if lit:
            drawn.append(
                rect(_LEFT - 4, y - 2, _WIDE - _LEFT, high - 2, fill="#eaf1f8", stroke="#1f5f99")
            )
        if step.asked and row:
            drawn.append(line(_LEFT + 14, y - 6, _LEFT + 14, y, stroke=SOFT, width=2))
        sign, colour = _sign(step)
        drawn += [
            text(_LEFT + 14, y + 14, sign, size=14, fill=colour, anchor="middle", weight=700),
            text(_LEFT + 34, y + 14, step.id, size=12, fill=SOFT if step.asked else _GREY),
            line(
                _MIDDLE + 4,
                y + 10,
                _MIDDLE + 20,
                y + 10,
                stroke="#1f5f99" if lit else LINE,
                width=2,
            ),
            *(
                text(_LEFT + 84, y + 14 + _LINE * i, words, size=13, fill=ink, weight=weight)
                for i, words in enumerate(condition)
            ),
            *(
                text(
                    _MIDDLE + 28,
                    y + 14 + _LINE * i,
                    words,
                    size=13,
                    fill=ink if lit else _GREY,
                    weight=700 if lit else 400,
                )
                for i, words in enumerate(answer)
            ),
        ]
        y += high
    return "".join(drawn), y + 6


def in_words(steps: Sequence[Step]) -> str:
    """Say the path: how many rules were asked in vain and which one decided."""
    asked = [step for step in steps if step.asked]
    decided = next((step for step in asked if step.holds), None)
    unknown = ", ".join(step.id for step in asked if step.holds is None)
    words = f"{len([step for step in asked if step.holds is False])} rules do not hold"
    words += f"; not known: {unknown}" if unknown else ""
    return words + (
        f"; {decided.id} decides: {decided.condition}, then {decided.answer}."
        if decided
        else "; none decides."
    )


def _sign(step: Step) -> tuple[str, str]:
    if not step.asked:
        return "·", _GREY
    return {True: ("✓", _YES), False: ("✕", _NO), None: ("?", _OPEN)}[step.holds]
