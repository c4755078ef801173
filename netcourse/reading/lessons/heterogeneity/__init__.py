"""Lesson 04: two tracers, two clones."""

from netcourse.reading.lessons.cards import heterogeneity_card
from netcourse.reading.lessons.heterogeneity.biopsy_lab import BiopsyLab, biopsy_lab
from netcourse.reading.lessons.heterogeneity.cold_clone import ColdClone
from netcourse.reading.lessons.heterogeneity.dual_tracer import (
    DualTracer,
    DualTracerLab,
    dual_tracer,
)
from netcourse.reading.lessons.heterogeneity.pages import (
    before_and_after,
    figure_4,
    survival_by_netpet,
)
from netcourse.reading.lessons.heterogeneity.synthetic_trial import SyntheticTrial
from netcourse.reading.lessons.heterogeneity.therapy_lab import TherapyLab
from netcourse.reading.lessons.heterogeneity.two_counts import TwoCounts

__all__ = [
    "BiopsyLab",
    "ColdClone",
    "DualTracer",
    "DualTracerLab",
    "SyntheticTrial",
    "TherapyLab",
    "TwoCounts",
    "before_and_after",
    "biopsy_lab",
    "dual_tracer",
    "figure_4",
    "heterogeneity_card",
    "survival_by_netpet",
]
