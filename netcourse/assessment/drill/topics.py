"""What the rounds at the end of the lessons are about: which cases practise what a lesson taught."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netcourse.assessment.drill.case import DrillCase
from netcourse.decisions.somatostatin.next_step import BOARD, FDG

_NEAR = 1.25
"""An SUVmax within this factor of liver or spleen lies near a line of the Krenning score."""
_APART, _FEW, _SEVERAL = 2, 2, 3


@dataclass(frozen=True)
class Topic:
    """What a round practises, in words, and whether a case does."""

    words: str
    fits: Callable[[DrillCase], bool]


def _levels(case: DrillCase) -> list[int]:
    return [case.krenning(one.id) for one in case.targets]


def _near_a_line(case: DrillCase) -> bool:
    found = [case.findings[one.id].uptake for one in case.targets]
    lines = [(one.suv_max, line) for one in found for line in (one.liver, one.spleen)]
    return any(line is not None and 1 / _NEAR < hot / line < _NEAR for hot, line in lines)


TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        "ct_phases": Topic(
            "lesions of the liver, phase by phase",
            lambda case: any(one.in_liver for one in case.targets),
        ),
        "tracer_choice": Topic(
            "tumours that take little of the tracer, or another one",
            lambda case: any(level <= _FEW for level in _levels(case)) or FDG in case.steps,
        ),
        "krenning": Topic("uptake near a line of the score", _near_a_line),
        "sstr_rads": Topic("uptake that is no tumour", lambda case: bool(case.benign)),
        "heterogeneity": Topic(
            "lesions of one patient that differ",
            lambda case: max(levels := _levels(case), default=0) - min(levels, default=0) >= _APART,
        ),
        "prrt_eligibility": Topic(
            "scans that lead to the board, or not yet",
            lambda case: case.step.verdict in (BOARD, FDG),
        ),
        "tumour_board": Topic(
            "patients with several findings, not all of them tumour",
            lambda case: len(case.targets) >= _SEVERAL and bool(case.benign),
        ),
    }
)


def topic(id: str) -> Topic:
    """Return a topic by its id; KeyError names the others.

    >>> topic("krenning").words
    'uptake near a line of the score'
    """
    if id not in TOPICS:
        raise KeyError(f"no topic '{id}'; there are {', '.join(TOPICS)}")
    return TOPICS[id]
