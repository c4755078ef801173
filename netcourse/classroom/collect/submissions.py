"""Reading what a class handed in: answers files, loose or in zip archives, none of which can be
trusted.

A file that cannot be used is listed with its reason and never stops the others.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netcourse.assessment.answers.model import (
    COURSE,
    LARGEST_FILE,
    AnswersError,
    AnswersFile,
    parse_answers,
    read_answers,
)

LARGEST_ZIP = 64 * 1024 * 1024
MOST_MEMBERS = 5000
MOST_FILES = 20_000


@dataclass(frozen=True)
class Submission:
    """An answers file that can be marked, and where it was found."""

    source: str
    file: AnswersFile


@dataclass(frozen=True)
class Rejected:
    """A file that cannot be marked: `reason` in a word or two, `text` in full.

    >>> print(Rejected("a.json", "empty", "the file is empty"))
    a.json: the file is empty
    """

    source: str
    reason: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


def collect(folder: Path, leave_out: Path | None = None) -> tuple[list[Submission], list[Rejected]]:
    """Read every answers file under a folder, in the order of their names; `leave_out` is a folder
    to pass by.

    Files are *.json, and *.json in *.zip; links are not followed. Of several copies of one
    learner's file the longest counts. Raises nothing for what lies in the folder.
    """
    found: list[Submission] = []
    rejected: list[Rejected] = []
    for one in _read_all(folder, leave_out):
        (found if isinstance(one, Submission) else rejected).append(one)  # type: ignore[arg-type]
    kept, copies = _one_each(found)
    return kept, rejected + copies


def _read_all(folder: Path, leave_out: Path | None) -> Iterator[Submission | Rejected]:
    seen = 0
    for path, trouble in _files(folder, leave_out):
        name = shown(os.path.relpath(path, folder))
        if trouble:
            yield Rejected(name, "unreadable", f"this folder cannot be read: {trouble}")
            continue
        seen += 1
        if seen > MOST_FILES:
            yield Rejected(
                name,
                "too many",
                f"more than {MOST_FILES} files: the rest of the folder was not read",
            )
            return
        if path.suffix.lower() == ".zip":
            yield from _read_zip(path, name)
        else:
            try:
                yield _own(name, read_answers(path))
            except AnswersError as error:
                yield Rejected(name, error.reason, str(error))


def _files(folder: Path, leave_out: Path | None) -> Iterator[tuple[Path, str]]:
    """Yield answers files and archives in the order of their names, then folders that could not be
    read, with why.

    Hidden files are the system's own and passed by.
    """
    troubles: list[OSError] = []
    skip = leave_out.resolve() if leave_out else None
    for here, folders, files in os.walk(folder, onerror=troubles.append, followlinks=False):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "__MACOSX")) and Path(here, name).resolve() != skip
        )
        for name in sorted([*files, *(name for name in folders if _wanted(name))]):
            if _wanted(name):
                yield Path(here, name), ""
    yield from (
        (Path(trouble.filename or folder), trouble.strerror or "unknown error")
        for trouble in troubles
    )


def _wanted(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith((".json", ".zip"))


def _own(source: str, file: AnswersFile) -> Submission | Rejected:
    if file.course != COURSE:
        return Rejected(
            source,
            "foreign course",
            f"these answers belong to the course '{shown(file.course)}', not to {COURSE}",
        )
    return Submission(source, file)


def _read_zip(path: Path, name: str) -> Iterator[Submission | Rejected]:
    """Read the answers files of an archive without unpacking it: bounded in count, size and
    depth.
    """
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            yield Rejected(
                name,
                "link" if stat.S_ISLNK(about.st_mode) else "no file",
                "this is no ordinary file; hand in the archive itself",
            )
            return
        if about.st_size > LARGEST_ZIP:
            yield Rejected(
                name,
                "too large",
                f"the archive has more than {LARGEST_ZIP // 1024**2} MB: unpack it first",
            )
            return
        with zipfile.ZipFile(path) as archive:
            members = [
                member
                for member in archive.infolist()
                if not member.is_dir() and _wanted_member(member.filename)
            ]
            for member in members[:MOST_MEMBERS]:
                yield _read_member(archive, member, f"{name}/{shown(member.filename)}")
            if len(members) > MOST_MEMBERS:
                yield Rejected(
                    name,
                    "too many",
                    f"more than {MOST_MEMBERS} files in this archive: the rest was not read",
                )
    except (
        zipfile.BadZipFile,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
        EOFError,
        UnicodeError,
    ):
        yield Rejected(name, "malformed", "this archive is damaged or no zip file")


def _wanted_member(filename: str) -> bool:
    parts = filename.replace("\\", "/").split("/")
    return _wanted(parts[-1]) and "__MACOSX" not in parts


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str
) -> Submission | Rejected:
    if member.filename.lower().endswith(".zip"):
        return Rejected(
            name, "nested", "a zip inside a zip is not opened: unpack the outer one first"
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        return Rejected(name, "link", "this is a link to another file; hand in the file itself")
    if member.flag_bits & 1:
        return Rejected(name, "encrypted", "this file is protected by a password")
    if member.file_size > LARGEST_FILE:
        return Rejected(
            name,
            "too large",
            f"the file is larger than {LARGEST_FILE // 1024} KB; an answers file never is",
        )
    try:
        with archive.open(member) as file:
            data = file.read(LARGEST_FILE + 1)  # what the archive says of its sizes may be a lie
        return _own(name, parse_answers(data))
    except AnswersError as error:
        return Rejected(name, error.reason, str(error))
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
        EOFError,
    ):
        return Rejected(
            name, "malformed", "this file cannot be read from the archive: it is damaged"
        )


def _one_each(found: list[Submission]) -> tuple[list[Submission], list[Rejected]]:
    """Keep one file of each learner: a copy or an earlier state is passed over, two that disagree
    are both refused.
    """
    kept: list[Submission] = []
    rejected: list[Rejected] = []
    by_learner: dict[str, list[Submission]] = {}
    for one in found:
        by_learner.setdefault(one.file.pseudonym, []).append(one)
    for pseudonym, mine in by_learner.items():
        longest = max(mine, key=lambda one: len(one.file.answers))  # the first of the longest
        others = [one for one in mine if one is not longest]
        if strangers := [one for one in others if not _continues(longest.file, one.file)]:
            clash = [longest, *strangers]
            for one in clash:
                rest = ", ".join(other.source for other in clash if other is not one)
                text = (
                    f"{pseudonym} stands in files with different answers (the other: {rest}): keep"
                    " the learner's own and run again"
                )
                rejected.append(Rejected(one.source, "duplicate", text))
            others = [one for one in others if one not in strangers]
        else:
            kept.append(longest)
        for one in others:
            same = "the same file as" if one.file == longest.file else "an earlier state of"
            rejected.append(Rejected(one.source, "duplicate", f"this is {same} {longest.source}"))
    return kept, rejected


def _continues(long: AnswersFile, short: AnswersFile) -> bool:
    """Whether the longer file is the shorter one with answers added, as every answers file
    grows.
    """
    return (
        long.course_seed == short.course_seed
        and long.answers[: len(short.answers)] == short.answers
    )


def shown(text: str) -> str:
    r"""Return a name as it may be shown: one line, no control characters, at most 200 characters.

    >>> shown("a\nb")
    'a?b'
    """
    safe = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in safe)[:200]
