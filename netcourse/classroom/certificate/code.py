"""The code on a certificate: whoever holds the signing key can tell whether these very words were
certified.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from netcourse.assessment.answers.store import PRIVATE, write_atomically
from netcourse.assessment.pack.encrypted_key import ALPHABET

_GROUPS, _GROUP = 4, 4
_BYTES = 32
_HEAD = "netcourse signing key 1"


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. `date` is an ISO date, or two with a slash between them; `hours` of
    teaching.

    Raises ValueError where a field is empty or no such thing.
    """

    name: str
    course: str
    date: str
    hours: float

    def __post_init__(self) -> None:
        from datetime import date

        for field in ("name", "course"):
            if not getattr(self, field).strip():
                raise ValueError(f"a certificate needs a {field}")
        if not 0 < self.hours <= 1000:
            raise ValueError(f"hours is {self.hours:g}; it must be above 0, at most 1000")
        try:
            days = [date.fromisoformat(day) for day in self.date.split("/")]
        except ValueError:
            days = []
        if len(days) not in (1, 2) or days != sorted(days):
            raise ValueError(
                f"'{self.date}' is no date; write it like 2026-12-01, or 2026-12-01/2026-12-02"
            )

    def code(self, key: bytes) -> str:
        """Return the code that this key gives these words; letter case, spacing and how accents are
        stored do not matter.

        >>> one = Certificate("Ada  ONE", "Imaging of NEN", "2026-12-01", 1.5)
        >>> one.code(b"k") == Certificate("ada one", "Imaging of NEN", "2026-12-01", 1.5).code(b"k")
        True
        """
        fields = [_plain(self.name), _plain(self.course), self.date, f"{self.hours:g}"]
        text = json.dumps(["netcourse certificate 1", *fields]).encode()
        number = int.from_bytes(hmac.new(key, text, hashlib.sha256).digest(), "big")
        signs = []
        for _ in range(_GROUPS * _GROUP):
            number, sign = divmod(number, len(ALPHABET))
            signs.append(ALPHABET[sign])
        return "-".join("".join(signs[n : n + _GROUP]) for n in range(0, len(signs), _GROUP))

    def has(self, code: str, key: bytes) -> bool:
        """Whether a code, as somebody typed it, is the one of these words."""
        typed = re.sub(r"[^A-Z0-9]", "", code.upper())
        return hmac.compare_digest(typed, self.code(key).replace("-", ""))


def signing_key(path: Path, make: bool = False) -> bytes:
    """Return the key of a file; with `make` a new one is written, for its owner alone, where there
    is none.

    Raises FileNotFoundError, and ValueError where the file holds no key.
    """
    if make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"{_HEAD}\n{secrets.token_hex(_BYTES)}\n"
        write_atomically(path, text.encode(), PRIVATE)
    head, _, key = path.read_text(encoding="utf-8", errors="replace").strip().partition("\n")
    if head != _HEAD or not re.fullmatch(rf"[0-9a-f]{{{2 * _BYTES}}}", key):
        raise ValueError(
            f"{path.name} is no signing key; give the one that netcourse certificate wrote"
        )
    return bytes.fromhex(key)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
