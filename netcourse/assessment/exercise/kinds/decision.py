"""`decision`: the verdict of a clinical rule, and the reasons that carry it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag
from typing_extensions import override

from netcourse.assessment.exercise.item import RIGHT, YOURS, Judgement, Key, no_evidence
from netcourse.assessment.exercise.kinds.options import OptionsItem, TickedOption
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.problems import did_you_mean
from netcourse.assessment.keys.registry import check_decision
from netcourse.assessment.keys.truth import Truth
from netcourse.decisions.core import Decision, Weight
from netcourse.evidence import figure

Verdict = Annotated[str, Field(min_length=1, max_length=60)]
VerdictText = Annotated[str, Field(min_length=1, max_length=300)]
Verdicts = Annotated[
    Annotated[dict[Verdict, VerdictText], Field(min_length=2, max_length=8), Tag("table")]
    | Annotated[list[Verdict], Field(min_length=2, max_length=8), Tag("list")],
    Discriminator(lambda given: "list" if isinstance(given, list) else "table"),
]


class ReasonOption(TickedOption):
    """A reason to tick.

    With `rule` it carries the verdict if that rule stands among the decision's reasons (among those
    that carry it, where the decision names them) with a weight other than "information" and, where
    `status` is given, with that status; without `status` any will do, "unknown" too, since what
    could not be known may be what decided. With `when` it carries it if the expression is true.
    With neither it never does.
    """

    rule: str | None = Field(
        default=None, description='the id of a rule among the reasons of the decision, like "KP3"'
    )
    status: Literal["met", "not met", "unknown"] | None = Field(
        default=None,
        description='"met", "not met" or "unknown": how the rule must stand, beside rule',
    )
    when: str | None = Field(
        default=None,
        description='an expression that is true where the reason holds, like "size_mm(L1) < 10"',
    )


class DecisionItem(OptionsItem):
    """A verdict out of several, and a tick at each reason that carries it.

    The verdict is worth assessment.decision.verdict of the points and the reasons the rest, in
    proportion to (right ticks − wrong ticks) / reasons that carry, never below nothing; a wrong
    tick weighs assessment.choices.wrong. Reasons beside a wrong verdict are told and earn nothing.
    An error changes management where the two verdicts stand in different classes of `management`; a
    verdict in none of them changes nothing.
    """

    how_to_answer: ClassVar[str] = "a list: the verdict, then the ids of the reasons that carry it"
    shows_decision: ClassVar[bool] = True
    options_field: ClassVar[str] = "reasons"
    one_option: ClassVar[str] = "reason"

    kind: Literal["decision"]
    key_: str = Field(
        alias="key", description='an expression that asks a rule, like "krenning(L1)"'
    )
    verdicts: Verdicts = Field(
        description=(
            '2 to 8 verdicts: a table with texts of 1 to 300 characters, { "3" = "Above liver", …'
            ' }, or a list, ["3", "4", …]'
        )
    )
    reasons: list[ReasonOption] = Field(
        min_length=2,
        max_length=10,
        description=(
            "2 to 10 reasons, each with id and text, and rule or when where it may carry the"
            " verdict"
        ),
    )
    management: list[list[Verdict]] = Field(
        default_factory=list,
        description=(
            'classes of verdicts that are managed alike, like [["3", "4"], ["0", "1", "2"]]'
        ),
    )

    @property
    @override
    def all_options(self) -> Sequence[ReasonOption]:
        return self.reasons

    @property
    def verdict_texts(self) -> dict[str, str]:
        """The verdicts in the order of the page, each with its text."""
        return (
            {verdict: verdict for verdict in self.verdicts}
            if isinstance(self.verdicts, list)
            else self.verdicts
        )

    @property
    @override
    def at_stake(self) -> str:
        return "the patient would be managed otherwise" if self.management else ""

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        yield "key", self.key_
        for reason in self.reasons:
            if reason.when is not None:
                yield self.place(reason), reason.when

    @override
    def texts(self) -> Iterator[tuple[str, str]]:
        yield from super().texts()
        for verdict, text in self.verdict_texts.items():
            yield f"verdicts '{verdict}'", text

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        yield from (("key", problem) for problem in check_decision(self.key_, lesions))
        if isinstance(self.verdicts, list) and (
            twice := sorted({one for one in self.verdicts if self.verdicts.count(one) > 1})
        ):
            yield "verdicts", f"{', '.join(twice)} stands twice"
        if not any(reason.rule or reason.when for reason in self.reasons):
            yield (
                "reasons",
                (
                    'none can carry the verdict; give those that may rule = "a rule\'s id" or when'
                    ' = "expression"'
                ),
            )
        for reason in self.reasons:
            if reason.rule is not None and reason.when is not None:
                yield self.place(reason), "has both rule and when; give one of them"
            if reason.status is not None and reason.rule is None:
                yield (
                    f"{self.place(reason)}.status",
                    "stands beside no rule; it says how that rule must stand",
                )
            if reason.rule is not None and (missing := no_evidence(reason.rule)):
                yield f"{self.place(reason)}.rule", missing
        yield from self._management_problems()

    def _management_problems(self) -> Iterator[tuple[str, str]]:
        listed = [verdict for alike in self.management for verdict in alike]
        known = list(self.verdict_texts)
        for verdict in dict.fromkeys(listed):
            if verdict not in known:
                yield (
                    "management",
                    (
                        f"'{verdict}' is no verdict here{did_you_mean(verdict, known)}; verdicts"
                        f" are {', '.join(known)}"
                    ),
                )
            if listed.count(verdict) > 1:
                yield "management", f"'{verdict}' stands twice; a verdict belongs to one class"
        if len(self.management) == 1 or not all(self.management):
            yield "management", "needs at least two classes with a verdict in each, or none at all"

    @override
    def key(self, truth: Truth) -> Key:
        decision, asked = truth.asked(self.key_)
        if not isinstance(decision, Decision):
            raise ExpressionError(
                f"'{self.key_}' gives {decision!r}; the answer of a rule is wanted", field="key"
            )
        verdicts = self.verdict_texts
        if decision.verdict not in verdicts:
            said = f"'{self.key_}' gives '{decision.verdict}' in this case, which is not listed"
            raise ExpressionError(f"{said}; verdicts are {', '.join(verdicts)}", field="verdicts")
        carry = [reason.id for reason in self.reasons if self._carries(reason, decision, truth)]
        if not carry:
            raise ExpressionError(
                f"none carries the verdict '{decision.verdict}' of this case; at least one must",
                field="reasons",
            )
        return Key((decision.verdict, *carry), asked)

    def _carries(self, reason: ReasonOption, decision: Decision, truth: Truth) -> bool:
        if reason.when is not None:
            holds, _ = truth.asked(reason.when)
            if not isinstance(holds, bool):
                text = f"'{reason.when}' is neither true nor false; compare it with something"
                raise ExpressionError(text, field=self.place(reason))
            return holds
        if decision.carried_by and reason.rule not in decision.carried_by:
            return False
        return any(
            one.rule == reason.rule
            and one.weight is not Weight.INFORMATION
            and reason.status in (None, one.status)
            for one in decision.reasons
        )

    @override
    def accept(self, value: object) -> tuple[str, ...]:
        verdict, *reasons = value if isinstance(value, list | tuple) and value else [value]
        known = list(self.verdict_texts)
        if not isinstance(verdict, str) or verdict not in known:
            raise ValueError(
                f"'{verdict}' is no verdict here; allowed is {self.how_to_answer}; verdicts are"
                f" {', '.join(known)}"
            )
        return (verdict, *self.known_set(reasons))

    @override
    def judge(self, value: tuple[str, ...], key: Key, truth: Truth) -> Judgement:
        (verdict, *ticked), (right_verdict, *carry) = value, key.value
        right = len(set(ticked) & set(carry))
        wrong = len(ticked) - right
        found = f"{right} of {len(carry)} found" + (f", {wrong} ticked wrongly" if wrong else "")
        if verdict != right_verdict:
            note = (
                "Reasons beside a wrong verdict earn nothing (of those that carry the right one:"
                f" {found})."
            )
            return Judgement(
                0.0, note, changes_management=self._managed_otherwise(verdict, right_verdict)
            )
        reasons = max(0.0, (right - figure("assessment.choices.wrong").value * wrong) / len(carry))
        lost = (1 - figure("assessment.decision.verdict").value) * (1 - reasons)
        return Judgement(
            1 - lost,
            "" if reasons == 1 else f"The verdict is right. Reasons that carry it: {found}.",
        )

    def _managed_otherwise(self, verdict: str, right: str) -> bool:
        classes = {one: n for n, alike in enumerate(self.management) for one in alike}
        return verdict in classes and right in classes and classes[verdict] != classes[right]

    @override
    def told(
        self, value: tuple[str, ...], key: Key, truth: Truth, correct: bool
    ) -> Iterator[tuple[str, str]]:
        texts = {one: truth.fill(text) for one, text in self.verdict_texts.items()}
        yield YOURS, texts[value[0]]
        if value[0] != key.value[0]:
            yield RIGHT, texts[key.value[0]]

    @override
    def in_detail(
        self, value: tuple[str, ...], key: Key, truth: Truth
    ) -> Iterator[tuple[str, str]]:
        ticked, carry = value[1:], key.value[1:]
        for id in carry:
            yield (
                "What carries it",
                self.text_of(id, truth) + ("" if id in ticked else " (not ticked)"),
            )
        for id in ticked:
            if id not in carry:
                why = self.because([id], truth)
                yield "What does not", f"{self.text_of(id, truth)}{f': {why}' if why else ''}"

    @override
    def compared(self, value: Any, error: str) -> Hashable:
        return str(value[0])

    @override
    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        return {id: truth.fill(text) for id, text in self.verdict_texts.items()}

    @override
    def words(self, value: tuple[str, ...], truth: Truth | None = None) -> str:
        verdict, *reasons = value
        text = self.verdict_texts[verdict]
        why = "; ".join(self.text_of(id, truth) for id in reasons)
        return f"{truth.fill(text) if truth else text} (because: {why or 'no reason ticked'})"

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        verdicts = [
            {"id": verdict, "text": truth.fill(text)}
            for verdict, text in self.verdict_texts.items()
        ]
        return {"verdicts": verdicts, **super().control(truth)}
