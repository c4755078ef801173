"""The reading room: the PET/CT viewer, what one measures in it, and the labs of the lessons."""

from netcourse.reading.cards import ct_card, heterogeneity_card, krenning_card, phase_table, rads_card, report_card
from netcourse.reading.prose import marks, numbers, story, teach
from netcourse.reading.scanning import scanned
from netcourse.reading.tracer_tables import approval_table, preparation_table, tracer_card, tracer_table
from netcourse.reading.two_scans import scans_compared
from netcourse.reading.viewer import Marker, Viewer
from netcourse.reading.voi import VoiMeasurement, measure

__all__ = [
    "Marker", "Viewer", "VoiMeasurement", "approval_table", "ct_card", "heterogeneity_card", "krenning_card", "marks", "measure",
    "numbers", "phase_table", "preparation_table", "rads_card", "report_card", "scanned", "scans_compared", "story", "teach",
    "tracer_card", "tracer_table",
]  # fmt: skip
