"""Reading the answers files of a zip archive without unpacking it: bounded in count, size, answers
and depth.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

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

LARGEST_ZIP = 64 * 1024 * 1024
LARGEST_INNER_ZIP = 8 * 1024 * 1024
MOST_MEMBERS = 5000
ARCHIVE = Budget(64 * 1024 * 1024, 100_000)
"""What a class's archive may hold."""
INNER = Budget(4 * 1024 * 1024, 10_000)
"""What an archive within another, a learner's own, may hold."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    NotImplementedError,
    ValueError,
    RuntimeError,
    EOFError,
    UnicodeError,
)


@dataclass(frozen=True)
class _Archive:
    zip: zipfile.ZipFile
    name: str
    received: float
    budgets: tuple[tuple[Budget, str], ...]
    inner: bool = False


def read_zip(path: Path, name: str, budget: Budget) -> Iterator[Read]:
    """Yield what an archive holds, `name` before each member's; the `budget` is the run's."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            link = stat.S_ISLNK(about.st_mode)
            yield Rejected(
                name,
                "link" if link else "no file",
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
        budgets = ((replace(ARCHIVE), "this archive"), (budget, "the folder"))
        with zipfile.ZipFile(path) as opened:
            yield from _members(_Archive(opened, name, about.st_mtime, budgets))
    except _BROKEN:
        yield Rejected(name, "malformed", "this archive is damaged or no zip file")


def _members(archive: _Archive) -> Iterator[Read]:
    members = [member for member in archive.zip.infolist() if not member.is_dir()]
    for member in members[:MOST_MEMBERS]:
        name = f"{archive.name}/{shown(member.filename)}"
        parts = member.filename.replace("\\", "/").split("/")
        kind = "a file of the system" if "__MACOSX" in parts else kind_of(parts[-1])
        if kind not in ("answers", "zip"):
            yield NotAnswers(name, kind)
        elif refusal := _refusal(archive, member, name, kind):
            yield refusal
        elif kind == "zip":
            yield from _inner(archive, member, name)
        else:
            yield _read_member(archive, member, name)
    if len(members) > MOST_MEMBERS:
        yield Rejected(
            archive.name,
            "too many",
            f"more than {MOST_MEMBERS} files in this archive: the rest was not read",
        )


def _refusal(archive: _Archive, member: zipfile.ZipInfo, name: str, kind: str) -> Rejected | None:
    if kind == "zip" and archive.inner:
        return Rejected(
            name, "nested", "a zip in a zip in a zip is not opened: unpack the outer ones first"
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        return Rejected(name, "link", "this is a link to another file; hand in the file itself")
    if member.flag_bits & 1:
        return Rejected(name, "encrypted", "this file is protected by a password")
    if kind == "zip" and member.file_size > LARGEST_INNER_ZIP:
        most = LARGEST_INNER_ZIP // 1024**2
        return Rejected(name, "too large", f"the archive has more than {most} MB: unpack it first")
    if kind == "answers" and member.file_size > LARGEST_READ:
        return Rejected(
            name,
            "too large",
            f"the file is larger than {LARGEST_READ // 1024} KB; an answers file never is",
        )
    return None


def _inner(archive: _Archive, member: zipfile.ZipInfo, name: str) -> Iterator[Read]:
    """Open a learner's own archive within the class's; times within it are the learner's word."""
    try:
        with archive.zip.open(member) as file:
            data = file.read(LARGEST_INNER_ZIP + 1)
        if len(data) > LARGEST_INNER_ZIP:
            raise zipfile.BadZipFile
        budgets = ((replace(INNER), "this archive"), *archive.budgets)
        received = _received(archive, member)
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            yield from _members(_Archive(opened, name, received, budgets, inner=True))
    except _BROKEN:
        yield Rejected(name, "malformed", "this archive is damaged or no zip file")


def _read_member(
    archive: _Archive, member: zipfile.ZipInfo, name: str
) -> Submission | Practised | Rejected:
    try:
        with archive.zip.open(member) as file:
            data = file.read(LARGEST_READ + 1)  # what the archive says of its sizes may be a lie
    except _BROKEN:
        return Rejected(
            name, "malformed", "this file cannot be read from the archive: it is damaged"
        )
    return opened(name, data, _received(archive, member), archive.budgets)


def _received(archive: _Archive, member: zipfile.ZipInfo) -> float:
    """When a platform received a member; in an archive of anyone's, when the archive came."""
    if archive.inner or not hand_in(shown(member.filename)).platform:
        return archive.received
    try:
        return datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return archive.received
