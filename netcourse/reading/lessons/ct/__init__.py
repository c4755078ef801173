"""Lesson 01: phases of CT."""

from netcourse.reading.lessons.cards import ct_card, phase_table, report_card
from netcourse.reading.lessons.ct.build_protocol import BuildProtocol
from netcourse.reading.lessons.ct.oral_agent import OralAgent
from netcourse.reading.lessons.ct.over_time import OverTime
from netcourse.reading.lessons.ct.pages import figure_2, model_agrees
from netcourse.reading.lessons.ct.time_lab import TimeLab
from netcourse.reading.lessons.ct.who_is_missed import WhoIsMissed

__all__ = [
    "BuildProtocol",
    "OralAgent",
    "OverTime",
    "TimeLab",
    "WhoIsMissed",
    "ct_card",
    "figure_2",
    "model_agrees",
    "phase_table",
    "report_card",
]
