"""Lesson 05: eligibility for radioligand therapy."""

from netcourse.reading.lessons.prrt.eligibility import Eligibility
from netcourse.reading.lessons.prrt.kidney_dose import KidneyDose
from netcourse.reading.lessons.prrt.response_page import figure_3, response_table
from netcourse.reading.lessons.prrt.tables import (
    column_table,
    disagreement_table,
    five_answers,
    prrt_card,
    reasons,
    rulebook_table,
    surveillance_table,
    trial_table,
)

__all__ = [
    "Eligibility",
    "KidneyDose",
    "column_table",
    "disagreement_table",
    "figure_3",
    "five_answers",
    "prrt_card",
    "reasons",
    "response_table",
    "rulebook_table",
    "surveillance_table",
    "trial_table",
]
