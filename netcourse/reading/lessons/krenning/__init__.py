"""Lesson 03: the Krenning score."""

from netcourse.reading.lessons.cards import krenning_card
from netcourse.reading.lessons.krenning.definitions import Definitions
from netcourse.reading.lessons.krenning.ladder import Ladder
from netcourse.reading.lessons.krenning.liver_reference import LiverReference, liver_reference
from netcourse.reading.lessons.krenning.small_lesion import SmallLesion
from netcourse.reading.lessons.krenning.unknown_lesions import UnknownLesions, unknown_lesions

__all__ = [
    "Definitions",
    "Ladder",
    "LiverReference",
    "SmallLesion",
    "UnknownLesions",
    "krenning_card",
    "liver_reference",
    "unknown_lesions",
]
