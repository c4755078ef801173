"""The viewer, and what one measures in it."""

from netcourse.reading.viewer.scanning import scanned
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.reading.viewer.voi import VoiMeasurement, measure

__all__ = ["Marker", "Viewer", "VoiMeasurement", "measure", "scanned"]
