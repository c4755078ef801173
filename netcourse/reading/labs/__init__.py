"""The labs of the lessons: a plain model underneath, native controls, and a face that follows the hand."""

from netcourse.reading.labs.definitions import Definitions
from netcourse.reading.labs.knobs import Choice, Face, Knob, Model, Range, Switch
from netcourse.reading.labs.lab import Lab, Question
from netcourse.reading.labs.ladder import Ladder
from netcourse.reading.labs.liver_reference import LiverReference, liver_reference
from netcourse.reading.labs.small_lesion import SmallLesion
from netcourse.reading.labs.tour import Tour, tour
from netcourse.reading.labs.unknown_lesions import UnknownLesions, unknown_lesions

__all__ = [
    "Choice", "Definitions", "Face", "Knob", "Lab", "Ladder", "LiverReference", "Model", "Question", "Range", "SmallLesion", "Switch",
    "Tour", "UnknownLesions", "liver_reference", "tour", "unknown_lesions",
]  # fmt: skip
