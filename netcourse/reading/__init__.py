"""The reading room: the PET/CT viewer, what one measures in it, and the labs of the lessons."""

from netcourse.reading.cards import ct_card, heterogeneity_card, krenning_card, phase_table, report_card
from netcourse.reading.prose import marks, numbers, story, teach
from netcourse.reading.scanning import scanned
from netcourse.reading.viewer import Marker, Viewer
from netcourse.reading.voi import VoiMeasurement, measure

__all__ = [
    "Marker", "Viewer", "VoiMeasurement", "ct_card", "heterogeneity_card", "krenning_card", "marks", "measure", "numbers", "phase_table",
    "report_card", "scanned", "story", "teach",
]  # fmt: skip
