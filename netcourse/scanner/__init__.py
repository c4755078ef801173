"""The synthetic scanner: a patient in, a study out."""

from netcourse.scanner.lesions import positions
from netcourse.scanner.physics import Physics
from netcourse.scanner.scan import MODALITIES, scan
from netcourse.scanner.study import Study, Volume

__all__ = ["MODALITIES", "Physics", "Study", "Volume", "positions", "scan"]
