"""Lesson 02: choice of tracer."""

from netcourse.reading.lessons.tracer.affinity import Affinity
from netcourse.reading.lessons.tracer.analogue import AnalogueOnBoard
from netcourse.reading.lessons.tracer.counts import CountsAndNoise
from netcourse.reading.lessons.tracer.day_planner import DayPlanner
from netcourse.reading.lessons.tracer.mips import FourScans, UptakeAtlas, tracer_scan
from netcourse.reading.lessons.tracer.tables import (
    approval_table,
    preparation_table,
    tracer_card,
    tracer_table,
)
from netcourse.reading.lessons.tracer.tracer_choice import TracerChoice
from netcourse.reading.lessons.tracer.two_scans import scans_compared

__all__ = [
    "Affinity",
    "AnalogueOnBoard",
    "CountsAndNoise",
    "DayPlanner",
    "FourScans",
    "TracerChoice",
    "UptakeAtlas",
    "approval_table",
    "preparation_table",
    "scans_compared",
    "tracer_card",
    "tracer_scan",
    "tracer_table",
]
