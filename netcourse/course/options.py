"""Options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Roster = Annotated[
    Path | None,
    typer.Option(
        help="Who takes part, as CSV: your own list or the one your platform exports.",
        show_default=False,
    ),
]
ShortRoster = Annotated[
    Path | None, typer.Option(help="Who takes part, as CSV.", show_default=False)
]
Learners = Annotated[
    int | None,
    typer.Option(min=1, max=5000, help="Instead of a roster: how many.", show_default=False),
]
