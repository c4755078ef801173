"""Whose a hand-in is, by what the learning platform wrote into its path.

Each platform names things in its own order, so a number counts only at its own place: Moodle's
number of a participant is no hospital number, and Canvas's number of a submission is no person's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from netcourse.classroom.collect.roster import Person, folded

_FORMS = {
    "Moodle": re.compile(
        r"(?P<name>[^_]+)_(?P<participant>\d+)_assignsubmission_[a-z]+(?:_.*)?", re.DOTALL
    ),
    "Blackboard": re.compile(r"(?P<logins>.+)_attempt_\d{4}(?:-\d\d){5}(?:_.+|\.txt)", re.DOTALL),
    "Canvas": re.compile(
        r"(?P<squashed>[^\W_]+)(?:_LATE)?_(?P<user>\d+)_\d+_.+", re.DOTALL | re.IGNORECASE
    ),
    "ILIAS": re.compile(r"(?P<name>[^_]+_[^_]+)_(?P<logins>[^_]+)_(?P<user>\d+)", re.DOTALL),
}
_OWN = ("name", "squashed", "logins", "participant", "user")
_ANYBODY = re.compile(r"(participant|teilnehmer\W?in|teilnehmer)?", re.IGNORECASE)
"""What Moodle writes instead of a name where marking is blind."""


@dataclass(frozen=True)
class HandIn:
    """What a path says of its owner. `place` is the part of the path that is theirs alone;
    `logins` and `squashed` (a name without spaces, last name first) are as the platform wrote them.

    >>> hand_in("class.zip/Eva Ott_8006_assignsubmission_file/answers.json").participant
    '8006'
    """

    place: str
    platform: str = ""
    name: str = ""
    participant: str = ""
    user: str = ""
    logins: str = ""
    squashed: str = ""

    @property
    def number(self) -> str:
        """The platform's own number of this person, empty where it writes none."""
        return self.participant or self.user


def hand_in(source: str) -> HandIn:
    """Return what a path says of whoever handed it in.

    The outermost part that a platform wrote counts: what lies within is the learner's own naming.
    """
    parts = source.split("/")
    for depth, part in enumerate(parts):
        for platform, form in _FORMS.items():
            if platform == "ILIAS" and depth == len(parts) - 1:
                continue  # a folder there, never a file
            if match := form.fullmatch(part):
                told = match.groupdict()
                # Where files of several learners lie in one folder, the name's beginning is theirs.
                own = "_".join(told[name] for name in _OWN if told.get(name))
                return HandIn("/".join((*parts[:depth], own)), platform, **told)
    return HandIn("/".join(parts[:-1]))


def owner(source: str, roster: Sequence[Person]) -> Person | None:
    """Return who of the roster handed in what lies at this path; None where that is not certain."""
    told = hand_in(source)
    if told.platform:
        people = [person for person in roster if _is(person, told)]
    else:
        pieces = [piece for part in source.split("/") for piece in (part, part.rsplit(".", 1)[0])]
        people = [
            person
            for person in roster
            if any(person.goes_by(piece) or person.named(piece) for piece in pieces)
        ]
    return people[0] if len(people) == 1 else None


def _is(person: Person, told: HandIn) -> bool:
    if told.platform == "Moodle":
        return _is_participant(person, told)
    if told.platform == "Canvas":
        if person.user:
            return person.user == told.user
        return person.goes_by(told.user) and _squashed_alike(person.name, told.squashed)
    if told.platform == "ILIAS":
        if person.user:
            return person.user == told.user
        known = person.goes_by(told.logins) or person.goes_by(told.user)
        return known and person.may_be_called(told.name.replace("_", " "))
    # Blackboard writes assignment and login with the same sign between them and within them.
    words = told.logins.split("_")
    return any(person.goes_by("_".join(words[n:])) for n in range(len(words)))


def _is_participant(person: Person, told: HandIn) -> bool:
    """Moodle's number decides where the list has it, unless the name speaks against it; else the
    name, with the group's name before it or without.
    """
    pieces = told.name.split("-")
    names = ["-".join(pieces[n:]) for n in range(len(pieces))]
    if person.participant:
        nameless = any(_ANYBODY.fullmatch(name) for name in names)
        known = nameless or any(person.may_be_called(name) for name in names)
        return person.participant == told.participant and known
    return any(person.named(name) for name in names)


def _squashed_alike(name: str, squashed: str) -> bool:
    """Whether a name may be what Canvas squashed: its letters, last name first, perhaps cut."""
    if not name:
        return True
    words = [word for word in re.split(r"[\W_]+", folded(name)) if word]
    orders = ("".join(words[n:] + words[:n]) for n in range(len(words)))
    short = folded(squashed)
    return any(order.startswith(short) for order in orders)


__all__ = ["HandIn", "hand_in", "owner"]
