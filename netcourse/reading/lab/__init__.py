"""How a lab is made: parameters, a figure that follows them, and the widget around both."""

from netcourse.reading.lab.lab import Lab, Question
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter, Range, Switch
from netcourse.reading.lab.prose import marks, numbers, story, teach

__all__ = [
    "Choice",
    "Lab",
    "LabFigure",
    "Model",
    "Parameter",
    "Question",
    "Range",
    "Switch",
    "marks",
    "numbers",
    "story",
    "teach",
]
