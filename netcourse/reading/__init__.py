"""The reading room: the PET/CT viewer, what one measures in it, and the labs of the lessons."""

from netcourse.reading.lab.prose import marks, numbers, story, teach
from netcourse.reading.viewer.scanning import scanned
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.reading.viewer.voi import VoiMeasurement, measure

__all__ = [
    "Marker",
    "Viewer",
    "VoiMeasurement",
    "marks",
    "measure",
    "numbers",
    "scanned",
    "story",
    "teach",
]
