"""Codes to sign in with, and what a roster keeps of them; needs no JupyterHub."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from netcourse.assessment.pack.encrypted_key import new_code

_COST = {"n": 2**14, "r": 8, "p": 1}


def entry(code: str) -> dict[str, str]:
    """Return what the roster keeps of a code.

    >>> kept = entry("7KQ2-M9TX-4HPA")
    >>> fits("7kq2m9tx4hpa", kept), fits("7KQ2-M9TX-4HPB", kept)
    (True, False)
    """
    salt = secrets.token_bytes(16)
    return {"salt": salt.hex(), "hash": _hash(code, salt).hex()}


def fits(code: str, kept: dict[str, str]) -> bool:
    """Whether a code is the one that the roster keeps; case and hyphens do not matter."""
    return hmac.compare_digest(
        _hash(code, bytes.fromhex(kept["salt"])), bytes.fromhex(kept["hash"])
    )


def new_roster(names: Iterable[str]) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return a roster for those user names, and the code of each to hand out."""
    codes = {name: new_code() for name in names}
    return {name: entry(code) for name, code in codes.items()}, codes


def _hash(code: str, salt: bytes) -> bytes:
    letters = "".join(letter for letter in code[:64].upper() if letter.isalnum())
    return hashlib.scrypt(letters.encode(), salt=salt, dklen=32, **_COST)
