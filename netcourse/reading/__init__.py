"""The reading room: the PET/CT viewer, what one measures in it, and the labs of the lessons."""

from netcourse.reading.board_tables import board_heard, shortest_paths
from netcourse.reading.cards import (
    ct_card,
    heterogeneity_card,
    krenning_card,
    phase_table,
    rads_card,
    report_card,
)
from netcourse.reading.prose import marks, numbers, story, teach
from netcourse.reading.prrt_tables import (
    disagreement_table,
    five_answers,
    prrt_card,
    reasons,
    rulebook_table,
    surveillance_table,
    trial_table,
)
from netcourse.reading.response_page import figure_3, response_table
from netcourse.reading.scanning import scanned
from netcourse.reading.tracer_tables import (
    approval_table,
    preparation_table,
    tracer_card,
    tracer_table,
)
from netcourse.reading.two_scans import scans_compared
from netcourse.reading.viewer import Marker, Viewer
from netcourse.reading.voi import VoiMeasurement, measure

__all__ = [
    "Marker",
    "Viewer",
    "VoiMeasurement",
    "approval_table",
    "board_heard",
    "ct_card",
    "disagreement_table",
    "figure_3",
    "five_answers",
    "heterogeneity_card",
    "krenning_card",
    "marks",
    "measure",
    "numbers",
    "phase_table",
    "preparation_table",
    "prrt_card",
    "rads_card",
    "reasons",
    "report_card",
    "response_table",
    "rulebook_table",
    "scanned",
    "scans_compared",
    "shortest_paths",
    "story",
    "surveillance_table",
    "teach",
    "tracer_card",
    "tracer_table",
    "trial_table",
]
