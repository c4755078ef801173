"""What every item of an exercise has, whatever its kind; the kinds themselves live in `kinds/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from netcourse.assessment.keys.expressions import parse
from netcourse.assessment.keys.registry import check_expression
from netcourse.assessment.keys.truth import Asked, Truth, check_placeholders
from netcourse.evidence import Figure, figure, statement

ID = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,39}$")]
ID_RULE = "a word of letters, digits and _, at most 40"
YOURS, RIGHT = "Your answer", "Right is"  # headings of feedback


@dataclass(frozen=True)
class Key:
    """An item's right answer for one case, and the questions put to rules on the way to it."""

    value: Any
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """How an answer compares with the key: a share of the points, 0–1, and what kind of error it
    is.

    `direction` is "over" or "under"; `changes_management` marks an error after which the patient is
    managed otherwise.
    """

    share: float
    note: str = ""
    direction: str | None = None
    changes_management: bool = False


class Row(BaseModel):
    """A frozen record of an exercise file that refuses unknown fields and infinite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


@dataclass(frozen=True)
class Bar:
    """A row of what a class answered: in words, by how many of how many, and whether it is right."""

    words: str
    n: int
    of: int
    right: bool = False


OWN_RIGHT = "Right, each in their own variant"


class Item(Row, ABC):
    """One question. A kind adds its own fields and says how to accept, judge and show an answer.

    `shows_decision`: feedback shows all that the rules said for the key, not only what the item
    teaches. `directed`: an error is too high or too low. `by_error`: answers of a class are
    compared by how they erred, since no two need be the same.
    """

    how_to_answer: ClassVar[str]
    shows_decision: ClassVar[bool] = False
    by_error: ClassVar[bool] = False
    directed: ClassVar[bool] = False

    id: ID = Field(description=ID_RULE)
    kind: str = Field(description="a kind of item")
    case: str | None = Field(default=None, description="the id of one of the [[cases]]")
    title: str = Field(default="", max_length=60, description="two to five words for the overview")
    prompt: str = Field(
        min_length=1,
        max_length=1200,
        description="the question, 1 to 1200 characters, {placeholders} allowed",
    )
    objective: int | None = Field(
        default=None, ge=1, le=99, description="the number of one of the objectives, counted from 1"
    )
    points: float = Field(default=1.0, gt=0, le=20, description="a number above 0, at most 20")
    hint: str | None = Field(
        default=None, min_length=1, max_length=600, description="a text of 1 to 600 characters"
    )
    hint_cost: float = Field(
        default_factory=lambda: figure("assessment.hint.cost").value,
        ge=0,
        le=1,
        description="a share of the points from 0 to 1",
    )
    evidence: list[str] = Field(
        default_factory=list,
        description='a list of statement or figure ids, like ["D1", "krenning.borderline"]',
    )
    explain: str = Field(
        default="",
        max_length=1200,
        description="a text of at most 1200 characters, {placeholders} allowed",
    )
    shown: list[str] | None = Field(
        default=None,
        description=(
            'a list of lesion ids to mark in the pictures, like ["L1"]; without it those that the'
            " key names"
        ),
    )

    @abstractmethod
    def expressions(self) -> Iterator[tuple[str, str]]:
        """Yield field and text of every expression of the item."""

    @abstractmethod
    def key(self, truth: Truth) -> Key:
        """Return the right answer for one case; ExpressionError where there is none."""

    @abstractmethod
    def accept(self, value: object) -> Any:
        """Return an answer in its proper form; ValueError says what is allowed."""

    @abstractmethod
    def judge(self, value: Any, key: Key, truth: Truth) -> Judgement:
        """Compare an accepted answer with the key."""

    @abstractmethod
    def words(self, value: Any, truth: Truth | None = None) -> str:
        """Return an answer or a key's value as readers say it."""

    def told(self, value: Any, key: Key, truth: Truth, correct: bool) -> Iterator[tuple[str, str]]:
        """Yield the answer in words and the right one where it differs, each under a heading;
        `correct` is full credit.
        """
        said, right = self.words(value, truth), self.words(key.value, truth)
        beside = (
            "" if said == right else f". Exactly: {right}." if correct else f". Right is: {right}."
        )
        yield YOURS, f"{said}{beside}"

    def in_detail(self, value: Any, key: Key, truth: Truth) -> Iterator[tuple[str, str]]:
        """Yield, each under a heading, what else there is to say to an answer."""
        return iter(())

    @property
    def at_stake(self) -> str:
        """The end of the sentence "1 error changes management: …"; empty where no error here
        can.
        """
        return ""

    def consequence(self) -> tuple[str, Figure | None]:
        """Return what an error that changes management does, in a sentence, and the figure that
        this rests on.
        """
        return "With your answer this patient would be managed otherwise.", None

    def compared(self, value: Any, error: str) -> Hashable:
        """Return an answer as it may be compared between learners and variants; `error` is how it
        erred: "right", "over", "under", "near" or "elsewhere".
        """
        return tuple(value) if isinstance(value, list | tuple) else value

    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        """Return the answers that can be given, as `compared` says them, in order and in words;
        empty where they are too many to list.
        """
        return {}

    def guesses(self, keys: Sequence[Any], truth: Truth) -> Iterable[Any]:
        """Return the answers that someone who looks at nothing might give everywhere; `keys` are
        the right ones of some variants.
        """
        return keys

    def bars(
        self, counts: Mapping[tuple[Any, Any], int], truth: Truth, told: bool = True
    ) -> Iterator[Bar]:
        """Yield what a class answered; `counts` is by (right, given), both as `compared` says them.

        Where variants have several right answers each learner is held against their own. Without
        `told` nothing says what is right. Texts are filled for the case of `truth`.
        """
        given: Counter[Any] = Counter()
        wrong: Counter[Any] = Counter()
        for (right, answer), n in counts.items():
            given[answer] += n
            wrong[answer] += n * (answer != right)
        of, rights = given.total(), {right for right, _ in counts}
        words = self.possible(truth) or {
            answer: self.words(answer, truth) for answer, _ in given.most_common(4)
        }
        if not told or len(rights) < 2:
            for answer, text in words.items():
                yield Bar(text, given[answer], of, told and answer in rights)
            return
        yield Bar(OWN_RIGHT, of - wrong.total(), of, True)
        for answer, text in words.items():
            if wrong[answer]:
                yield Bar(f"{text} (not right in their variant)", wrong[answer], of)

    def as_text(self, value: Any, truth: Truth) -> str:
        """Return an answer as a text to copy or print; empty for kinds whose answer is none."""
        return ""

    def control(self, truth: Truth) -> Mapping[str, Any]:
        """Return what the answer sheet must draw beyond the prompt, as plain data and without the
        key.
        """
        return {}

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield field and text of everything that may hold placeholders."""
        yield "prompt", self.prompt
        yield "hint", self.hint or ""
        yield "explain", self.explain

    @property
    def lesions(self) -> tuple[str, ...]:
        """The lesions to mark in the pictures: `shown`, or those that the item's expressions
        name.
        """
        if self.shown is not None:
            return tuple(self.shown)
        return tuple(
            dict.fromkeys(id for _, text in self.expressions() for id in parse(text).lesions)
        )

    @property
    def hides_lesions(self) -> bool:
        """Whether marking the lesions would give the answer away."""
        return False

    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        """Yield field and sentence for everything that is wrong before a case is drawn."""
        for field, text in self.expressions():
            yield from (
                (field, problem) for problem in check_expression(text, lesions, must_ask=True)
            )
        for field, text in self.texts():
            yield from ((field, problem) for problem in check_placeholders(text, lesions))
        for id in self.evidence:
            if missing := no_evidence(id):
                yield "evidence", missing
        for id in self.shown or ():
            if id not in (lesions or ()):
                there = ", ".join(lesions or ()) or (
                    "none: the item names no case" if lesions is None else "none"
                )
                yield "shown", f"no lesion '{id}' in this case; lesions are {there}"


def no_evidence(id: str) -> str | None:
    """Return what is wrong with a cited evidence id, or None."""
    try:
        statement(id)
    except KeyError:
        try:
            figure(id)
        except KeyError as error:
            near = (
                error.args[0]
                if "." in id
                else f"no statement '{id}'; write a statement (D1, KP2, S40 …) or a figure id"
            )
            return str(near)
    return None


def finite(value: object) -> float:
    """Return a number as float; ValueError for anything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 <= value <= 1e9:
        raise ValueError(f"'{value}' is no number")
    return float(value)
