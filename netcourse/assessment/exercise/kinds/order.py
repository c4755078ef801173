"""`order`: entries brought into the right order. The page lists them in it, as a cited fact, or a
number of the case gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import RIGHT, YOURS, Judgement, Key
from netcourse.assessment.exercise.kinds.options import Option, OptionsItem
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.registry import check_expression
from netcourse.assessment.keys.truth import Asked, Truth, once
from netcourse.evidence import figure

Pair = tuple[str, str]


class OrderOption(Option):
    """One entry to put in its place."""

    by: str | None = Field(
        default=None,
        description=(
            'an expression that gives a number, like "suv_max(L1)", in every option or in none'
        ),
    )


class OrderItem(OptionsItem):
    """Entries from first to last.

    Without `by` the options stand in their right order in the page, a fact for which `evidence` is
    cited. With `by` each has a number, `direction` says how they are sorted, and two whose numbers
    differ by no more than `tie` may stand either way.
    """

    how_to_answer: ClassVar[str] = "a list of all option ids, first to last"

    kind: Literal["order"]
    options: list[OrderOption] = Field(
        min_length=3,
        max_length=8,
        description="3 to 8 options, each with id and text: in their right order, or each with by",
    )
    direction: Literal["ascending", "descending"] | None = Field(
        default=None, description='"ascending" or "descending": how the numbers of by are sorted'
    )
    tie: float | str | None = Field(
        default=None,
        description=(
            "a number from 0 or an expression: the largest difference of by at which two entries"
            " may stand either way"
        ),
    )

    @property
    @override
    def all_options(self) -> Sequence[OrderOption]:
        return self.options

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        for option in self.options:
            if option.by is not None:
                yield self.place(option), option.by

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        sorted_by = [option for option in self.options if option.by is not None]
        for option in self.options:
            if sorted_by and option.by is None:
                yield (
                    self.place(option),
                    "has no by; give every option one, or none and list them in their right order",
                )
        if sorted_by and self.direction is None:
            yield (
                "direction",
                (
                    'is missing; allowed is "ascending" or "descending", by which the numbers are'
                    " sorted"
                ),
            )
        for field in () if sorted_by else ("direction", "tie"):
            if getattr(self, field) is not None:
                yield (
                    field,
                    "needs options with by; without it they stand in their right order in the page",
                )
        if not sorted_by and not self.evidence:
            yield (
                "evidence",
                (
                    "is missing; an order that the page lists needs the statement or figure that"
                    " says so"
                ),
            )
        if isinstance(self.tie, str):
            yield from (("tie", problem) for problem in check_expression(self.tie, lesions))
        elif self.tie is not None and self.tie < 0:
            yield "tie", f"is {self.tie:g}; allowed is a number from 0 or an expression"

    @override
    def key(self, truth: Truth) -> Key:
        places, asked = self._places(truth)
        if not self._pairs(places, truth):
            raise ExpressionError(
                "all entries tie in this case, so every order would be right", field="options"
            )
        return Key(tuple(sorted(places, key=places.__getitem__)), asked)

    @override
    def accept(self, value: object) -> tuple[str, ...]:
        ids = [option.id for option in self.options]
        given = list(value) if isinstance(value, list | tuple) else [value]
        found = [self.known(one) for one in given[: len(ids) + 1]]
        if sorted(found) != sorted(ids):
            raise ValueError(f"allowed is {self.how_to_answer}, each once: {', '.join(ids)}")
        return tuple(found)

    @override
    def judge(self, value: tuple[str, ...], key: Key, truth: Truth) -> Judgement:
        places, _ = self._places(truth)
        pairs = self._pairs(places, truth)
        right = sum(value.index(first) < value.index(second) for first, second in pairs)
        notes = (
            []
            if right == len(pairs)
            else [f"{right} of {len(pairs)} pairs stand in the right order."]
        )
        ties = [pair for pair in combinations(key.value, 2) if pair not in pairs]
        if ties:
            named = "; ".join(
                f"'{self.text_of(first, truth)}' and '{self.text_of(second, truth)}'"
                for first, second in ties
            )
            notes.append(f"Too near to tell apart, so either may come first: {named}.")
        return Judgement(order_share(right, len(pairs)), " ".join(notes))

    @override
    def told(
        self, value: tuple[str, ...], key: Key, truth: Truth, correct: bool
    ) -> Iterator[tuple[str, str]]:
        shown = value if correct else key.value
        for n, id in enumerate(shown, 1):
            yours = value.index(id) + 1
            heading = "" if n > 1 else YOURS if correct else RIGHT
            yield (
                heading,
                f"{n}. {self.text_of(id, truth)}" + (f" (yours: {yours})" if yours != n else ""),
            )

    @override
    def words(self, value: tuple[str, ...], truth: Truth | None = None) -> str:
        return "; ".join(f"{n}. {self.text_of(id, truth)}" for n, id in enumerate(value, 1))

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        drawn = super().control(truth)["options"]
        return {
            "options": sorted(drawn, key=lambda option: option["text"])
        }  # the order of the page may be the key

    def _places(self, truth: Truth) -> tuple[dict[str, float], tuple[Asked, ...]]:
        """The number by which each entry stands, lowest first, and what rules were asked for it."""
        places: dict[str, float] = {}
        asked: list[Asked] = []
        for n, option in enumerate(self.options):
            if option.by is None:
                places[option.id] = n
                continue
            try:
                number, questions = truth.number(option.by)
            except ExpressionError as error:
                raise ExpressionError(str(error), field=self.place(option)) from None
            places[option.id] = -number if self.direction == "descending" else number
            asked += questions
        return places, once(asked)

    def _pairs(self, places: Mapping[str, float], truth: Truth) -> set[Pair]:
        """The pairs of entries that do not tie, the one that comes first before the other."""
        near = self._near(truth) + 1e-9
        pairs = (sorted(pair, key=places.__getitem__) for pair in combinations(places, 2))
        return {(first, second) for first, second in pairs if places[second] - places[first] > near}

    def _near(self, truth: Truth) -> float:
        try:
            near = truth.number(self.tie)[0] if isinstance(self.tie, str) else self.tie or 0.0
        except ExpressionError as error:
            raise ExpressionError(str(error), field="tie") from None
        if near < 0:
            raise ExpressionError(
                f"is {near:g} in this case; it must be a number from 0", field="tie"
            )
        return near


def order_share(right: int, pairs: int) -> float:
    """Return the share of the points, 0 to 1, for `right` of the `pairs` of entries that do not
    tie.

    max(0, (right / pairs − z) / (1 − z)), with z from assessment.order.zero_at: what entries thrown
    at random reach on average. With z = 0.5 this is Kendall's tau over the pairs that do not tie,
    never below 0. It is 1 only when every pair stands right.

    >>> [round(order_share(right, 10), 2) for right in (10, 9, 7, 5, 0)]
    [1.0, 0.8, 0.4, 0.0, 0.0]
    """
    zero = figure("assessment.order.zero_at").value
    return max(0.0, (right / pairs - zero) / (1 - zero))
