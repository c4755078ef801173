"""The learner's folder: the course is laid out there and renewed there, and nothing a learner made
is ever overwritten.

A file that nobody changed follows the course. A file that the learner changed stays, and the new
version is laid beside it, as `03_krenning (course 0.2.0).ipynb`. To tell the two apart, a manifest
in `.netcourse/` keeps the fingerprint of each file as it was laid out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from pathlib import Path

from netcourse.assessment.answers.store import write_atomically

PARTS = ("notebooks", "exercises")
FIRST_PAGE = "notebooks/00_start.ipynb"
DRILL_PAGE = "notebooks/08_drill.ipynb"
HIDDEN = ".netcourse"
_MANIFEST = "laid_out.json"
_NOT_OURS = ("answers.json",)  # a learner's answers, should a checkout hold some


@dataclass(frozen=True)
class LaidOut:
    """What laying out did: names relative to the folder; `beside` pairs each kept file with the new
    version's name.
    """

    folder: Path
    new: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def default_folder() -> Path:
    """Return where the course is laid out without being told: the workspace one stands in, else a
    folder at home.
    """
    here = Path.cwd()
    standing_in = (up for up in (here, *here.parents) if (up / HIDDEN / _MANIFEST).is_file())
    return next(standing_in, Path.home() / "netcourse-course")


def course_version() -> str:
    """Return the installed version of the course."""
    try:
        return version("netcourse")
    except PackageNotFoundError:
        return "unreleased"


def course_source() -> Path:
    """Return the folder that holds the course's own notebooks and exercises: the installed
    package's or the checkout's.

    Raises FileNotFoundError when neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for source in (package / "course", package.parent):
        if any((source / part).is_dir() for part in PARTS):
            return source
    raise FileNotFoundError(
        "The course's notebooks and exercises are missing from this installation. Install netcourse"
        " again."
    )


def course_files(source: Path) -> dict[str, Path]:
    """Return every file of the course by its name in the workspace, such as
    `notebooks/00_start.ipynb`.
    """
    found = {}
    for part in PARTS:
        for file in sorted((source / part).rglob("*")):
            name = file.relative_to(source)
            unwanted = (
                any(step.startswith((".", "__pycache__")) for step in name.parts)
                or file.name in _NOT_OURS
            )
            if file.is_file() and not unwanted:
                found[name.as_posix()] = file
    return found


def lay_out(folder: Path, source: Path | None = None, release: str | None = None) -> LaidOut:
    """Lay the course out in a folder, or renew it there; `source` and `release` default to the
    installed course.

    Raises ValueError when the folder is the course's own source, OSError when it cannot be written.
    """
    source, release = source or course_source(), release or course_version()
    folder = folder.expanduser().resolve()
    if folder == source.resolve():
        raise ValueError(
            f"{folder} is where the course itself lives: work there would change the course. Give"
            " another folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    known = _read_manifest(folder)
    new: list[str] = []
    renewed: list[str] = []
    beside: list[tuple[str, str]] = []
    for name, file in course_files(source).items():
        ours, target = file.read_bytes(), folder / name
        mark = fingerprint(name, ours)
        laid, offered = known.get(name, {}).get("laid"), known.get(name, {}).get("offered")
        theirs = fingerprint(name, target.read_bytes()) if target.exists() else None
        if theirs is None or theirs == laid != mark:
            _write(target, ours)
            (new if theirs is None else renewed).append(name)
            laid = mark
        elif theirs == mark:
            laid = mark
        elif offered != mark:
            beside.append((name, _lay_beside(folder, name, ours, release)))
        known[name] = {"laid": laid or "", "offered": mark}
    _write(
        folder / HIDDEN / _MANIFEST,
        json.dumps({"course": release, "files": known}, indent=1, sort_keys=True).encode(),
    )
    return LaidOut(folder, tuple(new), tuple(renewed), tuple(beside))


def fingerprint(name: str, content: bytes) -> str:
    """Return what changes when someone changes a file; in a notebook its cells count, and what
    running them left does not.

    >>> page = '{"cells": [{"cell_type": "code", "source": "1 + 1", "outputs": [], "execution_count": %s}]}'
    >>> fingerprint("a.ipynb", (page % "null").encode()) == fingerprint("a.ipynb", (page % "7").encode())
    True
    """
    if name.endswith(".ipynb"):
        try:
            cells = [
                (
                    cell["cell_type"],
                    "".join(cell["source"]),
                    cell.get("attachments"),
                    cell.get("metadata", {}).get("tags"),
                )
                for cell in json.loads(content)["cells"]
            ]
            content = json.dumps(cells, sort_keys=True).encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # no notebook any more: whatever it is now, its bytes count
    return hashlib.sha256(content).hexdigest()


def is_course_page(content: bytes) -> bool:
    """Return whether a notebook's cells are those of a page of the installed course."""
    return fingerprint("page.ipynb", content) in _course_pages()


@cache
def _course_pages() -> frozenset[str]:
    return frozenset(
        fingerprint(name, file.read_bytes())
        for name, file in course_files(course_source()).items()
        if name.endswith(".ipynb")
    )


def _lay_beside(folder: Path, name: str, ours: bytes, release: str) -> str:
    """Write the course's version beside a learner's file under a name that is free, and return that
    name.
    """
    path = Path(name)
    notes = ("" if number == 1 else f", {number}" for number in count(1))
    names = (path.with_name(f"{path.stem} (course {release}{note}){path.suffix}") for note in notes)
    beside = next(
        free
        for free in names
        if not (folder / free).exists() or (folder / free).read_bytes() == ours
    )
    _write(folder / beside, ours)
    return beside.as_posix()


def _read_manifest(folder: Path) -> dict[str, dict[str, str]]:
    """Return what was laid out; nothing when the manifest is lost or damaged, so that every
    differing file is kept.
    """
    try:
        files = json.loads((folder / HIDDEN / _MANIFEST).read_text(encoding="utf-8"))["files"]
        return {
            name: {key: str(row[key]) for key in ("laid", "offered")} for name, row in files.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, content)
