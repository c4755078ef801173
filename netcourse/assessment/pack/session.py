"""A learner at work on a graded pack: answers are kept and can be changed, and nothing is marked
until the key is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from netcourse.assessment.answers.model import AnswersFile
from netcourse.assessment.answers.store import MemoryAnswers, StoredAnswers
from netcourse.assessment.answers.ticket import Ticket, peek
from netcourse.assessment.answers.upload import answers_kept
from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.marking.feedback import Feedback, Line, feedback
from netcourse.assessment.marking.scoring import ItemResult, Result, calibrate, counted, grade
from netcourse.assessment.marking.summary import Summary
from netcourse.assessment.pack.model import Pack, PackError, find_pack, read_pack
from netcourse.assessment.sheet.session import Session

if TYPE_CHECKING:
    from netcourse.assessment.sheet.widget import ExerciseView
    from netcourse.patients import Patient
    from netcourse.scanner import Study


class KeptSummary(Summary):
    """What stands in the file so far, without a mark."""

    @override
    def lines(self) -> Iterator[str]:
        yield (
            f"{self.result.answered} of {len(self.result.items)} questions answered. Marks come"
            " when the key is told."
        )

    @property
    @override
    def look_again(self) -> tuple[ItemResult, ...]:
        return ()

    @property
    @override
    def html(self) -> str:
        return f'<p class="nc-sum-score">{" ".join(self.lines())}</p>'


class PackSession(Session):
    """One learner and one pack; `file_name` is what is handed in."""

    graded = True

    def __init__(self, pack: Pack, answers: StoredAnswers, file_name: str = "answers.json") -> None:
        super().__init__(pack.exercise, answers)
        self.pack, self.store, self.file_name = pack, answers, file_name

    @property
    @override
    def result(self) -> Result:
        file = self.answers.file
        items = tuple(self._kept(item, file) for item in self.exercise.items)
        return Result(
            self.exercise.id, self.exercise.version, self.pack.variant, items, calibrate(())
        )

    @override
    def feedback(self, item: str) -> Feedback | None:
        asked = self.exercise.item(item)
        if (last := self.last(asked)) is None:
            return None
        words = Line("Your answer", asked.words(last, None))
        return Feedback(item, asked.title, "kept", 0.0, float(asked.points), (words,))

    @override
    def summary(self) -> Summary:
        return KeptSummary(
            self.exercise.title, self.result, {item.id: item.title for item in self.exercise.items}
        )

    def _kept(self, item: Item, file: AnswersFile) -> ItemResult:
        mine = [answer for answer in file.of(self.exercise.id) if answer.item == item.id]
        answer, value, attempts, _, _ = counted(self.exercise, item, mine)
        if answer is None:
            return ItemResult(item.id, item.kind, 0.0, float(item.points))
        return ItemResult(
            item.id,
            item.kind,
            0.0,
            float(item.points),
            answered=True,
            value=value,
            confidence=answer.confidence,
            attempts=attempts,
        )


class RevealedSession(Session):
    """A learner who has been told the key: the marks of what was answered before, with every
    reason. Answers given now are practice, which is kept nowhere.
    """

    def __init__(self, exercise: Exercise, closed: AnswersFile) -> None:
        open_again = closed.model_copy(update={"closed": None})
        super().__init__(exercise, MemoryAnswers(file=open_again))
        self.closed = closed

    @property
    @override
    def result(self) -> Result:
        return grade(self.exercise, self.closed.course_seed, self.closed.answers, self.positions)

    @override
    def feedback(self, item: str) -> Feedback | None:
        asked, counts = self.exercise.item(item), self.result[item]
        if (last := self.last(asked)) is None:
            return None
        if counts.answered and last == counts.value:
            return feedback(self.exercise, self.course_seed, counts, self.positions)
        told = self._practice(asked, last, counts)
        return replace(told, standing="What you answered before the key was told counts")


def open_pack(
    ticket: str | None = None, folder: Path | str = ".", answers: Path | str | None = None
) -> ExerciseView:
    """Open a graded pack for the learner whose ticket it is, and return what a notebook displays.

    `ticket` is the line that was handed out, or None for the only *.ticket file in `folder`, where
    the packs lie too. Answers go to `answers` (default: answers-<pack>.json in the folder one
    stands in). PackError or AnswersError in plain words.
    """
    from netcourse.assessment.sheet.widget import ExerciseView

    session = open_session(ticket, folder, answers)
    return ExerciseView(session, lambda patient: session.pack.study(patient.id))


def reveal(
    code: str,
    ticket: str | None = None,
    folder: Path | str = ".",
    answers: Path | str | None = None,
) -> ExerciseView:
    """Open the key with the code that the instructor tells, and show the marks with every reason.

    The answers file is closed: what is answered from now on is practice and counts nowhere. Errors
    as in `open_pack`.
    """
    from netcourse.assessment.sheet.widget import ExerciseView
    from netcourse.scanner import positions

    kept = open_session(ticket, folder, answers)
    exercise = kept.pack.open_key(code)

    def scan(patient: Patient) -> Study:
        case = next(
            id for id, one in exercise.patients[kept.pack.variant].items() if one.id == patient.id
        )
        return replace(kept.pack.study(case), lesions_mm=positions(patient))

    closed = kept.store.close().model_copy(update={"course_seed": kept.pack.variant})
    return ExerciseView(RevealedSession(exercise, closed), scan)


def open_session(
    ticket: str | None = None, folder: Path | str = ".", answers: Path | str | None = None
) -> PackSession:
    """Return the session behind `open_pack`, without a screen."""
    folder = Path(folder)
    text = _ticket_in(folder) if ticket is None else ticket.strip()
    try:
        known: Ticket = peek(text)
    except ValueError as error:
        raise PackError(str(error)) from None
    pack = read_pack(find_pack(folder, known.variant, known.pack))
    path = Path(answers) if answers is not None else Path(f"answers-{pack.id}.json")
    first = AnswersFile(pseudonym=known.pseudonym, course_seed=pack.variant, ticket=text)
    store = answers_kept(path, first=first)
    if store.file.ticket != text:
        raise PackError(
            f"{path.name} belongs to another ticket: move it away, or give another name for yours"
        )
    return PackSession(pack, store, path.name)


def _ticket_in(folder: Path) -> str:
    found = sorted(folder.glob("*.ticket"))
    if len(found) != 1:
        raise PackError(
            f"there {'is no' if not found else 'is more than one'} ticket in {folder}: give yours,"
            " open_pack('…')"
        )
    return found[0].read_text(encoding="utf-8").strip()
