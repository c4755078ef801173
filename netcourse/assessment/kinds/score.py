"""`score`: an ordinal class 0–4. Half credit one class away; over- and under-call kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.expressions import ExpressionError
from netcourse.assessment.items import Item, Judgement, Key
from netcourse.assessment.truth import Asked, Truth
from netcourse.decisions import Decision, Variant, krenning
from netcourse.evidence import figure
from netcourse.patients import Uptake

LEVELS = (0, 1, 2, 3, 4)

# The lowest class that reaches the uptake threshold of therapy (D2). "Equal to liver" has a class of its
# own only in the planar definition.
_THERAPY_FROM = {"pet": 3, "visual": 3, "planar": 2}


class ScoreItem(Item):
    """A class from 0 to 4, keyed by a rule: `key = "krenning(L1)"`."""

    how_to_answer: ClassVar[str] = "a whole number from 0 to 4"

    kind: Literal["score"]
    key_: str = Field(alias="key", description='an expression that gives a class from 0 to 4, like "krenning(L1)"')

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        yield "key", self.key_

    @override
    def key(self, truth: Truth) -> Key:
        found, asked = truth.asked(self.key_)
        if isinstance(found, Decision) and not found.decided:
            raise ExpressionError(f"'{self.key_}': cannot decide, need {', '.join(found.missing)}")
        level = found.score if isinstance(found, Decision) else found
        if isinstance(level, bool) or level not in LEVELS:
            raise ExpressionError(f"'{self.key_}' gives {level}; a score is one of {', '.join(map(str, LEVELS))}")
        return Key(int(level), asked)

    @override
    def accept(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in LEVELS:
            raise ValueError(f"'{value}' is no score; allowed is {self.how_to_answer}")
        return value

    @override
    def judge(self, value: int, key: Key, truth: Truth) -> Judgement:
        off = value - key.value
        if off == 0:
            return Judgement(1.0)
        asked = key.asked[0] if key.asked else None
        direction = "over" if off > 0 else "under"
        if asked and value in neighbours(asked):
            band = figure("krenning.borderline").value * 100
            low, high = sorted((value, key.value))
            note = f"The lesion lies within {band:.0f} % of the border between {low} and {high}: both count in full."
            return Judgement(1.0, note, direction)
        share = figure("assessment.score.one_off").value if abs(off) == 1 else 0.0
        much = "One class" if abs(off) == 1 else f"{abs(off)} classes"
        note = f"{much} too {'high: an over-call' if off > 0 else 'low: an under-call'}."
        return Judgement(share, note, direction, changes_management=asked is not None and _across_therapy(value, asked))

    @override
    def words(self, value: int, truth: Truth | None = None) -> str:
        return str(value)

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        return {"levels": list(LEVELS)}


def neighbours(asked: Asked) -> frozenset[int]:
    """Return the classes that a careful second reader might give a borderline lesion instead.

    They are what the rule says when SUVmax is moved, by the width of the borderline band, across the
    reference that it lies next to.
    """
    if "borderline" not in asked.decision.flags:
        return frozenset()
    key = asked.decision.score
    return frozenset(level for level in _beside(asked.uptake, asked.variant) if abs(level - key) == 1)


@lru_cache(maxsize=4096)
def _beside(uptake: Uptake, variant: Variant) -> tuple[int, int]:
    """The classes of the same lesion read higher and lower by the width of the borderline band."""
    band, step = figure("krenning.borderline").value, 1e-6
    higher, lower = uptake.suv_max / (1 - band) * (1 + step), uptake.suv_max / (1 + band) * (1 - step)
    up, down = (krenning(uptake.model_copy(update={"suv_max": to}), variant).score for to in (higher, lower))
    return up, down


def _across_therapy(value: int, asked: Asked) -> bool:
    """Whether the answer and the lesion lie on two sides of the uptake threshold of therapy."""
    threshold = _THERAPY_FROM[asked.variant]
    liver = asked.uptake.liver
    if asked.variant == "planar" or not liver or "liver unreliable" in asked.decision.flags:
        truly = asked.decision.score >= threshold
    else:
        truly = asked.uptake.suv_max / liver >= figure("prrt.uptake.lesion_to_liver").value
    return (value >= threshold) != truly
