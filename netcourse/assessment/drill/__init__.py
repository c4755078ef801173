"""The drill: unmarked scans signed one by one, each marked at once, with a learning curve.

`case` says what is to be found, `scoring` what a reading is worth, `ability` which case comes next,
`topics` what a lesson's round is about, `log` keeps the readings, `curve` shows how the reader
learns. `screen`, the page, and `signs`, its legend, are loaded at their first use, so that marking
needs no Jupyter.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netcourse.assessment.drill.ability import Ability, Choice, ability, next_case, round_case
from netcourse.assessment.drill.case import DrillCase, drill_case
from netcourse.assessment.drill.curve import Curve
from netcourse.assessment.drill.log import DrillLog
from netcourse.assessment.drill.scoring import CaseScore, Mark, Reading, perfect, score
from netcourse.assessment.drill.topics import TOPICS, Topic

if TYPE_CHECKING:
    from netcourse.assessment.drill.screen import Drill, drill
    from netcourse.assessment.drill.signs import legend

__all__ = [
    "TOPICS",
    "Ability",
    "CaseScore",
    "Choice",
    "Curve",
    "Drill",
    "DrillCase",
    "DrillLog",
    "Mark",
    "Reading",
    "Topic",
    "ability",
    "drill",
    "drill_case",
    "legend",
    "next_case",
    "perfect",
    "round_case",
    "score",
]


_SHOWN = {"Drill": "screen", "drill": "screen", "legend": "signs"}


def __getattr__(name: str) -> Any:
    if name in _SHOWN:
        return getattr(import_module(f"{__name__}.{_SHOWN[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
