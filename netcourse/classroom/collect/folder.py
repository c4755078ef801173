"""Reading what a class handed in, loose or in zip archives, none of which can be trusted.

Every file is spoken of: as an answers file, as refused with its reason, or as something else. A file
that cannot be used never stops the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from netcourse.assessment.answers.model import AnswersError, bytes_of
from netcourse.classroom.collect.archive import read_zip
from netcourse.classroom.collect.hand_in import hand_in
from netcourse.classroom.collect.submissions import (
    LARGEST_READ,
    Budget,
    NotAnswers,
    Practised,
    Read,
    Rejected,
    Submission,
    kind_of,
    opened,
    shown,
)

MOST_FILES = 20_000


class Collected(NamedTuple):
    """What lies in a folder; copies and conflicts are not settled yet."""

    found: list[Submission]
    rejected: list[Rejected]
    others: list[NotAnswers]
    drills: list[Practised]


def collect(folder: Path, leave_out: Path | None = None) -> Collected:
    """Read everything under a folder, in the order of the names; `leave_out` is a folder to pass
    by.

    Answers files are *.json, and *.json in *.zip; links are not followed. Whoever handed in nothing
    that could be an answers file is among the rejected. Raises nothing for what lies in the folder.
    """
    collected = Collected([], [], [], [])
    for one in _read_all(folder, leave_out):
        if isinstance(one, Submission):
            collected.found.append(one)
        elif isinstance(one, Practised):
            collected.drills.append(one)
        elif isinstance(one, Rejected):
            collected.rejected.append(one)
        else:
            collected.others.append(one)
    return _with_nobody_lost(collected)


def _read_all(folder: Path, leave_out: Path | None) -> Iterator[Read]:
    budget, seen, passed_by = Budget(), 0, 0
    skip = leave_out.resolve() if leave_out else None
    troubles: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=troubles.append, followlinks=False):
        place = Path(here)
        # A folder that is called like an answers file is spoken of; it is entered all the same.
        odd = {name for name in folders if kind_of(name) in ("answers", "zip")}
        closed = {
            name: "a folder of the system, not opened"
            if name.startswith((".", "__MACOSX"))
            else "a link to a folder, not followed"
            for name in folders
            if name.startswith((".", "__MACOSX"))
            or ((place / name).is_symlink() and name not in odd)
        }
        for name in sorted(closed):
            yield NotAnswers(_name(place / name, folder), closed[name])
        named_as_read = kind_of(place.name) in ("answers", "zip")
        if not files and not folders and place != folder and not named_as_read:
            yield NotAnswers(f"{_name(place, folder)}/", "an empty folder")
        folders[:] = sorted(
            name for name in folders if name not in closed and (place / name).resolve() != skip
        )
        for name in sorted({*files, *odd}):
            if kind_of(name) in ("answers", "zip"):
                seen += 1
            else:
                passed_by += 1
            if seen > MOST_FILES:
                yield Rejected(
                    _name(place / name, folder),
                    "too many",
                    f"more than {MOST_FILES} files: the rest of the folder was not read",
                )
                return
            if kind_of(name) in ("answers", "zip") or passed_by <= MOST_FILES:
                yield from _read(place / name, _name(place / name, folder), budget)
    if passed_by > MOST_FILES:
        yield NotAnswers("", f"and {passed_by - MOST_FILES} more files that are no answers files")
    for trouble in troubles:
        yield Rejected(
            _name(Path(trouble.filename or folder), folder),
            "unreadable",
            f"this folder cannot be read: {trouble.strerror or 'unknown error'}",
        )


def _read(path: Path, name: str, budget: Budget) -> Iterator[Read]:
    kind = kind_of(path.name)
    if kind == "zip":
        yield from read_zip(path, name, budget)
    elif kind == "answers":
        yield _read_file(path, name, budget)
    else:
        yield NotAnswers(name, kind)


def _read_file(path: Path, name: str, budget: Budget) -> Submission | Practised | Rejected:
    try:
        data = bytes_of(path, LARGEST_READ)
        received = path.lstat().st_mtime
    except AnswersError as error:
        return Rejected(name, error.reason, str(error))
    except OSError as error:
        return Rejected(name, "unreadable", f"the file cannot be read: {error.strerror}")
    return opened(name, data, received, [(budget, "the folder")])


def _name(path: Path, folder: Path) -> str:
    return shown(os.path.relpath(path, folder))


def _with_nobody_lost(collected: Collected) -> Collected:
    """Refuse what lies where nothing could be an answers file: that hand-in would be lost."""
    sources = [one.source for one in collected.found] + [one.source for one in collected.rejected]
    sources += [one.source for one in collected.drills]
    spoken_of = {_place(source) for source in sources}
    around = {above for place in spoken_of for above in _upwards(place)}
    around = around | {""} if spoken_of else around
    alone = [
        one
        for one in collected.others
        if (place := _place(one.source)) not in around
        and not spoken_of.intersection(_upwards(place))
    ]
    with_work = {_place(one.source) for one in alone if not _of_the_system(one)}
    lost = [one for one in alone if not (_of_the_system(one) and _place(one.source) in with_work)]
    passed_by = {id(one) for one in lost}
    return Collected(
        collected.found,
        [*collected.rejected, *(Rejected(one.source, "no answers", one.text) for one in lost)],
        [one for one in collected.others if id(one) not in passed_by],
        collected.drills,
    )


def _place(source: str) -> str:
    """The part of a path that is one learner's alone, as far as can be seen."""
    source = "/".join(part for part in source.split("/") if part != "__MACOSX")
    told = hand_in(source)
    return told.place if told.platform else source.rpartition("/")[0]


def _upwards(place: str) -> Iterator[str]:
    """The place itself and the folders that it lies in, the whole folder excepted."""
    while place:
        yield place
        place = place.rpartition("/")[0]


def _of_the_system(one: NotAnswers) -> bool:
    return "of the system" in one.text


__all__ = ["Collected", "collect"]
