"""The synthetic body: a volume of tissue labels for one patient."""

from netcourse.scanner.anatomy.build import Anatomy, build
from netcourse.scanner.anatomy.labels import labels, number

__all__ = ["Anatomy", "build", "labels", "number"]
