"""The kinds of items, one small class each. A new kind is a new file here and a line in this
table.
"""

from __future__ import annotations

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.kinds.choice import ChoiceItem, ChoicesItem
from netcourse.assessment.exercise.kinds.decision import DecisionItem
from netcourse.assessment.exercise.kinds.number import NumberItem
from netcourse.assessment.exercise.kinds.order import OrderItem
from netcourse.assessment.exercise.kinds.point import PointItem
from netcourse.assessment.exercise.kinds.report import ReportItem
from netcourse.assessment.exercise.kinds.score import ScoreItem

KINDS: dict[str, type[Item]] = {
    "score": ScoreItem,
    "choice": ChoiceItem,
    "choices": ChoicesItem,
    "number": NumberItem,
    "point": PointItem,
    "order": OrderItem,
    "decision": DecisionItem,
    "report": ReportItem,
}
