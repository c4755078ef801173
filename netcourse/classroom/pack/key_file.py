"""The instructor's key to a graded pack: what signs the tickets, what is right in each variant, and
who was dealt which.

It is the one file that must not leave the instructor's hands. It holds names if the roster did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netcourse.assessment.answers.model import AnswersFile
from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.assessment.answers.ticket import Ticket, check
from netcourse.assessment.pack.variants import DealtExercise, from_json
from netcourse.classroom.collect.roster import Person

FORMAT = 1


class TicketError(ValueError):
    """Why an answers file cannot be marked with a key; `reason` in a word or two."""

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


@dataclass(frozen=True)
class KeyFile:
    """A pack's key; `people` are those it was dealt to, each with their pseudonym. `made` is an ISO
    time with a time zone, empty in keys that do not know it; `blind` is the share (0–1) that a sheet filled in
    without looking earns.
    """

    pack: str
    secret: bytes
    code: str
    ends: str
    exercise: DealtExercise
    people: tuple[Person, ...]
    variants: Mapping[str, int]
    made: str = ""
    blind: float = 0.0

    def ticket_of(self, file: AnswersFile) -> Ticket:
        """Return the ticket of an answers file; TicketError says why it is none of this pack's."""
        if file.ticket is None:
            raise TicketError(
                "no ticket", "there is no ticket in it: it was not answered with this pack"
            )
        try:
            ticket = check(file.ticket, self.secret)
        except ValueError as error:
            raise TicketError("ticket", str(error)) from None
        if ticket.pack != self.pack or self.variants.get(ticket.pseudonym) != ticket.variant:
            raise TicketError("ticket", "its ticket belongs to another pack")
        if file.pseudonym != ticket.pseudonym:
            raise TicketError(
                "ticket", f"{file.pseudonym} hands in with the ticket of {ticket.pseudonym}"
            )
        return ticket


def write_key(path: Path, key: KeyFile, dealt: Mapping[str, Any]) -> None:
    """Write a key, readable by its owner alone where the system can say so."""
    people = [
        {
            "pseudonym": one.pseudonym,
            "variant": key.variants[one.pseudonym],
            "name": one.name,
            "known_as": sorted(one.handles),
        }
        for one in key.people
    ]
    rows = {
        "format": FORMAT,
        "keep": "This file marks the pack and opens it. Keep it to yourself; delete it, with the names in it, when marks are final.",
        "pack": key.pack,
        "secret": key.secret.hex(),
        "reveal_code": key.code,
        "made": key.made,
        "blind": round(key.blind, 4),
        "ends": key.ends,
        "learners": people,
        "dealt": dict(dealt),
    }
    write_atomically(path, json.dumps(rows, indent=1).encode(), PRIVATE)


def read_key(path: Path | str) -> KeyFile:
    """Read a key; ValueError in plain words where it is none, FileNotFoundError."""
    path = Path(path)
    try:
        rows = json.loads(path.read_bytes())
        if rows["format"] != FORMAT:
            raise ValueError("was made by another version of the course")
        learners = rows["learners"]
        people = tuple(
            Person(one["name"], frozenset(one["known_as"]), one["pseudonym"]) for one in learners
        )
        variants = {one["pseudonym"]: int(one["variant"]) for one in learners}
        exercise = from_json(rows["dealt"])
        return KeyFile(
            rows["pack"],
            bytes.fromhex(rows["secret"]),
            rows["reveal_code"],
            rows["ends"],
            exercise,
            people,
            variants,
            str(rows.get("made", "")),
            float(rows.get("blind", 0.0)),
        )
    except (KeyError, TypeError, AttributeError):
        raise ValueError(
            f"{path.name} is no key of a pack; give the key.json that netcourse pack wrote"
        ) from None
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be used as a key: {error}") from None
