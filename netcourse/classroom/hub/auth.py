"""A JupyterHub authenticator for a class without accounts: each learner signs in with a pseudonym
and a printed code.

The roster file holds salted scrypt hashes, never a code. Better where it exists: the hospital's own
sign-on.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from netcourse.assessment.answers.pseudonym import PATTERN
from netcourse.classroom.hub.codes import fits

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
