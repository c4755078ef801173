"""What learners' notebooks send to the Hub's service: it only ever grows, and when each answer came
is written down by the service's own clock.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from netcourse.assessment.answers.model import AnswersError, AnswersFile, read_answers
from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.classroom.collect.receipts import RECEIPTS


class Inbox:
    """The answers of a class in a folder, one file for each user name; nothing in it is ever taken
    back.

    >>> import tempfile
    >>> inbox = Inbox(Path(tempfile.mkdtemp()))
    >>> inbox.keep("amber-heron-4821", AnswersFile(pseudonym="any-name-1", course_seed=7)).pseudonym
    'amber-heron-4821'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, sent: AnswersFile) -> AnswersFile:
        """Keep what a user's notebook sent, and return what is kept of them now.

        What the file says of its owner is not believed. An older state changes nothing; of a state
        that disagrees with what is kept, the answers that are new are added at the end. Answers to
        other cases (another seed or ticket) go into a file of their own.
        """
        sent = sent.model_copy(update={"pseudonym": name})
        path, kept = self._place(name, sent)
        if kept is None:
            grown, new = sent, len(sent.answers)
        else:
            known = set(map(_text, kept.answers))
            more = tuple(answer for answer in sent.answers if _text(answer) not in known)
            follows = sent.answers[: len(kept.answers)] == kept.answers
            answers = sent.answers if follows else kept.answers + more
            new = len(answers) - len(kept.answers)
            closed = kept.closed or sent.closed
            grown = kept.model_copy(update={"answers": answers, "closed": closed})
        if grown != kept:
            write_atomically(path, grown.to_json().encode(), PRIVATE)
            self._note(path.name, len(grown.answers), new)
        return grown

    def _place(self, name: str, sent: AnswersFile) -> tuple[Path, AnswersFile | None]:
        """The file that these answers belong to, and what stands in it."""
        for n in range(1, 100):
            path = self.folder / (f"{name}.json" if n == 1 else f"{name}.{n}.json")
            try:
                kept = read_answers(path)
            except AnswersError as error:
                if error.reason == "missing":
                    return path, None
                continue  # damaged from outside: left for the instructor to look at
            if (kept.course_seed, kept.ticket) == (sent.course_seed, sent.ticket):
                return path, kept
        raise AnswersError("too many", "too many different answers files of this user")

    def _note(self, file: str, answers: int, new: int) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"received": now, "file": file, "answers": answers, "new": new})
        handle = os.open(self.folder / RECEIPTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
        with os.fdopen(handle, "ab") as book:
            book.write(f"{line}\n".encode())


def _text(answer: object) -> str:
    return repr(answer)


__all__ = ["Inbox"]
