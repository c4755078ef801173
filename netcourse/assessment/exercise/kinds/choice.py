"""`choice` and `choices`: one option holds, or several do. What holds is asked of the case, or is a
cited fact.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import Bar, Judgement, Key
from netcourse.assessment.exercise.kinds.options import OptionsItem, TickedOption
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.truth import Asked, Truth, once
from netcourse.evidence import figure

_HOLDS = (
    "an expression, like \"flagged(krenning(L1), 'no spleen')\", or true for a fact that the item's"
    " evidence states"
)


class ChoiceOption(TickedOption):
    """An option of a `choice`: exactly one must hold."""

    when: str | Literal[True] | None = Field(default=None, description=_HOLDS)

    @property
    def holds(self) -> str | bool:
        """The expression that says whether it holds, or the fact itself."""
        return self.when or False


class ChoicesOption(TickedOption):
    """An option of `choices`: each is true or false by itself."""

    true: str | bool = Field(description=_HOLDS.replace("true for", "true or false for"))

    @property
    def holds(self) -> str | bool:
        """The expression that says whether it is true, or the fact itself."""
        return self.true


class _Keyed(OptionsItem):
    """What both kinds share: options that are keyed one by one."""

    @property
    @override
    def all_options(self) -> Sequence[ChoiceOption | ChoicesOption]:
        raise NotImplementedError

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        for option in self.all_options:
            if isinstance(option.holds, str):
                yield self.place(option), option.holds

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        if any(option.holds is True for option in self.all_options) and not self.evidence:
            yield (
                "evidence",
                (
                    "is missing; an option that is true as a fact needs the statement or figure"
                    " that says so"
                ),
            )

    def _held(self, truth: Truth) -> tuple[list[str], tuple[Asked, ...]]:
        held: list[str] = []
        asked: list[Asked] = []
        for option in self.all_options:
            holds: Any = option.holds
            if isinstance(holds, str):
                holds, questions = truth.asked(holds)
                asked += questions
            if not isinstance(holds, bool):
                raise ExpressionError(
                    f"option '{option.id}': '{option.holds}' is neither true nor false; compare it"
                    " with something"
                )
            if holds:
                held.append(option.id)
        return held, once(asked)


class ChoiceItem(_Keyed):
    """One of several options."""

    how_to_answer: ClassVar[str] = "the id of one option"

    kind: Literal["choice"]
    options: list[ChoiceOption] = Field(
        min_length=2, max_length=8, description="2 to 8 options, each with id and text"
    )

    @property
    @override
    def all_options(self) -> Sequence[ChoiceOption]:
        return self.options

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        facts = [option.id for option in self.options if option.when is True]
        if not any(option.when for option in self.options):
            yield (
                "options",
                (
                    'no option holds; give one of them when = "expression", or when = true and'
                    " evidence"
                ),
            )
        elif len(facts) > 1:
            yield (
                "options",
                (
                    f"{' and '.join(facts)} are both true; exactly one option may hold, or use kind"
                    ' = "choices"'
                ),
            )

    @override
    def key(self, truth: Truth) -> Key:
        held, asked = self._held(truth)
        if len(held) != 1:
            raise ExpressionError(
                f"{len(held)} options hold in this case ({', '.join(held) or 'none'}); exactly one"
                " must"
            )
        return Key(held[0], asked)

    @override
    def accept(self, value: object) -> str:
        return self.known(value)

    @override
    def judge(self, value: str, key: Key, truth: Truth) -> Judgement:
        return Judgement(1.0 if value == key.value else 0.0, self.because([value], truth))

    @override
    def guesses(self, keys: Sequence[Any], truth: Truth) -> Iterable[Any]:
        return self.possible(truth)

    @override
    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        return {option.id: truth.fill(option.text) for option in self.options}

    @override
    def words(self, value: str, truth: Truth | None = None) -> str:
        return self.text_of(value, truth)


class ChoicesItem(_Keyed):
    """Any number of options; a wrong tick takes away what a right one gives, never below
    nothing.
    """

    how_to_answer: ClassVar[str] = "a list of option ids"

    kind: Literal["choices"]
    options: list[ChoicesOption] = Field(
        min_length=2, max_length=8, description="2 to 8 options, each with id, text and true"
    )

    @property
    @override
    def all_options(self) -> Sequence[ChoicesOption]:
        return self.options

    @override
    def key(self, truth: Truth) -> Key:
        held, asked = self._held(truth)
        if not held:
            raise ExpressionError("no option is true in this case; at least one must be")
        return Key(tuple(held), asked)

    @override
    def accept(self, value: object) -> tuple[str, ...]:
        return self.known_set(value)

    @override
    def judge(self, value: tuple[str, ...], key: Key, truth: Truth) -> Judgement:
        right = len(set(value) & set(key.value))
        wrong = len(value) - right
        share = max(
            0.0, (right - figure("assessment.choices.wrong").value * wrong) / len(key.value)
        )
        missed = len(key.value) - right
        words = [f"{right} of {len(key.value)} found"] if right else []
        words += [f"{wrong} ticked wrongly"] if wrong else []
        note = (", ".join(words) + ".") if words and (wrong or missed) else ""
        wrongly = [id for id in value if id not in key.value]
        return Judgement(
            share, " ".join(part for part in (note, self.because(wrongly, truth)) if part)
        )

    @override
    def guesses(self, keys: Sequence[Any], truth: Truth) -> Iterable[Any]:
        ids = [option.id for option in self.options]
        return [ticks for n in range(1, len(ids) + 1) for ticks in combinations(ids, n)]

    @override
    def bars(
        self, counts: Mapping[tuple[Any, Any], int], truth: Truth, told: bool = True
    ) -> Iterator[Bar]:
        of = sum(counts.values())
        several = len({right for right, _ in counts}) > 1
        for option in self.options:
            text = truth.fill(option.text)
            holds = {pair: n for pair, n in counts.items() if option.id in pair[0]}
            ticked = {pair: n for pair, n in counts.items() if option.id in pair[1]}
            if not told or not several:
                yield Bar(text, sum(ticked.values()), of, told and bool(holds))
                continue
            true = sum(holds.values())
            rightly = sum(n for pair, n in ticked.items() if pair in holds)
            if true:
                yield Bar(f"{text}: ticked where true", rightly, true, True)
            if true < of:
                yield Bar(
                    f"{text}: ticked where not true", sum(ticked.values()) - rightly, of - true
                )

    @override
    def words(self, value: tuple[str, ...], truth: Truth | None = None) -> str:
        return "; ".join(self.text_of(id, truth) for id in value) or "none of them"
