"""Open the course at one of its pages, as `netcourse start` and `netcourse drill` do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netcourse.course.lab import can_show_a_browser, open_lab
from netcourse.course.workspace import default_folder, lay_out


def open_course(
    folder: Path | None,
    page: str,
    say: Callable[[str], None],
    browser: bool = True,
    lay_out_only: bool = False,
    port: int | None = None,
) -> None:
    """Lay the course out in a folder and run it, open at a page, until it is stopped.

    `say` gets what the person must know; `lay_out_only` stops before anything is run. Raises OSError
    or ValueError where the folder cannot be laid out.
    """
    laid = lay_out(folder or default_folder())
    say(f"The course lies in {laid.folder}")
    if laid.renewed:
        say(f"Brought up to date: {', '.join(laid.renewed)}")
    for yours, new in laid.beside:
        say(f"You changed {yours}: it stays as it is. The new version lies beside it: {new}")
    if lay_out_only:
        return
    with_browser = browser and can_show_a_browser()
    opening = (
        "Your browser opens it. If not, go to"
        if with_browser
        else "Open this address in a browser on this computer:"
    )
    open_lab(
        laid.folder,
        page,
        lambda address: say(f"{opening}\n\n    {address}\n\nTo stop, press Ctrl+C here."),
        with_browser,
        port,
    )
