"""An institution's own folder, layered over the course: cases, exercises, figures and rulebooks that
stay over upgrades.

It is the folder that NETCOURSE_HOME names, or the one in which a netcourse.toml lies, looked for
from the working directory upwards; its `home` may point elsewhere:

    netcourse.toml                 cases/*.toml       like the course's archetypes
    home = "/shared/netcourse"     exercises/*.toml   like the course's exercises
                                   figures/*.toml     like evidence/figures; a value is enough
                                   rulebooks.toml     like the rulebooks of radioligand therapy
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

VARIABLE, MARKER = "NETCOURSE_HOME", "netcourse.toml"
CASES, EXERCISES, FIGURES, RULEBOOKS = "cases", "exercises", "figures", "rulebooks.toml"
LOCAL = "local"
"""What stands beside everything that comes from the own folder."""
_LARGEST = 1024 * 1024


@cache
def own_folder() -> Path | None:
    """Return the institution's own folder, None where there is none.

    Raises ValueError where one is named that is no folder, or netcourse.toml cannot be read.
    """
    if named := os.environ.get(VARIABLE):
        return _folder(Path(named).expanduser(), VARIABLE)
    here = Path.cwd()
    for place in (here, *here.parents):
        if (marker := place / MARKER).is_file():
            home = read_own(marker).get("home", ".")
            if not isinstance(home, str):
                raise ValueError(f"{marker}: home is {home!r}; write the path of a folder")
            return _folder(place / Path(home).expanduser(), str(marker))
    return None


def own_pages(part: str) -> list[Path]:
    """Return the TOML pages of a part of the own folder (CASES, EXERCISES, FIGURES) by name."""
    folder = own_folder()
    return sorted((folder / part).glob("*.toml")) if folder else []


def looks_own(folder: Path) -> bool:
    """Whether a folder is an institution's own and not a laid-out course."""
    parts = any((folder / part).exists() for part in (CASES, FIGURES, RULEBOOKS))
    return parts or ((folder / MARKER).is_file() and not (folder / "notebooks").is_dir())


def is_own(path: Path) -> bool:
    """Whether a file lies in the own folder."""
    folder = own_folder()
    return folder is not None and path.resolve().is_relative_to(folder)


def read_own(path: Path) -> dict[str, Any]:
    """Return the rows of a page; ValueError that names the file."""
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise ValueError(f"{path}: has more than {_LARGEST // 1024**2} MB")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: cannot be read as TOML: {error}") from None


def _folder(path: Path, named_by: str) -> Path:
    if not path.is_dir():
        raise ValueError(f"{named_by} names {path} as your own folder, and there is no such folder")
    return path.resolve()
