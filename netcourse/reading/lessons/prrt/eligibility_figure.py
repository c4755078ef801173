"""The figure of the eligibility lab: five rulebooks side by side, and the way of one patient through
the order of the verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten

from netcourse.decisions.core import CANNOT_DECIDE, Decision, Status, Weight
from netcourse.decisions.prrt import PRRT_VERDICTS, criteria
from netcourse.decisions.prrt.criterion import (
    CONDITIONAL,
    DEFER,
    ELIGIBLE,
    NOT_ELIGIBLE,
    NOT_INDICATED,
)
from netcourse.reading.lab.drawing import INK, LINE, SOFT, line, rect, text

WIDE = 860
_GATES = (
    (NOT_INDICATED, "No reason to treat, or cure is possible?"),
    (NOT_ELIGIBLE, "Does anything stop it?"),
    (DEFER, "Is anything correctable first?"),
    (CONDITIONAL, "Is anything for the board?"),
    (ELIGIBLE, "None of these"),
)
# Sign, ink and ground of a verdict: each reads without colour by its sign and its words.
_LOOK = {
    ELIGIBLE: ("✓", "#17602f", "#e6f3ea"),
    CONDITIONAL: ("!", "#6f3c00", "#fff6ea"),
    DEFER: ("…", "#17497a", "#eaf1f8"),
    NOT_ELIGIBLE: ("✕", "#8c1d18", "#fbeceb"),
    NOT_INDICATED: ("–", "#35475a", "#eef1f4"),
    CANNOT_DECIDE: ("?", "#35475a", "#ffffff"),
}
_BOX, _GAP, _TOP, _ROW = 162.0, 8.5, 18.0, 28.0


def drawing(
    decisions: Mapping[str, Decision], names: Mapping[str, str], chosen: str
) -> tuple[str, int]:
    """Return the drawing and its height: a box per rulebook, and the way through the gates of the
    chosen one.
    """
    drawn = [_boxes(decisions, names, chosen)]
    top = _TOP + 80
    drawn.append(text(8, top, f"Decision path ({names[chosen]})", size=14, weight=600))
    decision = decisions[chosen]
    for row, (verdict, words) in enumerate(_GATES):
        drawn.append(_gate(top + 8 + _ROW * row, row, verdict, words, decision))
    return "".join(drawn), round(top + 8 + _ROW * len(_GATES) + 6)


def in_words(decisions: Mapping[str, Decision], names: Mapping[str, str], chosen: str) -> str:
    """Say the drawing."""
    said = "; ".join(f"{names[id]}: {one.verdict}" for id, one in decisions.items())
    carried = ", ".join(decisions[chosen].carried_by or ()) or "nothing"
    return (
        f"{said}. By {names[chosen]} the verdict is {decisions[chosen].verdict}, carried by"
        f" {carried}."
    )


def _boxes(decisions: Mapping[str, Decision], names: Mapping[str, str], chosen: str) -> str:
    drawn = []
    for place, (id, one) in enumerate(decisions.items()):
        x, (sign, ink, ground) = 8 + place * (_BOX + _GAP), _LOOK[one.verdict]
        picked = id == chosen
        drawn += [
            rect(x, _TOP, _BOX, 60, fill=ground, stroke=ink if picked else LINE),
            rect(x, _TOP, _BOX, 3, fill=ink) if picked else "",
            text(
                x + _BOX / 2,
                _TOP + 19,
                names[id],
                size=13,
                fill=SOFT,
                anchor="middle",
                weight=600 if picked else 400,
            ),
            text(
                x + _BOX / 2,
                _TOP + 39,
                f"{sign} {one.verdict}",
                size=15,
                fill=ink,
                anchor="middle",
                weight=700,
            ),
            text(
                x + _BOX / 2,
                _TOP + 55,
                _few(one.carried_by or ()),
                size=12,
                fill=SOFT,
                anchor="middle",
            ),
        ]
    return "".join(drawn)


def _few(rules: tuple[str, ...]) -> str:
    return ", ".join(rules[:3]) + (" …" if len(rules) > 3 else "")


def _gate(y: float, row: int, verdict: str, words: str, decision: Decision) -> str:
    """One gate: its question, what was found there, and its verdict, lit where this patient
    stops.
    """
    stops = decision.verdict == verdict
    open_ = decision.verdict == CANNOT_DECIDE
    reached = open_ or PRRT_VERDICTS.index(decision.verdict) >= row
    found, unknown = _found(decision, verdict)
    _, ink, ground = _LOOK[verdict]
    shade = INK if reached else "#6b7a89"
    drawn = (
        [rect(8, y, WIDE - 16, _ROW - 4, fill=ground, stroke=ink)]
        if stops
        else [rect(8, y, WIDE - 16, _ROW - 4, fill="#ffffff", stroke=LINE)]
    )
    if row and reached:
        drawn.append(line(24, y - 4, 24, y, stroke=INK, width=2.5))
    sign = ("?" if unknown and not found else "●") if stops or (found and reached) else "○"
    if open_:
        sign = "?" if unknown else "●" if found else "○"
    drawn += [
        text(
            24,
            y + 17,
            sign,
            size=13,
            fill=ink if stops or found else shade,
            anchor="middle",
            weight=700,
        ),
        text(40, y + 17, words, size=14, fill=shade, weight=600 if stops else 400),
        text(
            390, y + 17, _rules(found, unknown), size=13, fill=shade, weight=600 if found else 400
        ),
        text(
            WIDE - 22,
            y + 17,
            verdict,
            size=14,
            fill=ink if stops else shade,
            anchor="end",
            weight=700 if stops else 400,
        ),
    ]
    return "".join(drawn)


_OF = {
    NOT_INDICATED: ("E1", "E6"),
    NOT_ELIGIBLE: (Weight.ABSOLUTE,),
    DEFER: (Weight.DEFER,),
    CONDITIONAL: (Weight.RELATIVE,),
}


def _found(decision: Decision, verdict: str) -> tuple[list[str], list[str]]:
    """The criteria that are not met and those not known, of one gate."""
    if verdict == ELIGIBLE:
        return [], []
    gate = _OF[verdict]
    here = [
        one
        for one in decision.reasons
        if one.status is not Status.MET
        and (
            (one.rule in gate and one.weight is Weight.ABSOLUTE)
            if verdict == NOT_INDICATED
            else one.weight in gate
        )
    ]
    if verdict == NOT_ELIGIBLE:
        here = [one for one in here if one.rule not in _OF[NOT_INDICATED]]
    split: dict[Status, list[str]] = {Status.NOT_MET: [], Status.UNKNOWN: []}
    for one in here:
        split[one.status].append(one.rule)
    return split[Status.NOT_MET], split[Status.UNKNOWN]


def _rules(found: list[str], unknown: list[str]) -> str:
    """The criteria by id and name, as many as there is room for."""
    names = [f"{rule} {criteria()[rule].name}" for rule in found] + [
        f"{rule} {criteria()[rule].name}?" for rule in unknown
    ]
    return shorten(", ".join(names), 46, placeholder=" …")
