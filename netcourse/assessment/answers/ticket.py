"""A ticket says who reads which variant until when; the instructor's secret signs it, so nobody
writes one for himself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime

from netcourse.assessment.answers.pseudonym import PATTERN

LONGEST = 400
_SIGNED = 16  # bytes of the signature


@dataclass(frozen=True)
class Ticket:
    """Who may read which variant of which pack; `ends` is an ISO time with a time zone."""

    pack: str
    variant: int
    pseudonym: str
    ends: str

    def __repr__(self) -> str:
        return (
            f"Ticket of {self.pseudonym} for variant {self.variant} of {self.pack}, until"
            f" {self.ends}"
        )


def sign(ticket: Ticket, secret: bytes) -> str:
    """Return the ticket as one line of text.

    >>> text = sign(Ticket("a1b2", 3, "amber-heron-4821", "2026-12-01T17:00:00+00:00"), b"secret")
    >>> check(text, b"secret").variant
    3
    """
    body = json.dumps(
        [ticket.pack, ticket.variant, ticket.pseudonym, ticket.ends], separators=(",", ":")
    ).encode()
    return f"{_text(body)}.{_text(_signature(body, secret))}"


def check(text: str, secret: bytes) -> Ticket:
    """Return a ticket that this secret has signed; ValueError for any other."""
    body, signature = _parts(text)
    if not hmac.compare_digest(signature, _signature(body, secret)):
        raise ValueError("the ticket was not issued with this key, or has been changed")
    return _ticket(body)


def peek(text: str) -> Ticket:
    """Return what a ticket says without knowing whether it is true: for the learner's own
    machine.
    """
    return _ticket(_parts(text)[0])


def _parts(text: str) -> tuple[bytes, bytes]:
    pieces = text.strip().split(".")
    if len(text) > LONGEST or len(pieces) != 2:
        raise ValueError("this is no ticket: copy the whole line that you were given")
    try:
        body, signature = (
            base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_", validate=True)
            for piece in pieces
        )
    except ValueError:
        raise ValueError("this is no ticket: copy the whole line that you were given") from None
    return body, signature


def _ticket(body: bytes) -> Ticket:
    try:
        pack, variant, pseudonym, ends = json.loads(body)
        sound = (
            isinstance(pack, str)
            and type(variant) is int
            and isinstance(pseudonym, str)
            and datetime.fromisoformat(ends).tzinfo
        )
    except (ValueError, TypeError, RecursionError):
        sound = None
    if not sound or not re.fullmatch(PATTERN, pseudonym):
        raise ValueError("this is no ticket: copy the whole line that you were given")
    return Ticket(pack, variant, pseudonym, ends)


def _signature(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"netcourse ticket 1\n" + body, hashlib.sha256).digest()[:_SIGNED]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
