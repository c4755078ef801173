"""What reading a hand-in yields: answers files, drills, files refused with their reason, and
everything else. What one run may hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netcourse.assessment.answers.model import COURSE, AnswersError, AnswersFile, parse_answers
from netcourse.assessment.drill.log import COURSE as DRILL
from netcourse.assessment.drill.log import DrillFile, parse_drill

LARGEST_READ = 1024 * 1024
"""Bytes of a file that is read at all: a drill of some two thousand cases; answers have less."""
_AS_ANSWERS = 20
"""A case of the drill takes as long to mark as so many answers."""
MOST_BYTES = 256 * 1024 * 1024
MOST_ANSWERS = 300_000


@dataclass(frozen=True)
class Submission:
    """An answers file that can be marked: where it lies, and when it was received (seconds since
    1970, as the folder or the platform's archive says).
    """

    source: str
    file: AnswersFile
    received: float = 0.0


@dataclass(frozen=True)
class Practised:
    """A learner's drill: where the file lies, and what was signed."""

    source: str
    file: DrillFile


@dataclass(frozen=True)
class Rejected:
    """A file that cannot be marked: `reason` in a word or two, `text` in full, without control
    characters.

    >>> print(Rejected("a.json", "empty", "the file is empty"))
    a.json: the file is empty
    """

    source: str
    reason: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", shown(self.text, 600))

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


@dataclass(frozen=True)
class NotAnswers:
    """A file or folder that is no answers file, and what it seems to be."""

    source: str
    text: str


Read = Submission | Practised | Rejected | NotAnswers


@dataclass
class Budget:
    """What may still be read: bytes of JSON and answers. A small archive can hold gigabytes."""

    bytes: int = MOST_BYTES
    answers: int = MOST_ANSWERS

    def spend(self, source: str, size: int, answers: int, where: str) -> Rejected | None:
        """Count a file in; Rejected where that is more than `where` may hold."""
        if size > self.bytes or answers > self.answers:
            return Rejected(
                source,
                "too many",
                f"{where} holds more answers than a class gives: this file was not graded",
            )
        self.bytes -= size
        self.answers -= answers
        return None


_KINDS = {
    (".ipynb",): "a notebook; the answers lie in answers.json in the course folder",
    (".json.txt", ".json.json", ".json.bak", ".json.html"): (
        "looks like an answers file under another name: save it as answers.json"
    ),
    (".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zipx"): (
        "an archive of a kind that is not opened: hand in answers.json itself or a .zip"
    ),
    (".png", ".jpg", ".jpeg", ".heic", ".gif", ".pdf"): (
        "a picture or print; the answers lie in answers.json in the course folder"
    ),
    (".html", ".htm", ".txt", ".docx", ".doc", ".odt", ".rtf"): (
        "a text; the answers lie in answers.json in the course folder"
    ),
}


def kind_of(name: str) -> str:
    """Return "answers" or "zip" for what is read, else words for what a file seems to be.

    >>> kind_of("answers (1).JSON"), kind_of("old.zip"), kind_of("report.xyz")
    ('answers', 'zip', 'no answers file')
    """
    low = name.lower()
    if low.startswith(".") or low.endswith((".lock", ".tmp")):
        return "a file of the system"
    if low.endswith(".json"):
        return "answers"
    if low.endswith(".zip"):
        return "zip"
    return next((words for ends, words in _KINDS.items() if low.endswith(ends)), "no answers file")


def opened(
    source: str, data: bytes, received: float, budgets: Iterable[tuple[Budget, str]]
) -> Submission | Practised | Rejected:
    """Return what a file's bytes hold, as far as the budgets (each with what it is for) allow:
    answers, a drill, or why it is neither.
    """
    try:
        found: Submission | Practised
        if DRILL.encode() in data[:200]:
            found = Practised(source, parse_drill(data))
            count = _AS_ANSWERS * len(found.file.readings)
        else:
            found = Submission(source, parse_answers(data), received)
            count = len(found.file.answers)
    except AnswersError as error:
        return Rejected(source, error.reason, str(error))
    for budget, where in budgets:
        if refusal := budget.spend(source, len(data), count, where):
            return refusal
    if isinstance(found, Submission) and found.file.course != COURSE:
        return Rejected(
            source,
            "foreign course",
            f"these answers belong to the course '{shown(found.file.course)}', not to {COURSE}",
        )
    return found


def shown(text: str, most: int = 200) -> str:
    r"""Return a text as it may be shown: one line, no control characters, at most `most`
    characters.

    >>> shown("a\nb")
    'a?b'
    """
    safe = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in safe)[:most]
