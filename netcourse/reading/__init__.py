"""The reading room: the PET/CT viewer, what one measures in it, and the labs of the lessons."""

from netcourse.reading.prose import krenning_card, marks, numbers, story, teach
from netcourse.reading.scanning import scanned
from netcourse.reading.viewer import Marker, Viewer
from netcourse.reading.voi import VoiMeasurement, measure

__all__ = [
    "Marker", "Viewer", "VoiMeasurement", "krenning_card", "marks", "measure", "numbers", "scanned", "story", "teach",
]  # fmt: skip
