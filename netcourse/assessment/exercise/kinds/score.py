"""`score`: an ordinal class 0–4. Half credit one class away; over- and under-call kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import OWN_RIGHT, Bar, Item, Judgement, Key
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.truth import Asked, Truth
from netcourse.decisions.somatostatin import Variant, krenning
from netcourse.evidence import Figure, figure
from netcourse.patients import Uptake

LEVELS = (0, 1, 2, 3, 4)
_OFF = {
    -2: "2 or more too low",
    -1: "1 too low",
    0: OWN_RIGHT,
    1: "1 too high",
    2: "2 or more too high",
}

# The lowest class that reaches the uptake threshold of therapy (D2). "Equal to liver" has a class
# of its
# own only in the planar definition.
_THERAPY_FROM = {"pet": 3, "visual": 3, "planar": 2}


class ScoreItem(Item):
    """A class from 0 to 4, keyed by a rule: `key = "krenning(L1)"`."""

    how_to_answer: ClassVar[str] = "a whole number from 0 to 4"
    shows_decision: ClassVar[bool] = True
    directed: ClassVar[bool] = True

    kind: Literal["score"]
    key_: str = Field(
        alias="key", description='an expression that gives a class from 0 to 4, like "krenning(L1)"'
    )

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        yield "key", self.key_

    @override
    def key(self, truth: Truth) -> Key:
        level, asked = truth.number(self.key_)
        if level not in LEVELS:
            raise ExpressionError(
                f"'{self.key_}' gives {level:g}; a score is one of {', '.join(map(str, LEVELS))}"
            )
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
        if asked and value in neighbours(asked, truth):
            band = figure("krenning.borderline").value * 100
            low, high = sorted((value, key.value))
            note = (
                f"The lesion lies within {band:.0f} % of the border between {low} and {high}: both"
                " count in full."
            )
            return Judgement(1.0, note, direction)
        share = figure("assessment.score.one_off").value if abs(off) == 1 else 0.0
        much = "One class" if abs(off) == 1 else f"{abs(off)} classes"
        note = f"{much} too {'high: an over-call' if off > 0 else 'low: an under-call'}."
        return Judgement(
            share,
            note,
            direction,
            changes_management=asked is not None and _across_therapy(value, asked, truth),
        )

    @property
    @override
    def at_stake(self) -> str:
        return "the lesion crosses the uptake threshold of therapy"

    @override
    def consequence(self) -> tuple[str, Figure | None]:
        limit = figure("prrt.uptake.lesion_to_liver")
        return (
            (
                "This error moves the lesion across the uptake threshold of radioligand therapy"
                f" (lesion / liver {limit.value:g})."
            ),
            limit,
        )

    @override
    def words(self, value: int, truth: Truth | None = None) -> str:
        return str(value)

    @override
    def guesses(self, keys: Sequence[Any], truth: Truth) -> Iterable[Any]:
        return self.possible(truth)

    @override
    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        return {level: f"Score {level}" for level in LEVELS}

    @override
    def bars(
        self, counts: Mapping[tuple[Any, Any], int], truth: Truth, told: bool = True
    ) -> Iterator[Bar]:
        if not told or len({right for right, _ in counts}) < 2:
            yield from super().bars(counts, truth, told)
            return
        off: Counter[int] = Counter()
        for (right, given), n in counts.items():
            off[max(-2, min(2, given - right))] += n
        for step, words in _OFF.items():
            yield Bar(words, off[step], off.total(), step == 0)

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        return {"levels": list(LEVELS)}


def neighbours(asked: Asked, truth: Truth) -> frozenset[int]:
    """Return the classes that a careful second reader might give a borderline lesion instead.

    They are what the Krenning rule says when SUVmax is moved, by the width of the borderline band,
    across the reference that it lies next to. Another rule's classes have no such neighbours.
    """
    found = _krenning_input(asked, truth)
    if found is None or "borderline" not in asked.decision.flags:
        return frozenset()
    key = asked.decision.score
    return frozenset(level for level in _beside(*found) if abs(level - key) == 1)


def _krenning_input(asked: Asked, truth: Truth) -> tuple[Uptake, Variant] | None:
    """What the Krenning rule was asked with; None where the question went to another rule."""
    if asked.rule != "krenning" or asked.lesion is None:
        return None
    return truth.patient.uptake(truth.lesions[asked.lesion]), next(iter(asked.words), "pet")


@lru_cache(maxsize=4096)
def _beside(uptake: Uptake, variant: Variant) -> tuple[int, int]:
    """The classes of the same lesion read higher and lower by the width of the borderline band."""
    band, step = figure("krenning.borderline").value, 1e-6
    higher, lower = (
        uptake.suv_max / (1 - band) * (1 + step),
        uptake.suv_max / (1 + band) * (1 - step),
    )
    up, down = (
        krenning(uptake.model_copy(update={"suv_max": to}), variant).score for to in (higher, lower)
    )
    return up, down


def _across_therapy(value: int, asked: Asked, truth: Truth) -> bool:
    """Whether the answer and the lesion lie on two sides of the uptake threshold of therapy."""
    found = _krenning_input(asked, truth)
    if found is None:
        return False
    uptake, variant = found
    threshold = _THERAPY_FROM[variant]
    if variant == "planar" or not uptake.liver or "liver unreliable" in asked.decision.flags:
        truly = asked.decision.score >= threshold
    else:
        truly = uptake.suv_max / uptake.liver >= figure("prrt.uptake.lesion_to_liver").value
    return (value >= threshold) != truly
