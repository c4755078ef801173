"""`number`: a value with a unit, typed or taken from a VOI; full within the tolerance, then in a
line to nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import Item, Judgement, Key, finite
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.registry import check_expression
from netcourse.assessment.keys.truth import Truth
from netcourse.evidence import figure

Measure = Literal["suv_max", "suv_mean", "suv_peak", "volume_ml", "hu_mean", "time_s"]
MEASURES: dict[str, str] = {
    "suv_max": "SUVmax",
    "suv_mean": "SUVmean",
    "suv_peak": "SUVpeak",
    "volume_ml": "volume",
    "hu_mean": "mean",
    "time_s": "time",
}


class NumberItem(Item):
    """A number in a unit; `measure` lets the learner fill it from a VOI, or take the second of a
    slice over time.
    """

    by_error: ClassVar[bool] = True
    how_to_answer: ClassVar[str] = "a number"
    directed: ClassVar[bool] = True

    kind: Literal["number"]
    key_: str = Field(
        alias="key", description='an expression that gives a number, like "suv_max(L1)"'
    )
    unit: str = Field(max_length=20, description='a unit like "SUV", "mm" or "" for none')
    tolerance: float | str | None = Field(
        default=None,
        description=(
            "a number in the item's unit or an expression; without it the course's share of the key"
        ),
    )
    measure: Measure | None = Field(default=None, description=f"one of {', '.join(MEASURES)}")

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        yield "key", self.key_

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        if isinstance(self.tolerance, str):
            for problem in check_expression(self.tolerance, lesions):
                yield "tolerance", problem
        elif self.tolerance is not None and self.tolerance <= 0:
            yield (
                "tolerance",
                f"is {self.tolerance:g}; allowed is a number above 0 or an expression",
            )

    @override
    def key(self, truth: Truth) -> Key:
        found, asked = truth.asked(self.key_)
        if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
            raise ExpressionError(f"'{self.key_}' gives {found!r}; a number is wanted")
        self.allowance(float(found), truth)
        return Key(float(found), asked)

    def allowance(self, key: float, truth: Truth) -> float:
        """Return the tolerance in the item's unit; ExpressionError where it is not above 0."""
        if self.tolerance is None:
            allowed = abs(key) * figure("assessment.number.tolerance").value
        else:
            allowed = (
                truth.value(self.tolerance) if isinstance(self.tolerance, str) else self.tolerance
            )
        if isinstance(allowed, bool) or not isinstance(allowed, int | float) or not allowed > 0:
            raise ExpressionError(
                f"tolerance is {allowed!r} in this case; it must be a number above 0"
            )
        return float(allowed)

    @override
    def accept(self, value: object) -> float:
        return finite(value)

    @override
    def judge(self, value: float, key: Key, truth: Truth) -> Judgement:
        allowed = self.allowance(key.value, truth)
        off = abs(value - key.value)
        beyond = max(0.0, off - allowed - 1e-9) / (
            allowed * (figure("assessment.number.zero_at").value - 1)
        )
        share = max(0.0, 1 - beyond)
        if share == 1:
            return Judgement(
                1.0, f"Within the tolerance of ±{allowed:.2g} {self.unit}.".replace(" .", ".")
            )
        over = value > key.value
        note = (
            f"{off:.1f} {self.unit} too {'high' if over else 'low'}; the tolerance is"
            f" ±{allowed:.2g} {self.unit}.".replace("  ", " ")
        )
        return Judgement(share, note.replace(" .", "."), "over" if over else "under")

    @override
    def words(self, value: float, truth: Truth | None = None) -> str:
        return f"{value:.1f} {self.unit}".rstrip()

    @override
    def compared(self, value: Any, error: str) -> Hashable:
        return error

    @override
    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        return {"right": "right", "under": "too low", "over": "too high"}

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        take = "Use this second" if self.measure == "time_s" else "Use my VOI"
        return {
            "unit": self.unit,
            "measure": self.measure,
            "measures": MEASURES.get(self.measure or "", ""),
            "take": take,
        }
