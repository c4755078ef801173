"""Laying out a study: a graded set for each session, of other patients and with the same answers
about as often.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from statistics import fmean

from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.assessment.pack.variants import DealtExercise
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.pack.key_file import KeyFile, read_key
from netcourse.classroom.pack.make import Progress, draw, make_pack, named
from netcourse.classroom.report.tables import cell
from netcourse.evidence import figure

SESSIONS = ("pre", "post", "retention")
FORMAT = 1
PLAN, WHO, CONSENT, ANSWERS = "study.json", "who.csv", "consent.txt", "answers"
Secret = Callable[[int], bytes]


@dataclass(frozen=True)
class Study:
    """A study's folder, its sessions in order, and how far each is from the first in its right
    answers (0: the same as often, 1: never the same).
    """

    folder: Path
    exercise: str
    sessions: tuple[str, ...]
    unlike: Mapping[str, float]

    def key(self, session: str) -> KeyFile:
        """Return the key of a session's set; errors as in `read_key`."""
        return read_key(self.folder / session / "key.json")

    def answers(self, session: str) -> Path:
        """Return the folder into which a session's answers are collected."""
        return self.folder / ANSWERS / session

    def __str__(self) -> str:
        lines = [f"A study of {self.exercise} in {self.folder}:"]
        for session in self.sessions:
            apart = (
                f"; its right answers differ from the first by {self.unlike[session] * 100:.0f} %"
                if session in self.unlike
                else ""
            )
            lines.append(
                f"  {session}/ready  a zip for each learner; collect into"
                f" {ANSWERS}/{session}{apart}"
            )
        lines.append(f"  {CONSENT}  to adapt and to have approved")
        return "\n".join(lines)


def init_study(
    page: Path,
    people: Sequence[Person],
    out: Path,
    ends: datetime,
    sessions: Sequence[str] = SESSIONS,
    variants: int | None = None,
    progress: Progress | None = None,
    token: Secret = secrets.token_bytes,
) -> Study:
    """Lay out a study of an exercise page: a pack for each session under one pseudonym per learner,
    folders to collect into, and a consent text to adapt.

    No patient is in two sessions. Of so many draws (assessment.study.draws) each later session is
    the one whose right answers come nearest to the first's. Names stand in who.csv alone. Raises
    as `make_pack`, and FileExistsError where `out` holds a study.
    """
    if (out / PLAN).exists():
        raise FileExistsError(17, "there is a study already", str(out / PLAN))
    if len(set(sessions)) != len(sessions) or not all(one.isidentifier() for one in sessions):
        raise ValueError(f"sessions are {', '.join(sessions)}; each needs a word of its own")
    known = named(people)
    count = min(len(known), variants or int(figure("assessment.pack.variants").value))
    first = token(32)
    chosen, unlike = {sessions[0]: first}, {}
    pattern = answers_of(draw(page, count, first))
    for session in sessions[1:]:
        tries = [token(32) for _ in range(int(figure("assessment.study.draws").value))]
        apart = {one: difference(pattern, answers_of(draw(page, count, one))) for one in tries}
        chosen[session] = min(tries, key=lambda one: apart[one])
        unlike[session] = round(apart[chosen[session]], 4)
    bare = [Person(pseudonym=one.pseudonym) for one in known]
    for session, secret in chosen.items():
        make_pack(page, bare, out / session, ends, count, secret, progress, guessable=True)
        (out / ANSWERS / session).mkdir(parents=True, exist_ok=True)
    if any(one != Person(pseudonym=one.pseudonym) for one in known):
        write_atomically(out / WHO, _who(known), PRIVATE)
    text = (resources.files(__package__) / CONSENT).read_text(encoding="utf-8")
    write_atomically(out / CONSENT, text.encode())
    plan = {
        "format": FORMAT,
        "exercise": page.stem,
        "sessions": list(sessions),
        "unlike": unlike,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_atomically(out / PLAN, json.dumps(plan, indent=1).encode(), PRIVATE)
    return Study(out, page.stem, tuple(sessions), unlike)


def read_study(folder: Path | str) -> Study:
    """Return the study of a folder; ValueError where there is none."""
    folder = Path(folder)
    try:
        rows = json.loads((folder / PLAN).read_bytes())
        if rows["format"] != FORMAT:
            raise ValueError("another version")
        unlike = {str(name): float(share) for name, share in rows["unlike"].items()}
        sessions = tuple(str(one) for one in rows["sessions"])
        if not sessions or not all(one.isidentifier() for one in sessions):
            raise ValueError("no sessions")
        return Study(folder, str(rows["exercise"]), sessions, unlike)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(
            f"{folder} holds no study; lay one out with netcourse study init"
        ) from None


def answers_of(dealt: DealtExercise) -> dict[str, Counter[str]]:
    """Return how often each question has each right answer, in words, over the variants."""
    found: dict[str, Counter[str]] = {}
    for item in dealt.items:
        for variant in dealt.patients:
            truth = dealt.truth(item, variant)
            words = item.words(item.key(truth).value, truth)
            found.setdefault(item.id, Counter())[words] += 1
    return found


def difference(one: Mapping[str, Counter[str]], other: Mapping[str, Counter[str]]) -> float:
    """Return how far two sets are apart, 0 to 1: the share of right answers that are not the same,
    the mean over the questions.

    >>> difference({"q": Counter(a=3, b=1)}, {"q": Counter(a=2, b=2)})
    0.25
    """
    return fmean((one[id] - other[id]).total() / one[id].total() for id in one)


def _who(people: Sequence[Person]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("pseudonym", "name", "known as"))
    for one in people:
        known = " ".join(sorted(one.handles))
        writer.writerow([cell(value) for value in (one.pseudonym, one.name, known)])
    return ("\ufeff" + text.getvalue()).encode()
