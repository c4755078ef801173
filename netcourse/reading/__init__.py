"""The reading room: the PET/CT viewer and what one measures in it."""

from netcourse.reading.viewer import Marker, Viewer
from netcourse.reading.voi import VoiMeasurement, measure

__all__ = ["Marker", "Viewer", "VoiMeasurement", "measure"]
