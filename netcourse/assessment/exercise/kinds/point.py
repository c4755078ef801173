"""`point`: mark the lesion in the pictures. Full on it, in part beside it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from math import dist
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import YOURS, Item, Judgement, Key, finite
from netcourse.assessment.keys.expressions import ExpressionError, parse
from netcourse.assessment.keys.truth import Point, Truth
from netcourse.evidence import figure


class PointItem(Item):
    """A place in the patient, (z, y, x) in mm, keyed by `position(lesion)` or, of one with two
    clones, `position(lesion, "B")`.
    """

    by_error: ClassVar[bool] = True
    how_to_answer: ClassVar[str] = "a point (z, y, x) in mm"

    kind: Literal["point"]
    key_: str = Field(
        alias="key", description='position(lesion), like "position(N1)", or position(lesion, "B")'
    )

    @property
    @override
    def hides_lesions(self) -> bool:
        return True

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        yield "key", self.key_

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        found = list(super().problems(lesions))
        yield from found
        if not any(field == "key" for field, _ in found):
            expression = parse(self.key_)
            if expression.functions != ("position",) or len(expression.lesions) != 1:
                yield (
                    "key",
                    (
                        f"is '{self.key_}'; allowed is position(lesion), like"
                        f' "position({lesions[0] if lesions else "N1"})"'
                    ),
                )

    @override
    def key(self, truth: Truth) -> Key:
        try:
            return Key(truth.value(self.key_))
        except KeyError as error:
            raise ExpressionError(f"'{self.key_}': the scanner knows no place of {error}") from None

    def radius_mm(self, truth: Truth) -> float:
        """Return how far from the lesion's centre, or from that of its part, a mark counts in
        full.
        """
        expression = parse(self.key_)
        lesion = truth.lesions[expression.lesions[0]]
        of_part = next(
            (part for part in lesion.parts if f'"{part}"' in self.key_ or f"'{part}'" in self.key_),
            None,
        )
        size = lesion.part_mm(of_part) if of_part else lesion.size_mm
        return max(size / 2, figure("assessment.point.floor").value)

    @override
    def accept(self, value: object) -> Point:
        if not isinstance(value, list | tuple) or len(value) != 3:
            raise ValueError(f"'{value}' is no point; allowed is {self.how_to_answer}")
        z, y, x = (finite(step) for step in value)
        return z, y, x

    @override
    def judge(self, value: Point, key: Key, truth: Truth) -> Judgement:
        away, radius = dist(value, key.value), self.radius_mm(truth)
        if away <= radius + 1e-9:
            return Judgement(1.0, f"Your mark lies on it, {away:.0f} mm from its centre.")
        near = away <= figure("assessment.point.near").value * radius + 1e-9
        note = (
            f"Your mark lies {away:.0f} mm from its centre; within {radius:.0f} mm counts in full."
        )
        return Judgement(figure("assessment.point.near_share").value if near else 0.0, note)

    @override
    def told(
        self, value: Point, key: Key, truth: Truth, correct: bool
    ) -> Iterator[tuple[str, str]]:
        if correct:
            yield YOURS, self.words(key.value, truth)
        else:
            yield from super().told(value, key, truth, correct)

    @override
    def compared(self, value: Any, error: str) -> Hashable:
        return error

    @override
    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        return {"right": "right", "near": "beside it", "elsewhere": "elsewhere"}

    @override
    def words(self, value: Point, truth: Truth | None = None) -> str:
        z, y, x = value
        if truth and value == self.key(truth).value:
            return truth.lesions[parse(self.key_).lesions[0]].where
        return f"z {z:.0f}, y {y:.0f}, x {x:.0f} mm"
