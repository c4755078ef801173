"""A JupyterHub authenticator for a class without accounts: each learner signs in with a pseudonym
and a printed code.

The roster file holds salted scrypt hashes, never a code. Better where it exists: the hospital's own
sign-on.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from netcourse.assessment.answers.pseudonym import PATTERN
from netcourse.assessment.pack.encrypted_key import new_code

_COST = {"n": 2**14, "r": 8, "p": 1}
_NOBODY = {"salt": "00" * 16, "hash": "00" * 32}


class RosterAuthenticator(Authenticator):  # type: ignore[misc]
    """Lets in who stands in the roster with the right code, and nobody else; every other user name
    is refused.
    """

    roster = Unicode(
        help="The file that netcourse hub wrote: user names with salted hashes of their codes."
    ).tag(config=True)
    allow_all = True  # the roster is the list of who is allowed

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Return the user's name, or None; a wrong name takes as long as a wrong code."""
        name, code = data.get("username", "").strip().lower(), data.get("password", "")
        known = json.loads(Path(self.roster).read_text(encoding="utf-8")).get(name)
        right = await asyncio.get_running_loop().run_in_executor(None, fits, code, known or _NOBODY)
        return name if known and right and re.fullmatch(PATTERN, name) else None


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
