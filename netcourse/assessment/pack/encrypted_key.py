"""A key that lies in everyone's hands and opens with a code that is told at the end.

The code carries 60 bits and is stretched, so nobody tries them all before the hour is over. The
lock is Fernet (AES and HMAC) of the `cryptography` library; nothing of it is our own.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L, which are read for each other
GROUPS, GROUP = 3, 4
ROUNDS = 600_000
LARGEST = 4 * 1024 * 1024
_HEAD = b"netcourse seal 1\n"
_SALT = 16
_PAGE = 4096


def new_code() -> str:
    """Return a random reveal code to read out or show on the last slide, like 7KQ2-M9TX-4HPA."""
    letters = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
    return "-".join("".join(letters[n : n + GROUP]) for n in range(0, len(letters), GROUP))


def seal(data: bytes, code: str) -> bytes:
    """Return the data locked with a code; its length tells no more than whole pages.

    >>> unseal(seal(b"the key", "7KQ2-M9TX-4HPA"), "7kq2 m9tx 4hpa")
    b'the key'
    """
    from cryptography.fernet import Fernet

    pressed = zlib.compress(data, 9)
    padded = len(pressed).to_bytes(4, "big") + pressed + bytes(-(len(pressed) + 4) % _PAGE)
    salt = secrets.token_bytes(_SALT)
    return _HEAD + salt + Fernet(_stretched(code, salt)).encrypt(padded)


def unseal(sealed: bytes, code: str) -> bytes:
    """Return what was locked; ValueError in plain words for a wrong code or a damaged file."""
    from cryptography.fernet import Fernet, InvalidToken

    if not sealed.startswith(_HEAD) or len(sealed) > LARGEST:
        raise ValueError("this is no sealed key of the course, or a damaged one")
    salt, token = sealed[len(_HEAD) : len(_HEAD) + _SALT], sealed[len(_HEAD) + _SALT :]
    try:
        padded = Fernet(_stretched(code, salt)).decrypt(token)
    except InvalidToken:
        raise ValueError(
            f"the code '{code}' does not open the key: look at each letter again"
        ) from None
    pressed = padded[4 : 4 + int.from_bytes(padded[:4], "big")]
    return zlib.decompress(pressed)


def _stretched(code: str, salt: bytes) -> bytes:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return base64.urlsafe_b64encode(hashlib.pbkdf2_hmac("sha256", letters.encode(), salt, ROUNDS))
