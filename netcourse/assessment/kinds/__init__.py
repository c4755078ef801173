"""The kinds of items, one small class each. A new kind is a new file here and a line in this
table.
"""

from __future__ import annotations

from netcourse.assessment.items import Item
from netcourse.assessment.kinds.choice import ChoiceItem, ChoicesItem
from netcourse.assessment.kinds.decision import DecisionItem
from netcourse.assessment.kinds.number import NumberItem
from netcourse.assessment.kinds.order import OrderItem
from netcourse.assessment.kinds.point import PointItem
from netcourse.assessment.kinds.report import ReportItem
from netcourse.assessment.kinds.score import ScoreItem

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
