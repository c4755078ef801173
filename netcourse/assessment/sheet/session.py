"""A learner at work on an exercise, without a screen: answers in, feedback out, everything kept in
the answers file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from netcourse.assessment.answers.model import CONFIDENCES, Answer, Confidence, Voi
from netcourse.assessment.answers.store import Answers
from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.problems import did_you_mean
from netcourse.assessment.keys.truth import Positions, Truth
from netcourse.assessment.marking.feedback import Feedback, feedback
from netcourse.assessment.marking.scoring import ItemResult, Result, grade, mark_value
from netcourse.assessment.marking.summary import Summary, summarise


class Session:
    """One learner and one exercise; the answer sheet on the screen shows this.

    >>> from netcourse.assessment.exercise.load import find_exercise, load_exercise
    >>> from netcourse.assessment.answers.store import MemoryAnswers
    >>> session = Session(load_exercise(find_exercise("03_krenning")), MemoryAnswers(course_seed=7))
    >>> session
    Exercise 03_krenning: 0 of 18 answered, 0.0 of 30 points
    >>> print(session.answer("q2", 3, confidence="sure").headline)
    Right: 2 of 2 points
    """

    graded = False
    """Whether answers are kept without being marked, as in a graded pack."""

    def __init__(
        self, exercise: Exercise, answers: Answers, positions: Positions | None = None
    ) -> None:
        self.exercise = exercise
        self.answers = answers
        self.positions = positions

    def __repr__(self) -> str:
        return f"Exercise {self.result}"

    @property
    def course_seed(self) -> int:
        """The number from which this learner's cases are drawn."""
        return self.answers.file.course_seed

    @property
    def result(self) -> Result:
        """The mark as it stands."""
        file = self.answers.file
        return grade(self.exercise, file.course_seed, file.answers, self.positions)

    def truth(self, item: Item) -> Truth:
        """Return the truth behind an item for this learner."""
        return self.exercise.truth(item, self.course_seed, self.positions)

    def entries(self, item: str) -> tuple[Answer, ...]:
        """Return what was kept for one item, opened hints (`value` None) included."""
        return tuple(
            answer for answer in self.answers.file.of(self.exercise.id) if answer.item == item
        )

    def answer(
        self,
        item: str,
        value: Any,
        confidence: str | None = None,
        voi: Mapping[str, Any] | None = None,
    ) -> Feedback:
        """Check an answer, keep it, and return feedback on it.

        `confidence` is "guess", "fairly sure" or "sure". Raises KeyError for an unknown item,
        ValueError for a value or word that is not possible, AnswersError when it cannot be kept.
        """
        asked = self.exercise.item(item)
        accepted = asked.accept(value)
        sure = _confidence(confidence)
        kept = list(accepted) if isinstance(accepted, tuple) else accepted
        self._keep(
            item,
            value=kept,
            confidence=sure,
            hints=self._hints(item),
            voi=Voi.model_validate(dict(voi)) if voi else None,
        )
        found = self.feedback(item)
        assert found is not None
        return found

    def feedback(self, item: str) -> Feedback | None:
        """Return the feedback on the last answer to an item, None while it is open."""
        asked = self.exercise.item(item)
        counts = self.result[item]
        if not counts.answered:
            return None
        last = self.last(asked)
        if counts.attempts == 1 or self.exercise.attempts == "last":
            return feedback(self.exercise, self.course_seed, counts, self.positions)
        return self._practice(asked, last, counts)

    def _practice(self, item: Item, value: Any, counts: ItemResult) -> Feedback:
        """Feedback on a value that earns nothing, beside the points of what counts."""
        tried = mark_value(self.exercise, item, value, self.course_seed, self.positions)
        told = feedback(self.exercise, self.course_seed, tried, self.positions)
        return replace(told, points=counts.points, practice=True)

    def last(self, item: Item) -> Any:
        """Return the last answer to an item in its proper form, None while it is open."""
        for answer in reversed(self.entries(item.id)):
            if answer.value is not None:
                with suppress(ValueError):  # what someone wrote into the file by hand
                    return item.accept(answer.value)
        return None

    def hint(self, item: str) -> str:
        """Open an item's hint; its cost is taken from answers that come after. ValueError where
        there is none.
        """
        asked = self.exercise.item(item)
        if not asked.hint:
            raise ValueError(f"item '{item}' has no hint")
        if not self._hints(item):
            self._keep(item, hints=1)
        return self.truth(asked).fill(asked.hint)

    def opened_hint(self, item: str) -> str | None:
        """Return the hint if it has been opened."""
        return self.hint(item) if self._hints(item) else None

    def summary(self) -> Summary:
        """Return the mark in words, how well confidence fitted, and what to look at again."""
        return summarise(self.exercise, self.result)

    def _hints(self, item: str) -> int:
        return max((answer.hints for answer in self.entries(item)), default=0)

    def _keep(self, item: str, **what: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        self.answers.add(
            Answer(
                exercise=self.exercise.id,
                version=self.exercise.version,
                item=item,
                time=now,
                **what,
            )
        )


def _confidence(word: str | None) -> Confidence | None:
    if word is None:
        return None
    for known in CONFIDENCES:
        if word == known:
            return known
    raise ValueError(
        f"confidence is '{word}'{did_you_mean(word, CONFIDENCES)}; allowed are"
        f" {', '.join(CONFIDENCES)}"
    )
