"""Keeping the answers file safe: two notebooks may write at once, and the power may fail at any
instant.

Every answer is appended under a lock, written to a second file in the same folder, flushed to the
disk and put in place in one step. So the file is always the old one or the new one, whole.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from netcourse.assessment.answers.model import (
    LARGEST_FILE,
    Answer,
    AnswersError,
    AnswersFile,
    parse_answers,
)
from netcourse.assessment.answers.pseudonym import new_course_seed, new_pseudonym

LONGEST_WAIT_S = 20


class Answers(Protocol):
    """Where a learner's answers are kept. `notice` is something the learner must be told, or
    empty.
    """

    notice: str

    @property
    def file(self) -> AnswersFile:
        """The answers as they stand now."""

    def add(self, answer: Answer) -> AnswersFile:
        """Keep one more answer and return them all; when this returns, it is safe."""


class MemoryAnswers:
    """Answers that are forgotten with the object: for demonstrations and tests.

    >>> MemoryAnswers(course_seed=7).file.course_seed
    7
    """

    def __init__(
        self,
        course_seed: int = 1,
        pseudonym: str = "silver-heron-1000",
        file: AnswersFile | None = None,
    ) -> None:
        self.notice = ""
        self._file = file or AnswersFile(pseudonym=pseudonym, course_seed=course_seed)

    @property
    def file(self) -> AnswersFile:
        """The answers as they stand now."""
        return self._file

    def add(self, answer: Answer) -> AnswersFile:
        """Keep one more answer and return them all."""
        self._file = self._file.model_copy(update={"answers": (*self._file.answers, answer)})
        return self._file


class StoredAnswers:
    """The learner's answers file, made at the first use, from `first` where it is given.

    A file that cannot be read is kept under another name beside it and a new one begun; `notice`
    tells the learner. Raises AnswersError where the file was written by a newer netcourse or
    nothing can be written.
    """

    def __init__(
        self, path: Path | str, course_seed: int | None = None, first: AnswersFile | None = None
    ) -> None:
        self.path = Path(path).resolve()
        self.notice = ""
        self._first = first
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            if self.path.exists():
                self._file = self._read_or_set_aside(course_seed)
            else:
                self._file = self._begin(course_seed)

    def __repr__(self) -> str:
        return f"StoredAnswers({self.path.name}: {len(self._file.answers)} entries)"

    @property
    def file(self) -> AnswersFile:
        """The answers as they stand in the file, with what another notebook may have added."""
        with suppress(
            OSError,
            AnswersError,
            # being replaced, lost or damaged since: what was read last still holds; `add` deals
            # with it
        ):
            self._file = parse_answers(self.path.read_bytes())
        return self._file

    def add(self, answer: Answer) -> AnswersFile:
        """Append one answer and return them all; when this returns, it is on the disk.

        Raises AnswersError when the file cannot be written, is full or closed.
        """
        with locked(self.path):
            now = self._read_or_set_aside(None) if self.path.exists() else self._file
            if now.closed:
                raise AnswersError(
                    "closed",
                    f"{self.path.name} was closed when the key was told: answers no longer count."
                    " To practise, open the key again.",
                )
            grown: AnswersFile = now.model_copy(update={"answers": (*now.answers, answer)})
            self._write(grown)
            self._file = grown
        return grown

    def close(self) -> AnswersFile:
        """Close the file for good, now that the key is told, and return it; errors as in `add`."""
        with locked(self.path):
            now = self._read_or_set_aside(None) if self.path.exists() else self._file
            if not now.closed:
                time = datetime.now(UTC).isoformat(timespec="microseconds")
                now = now.model_copy(update={"closed": time})
                self._write(now)
            self._file = now
        return now

    def _begin(self, course_seed: int | None) -> AnswersFile:
        begun = self._first or AnswersFile(
            pseudonym=new_pseudonym(),
            course_seed=new_course_seed() if course_seed is None else course_seed,
        )
        self._write(begun)
        return begun

    def _read_or_set_aside(self, course_seed: int | None) -> AnswersFile:
        try:
            return parse_answers(self.path.read_bytes())
        except OSError as error:
            raise AnswersError(
                "unreadable", f"{self.path.name} cannot be read: {error.strerror}"
            ) from None
        except AnswersError as error:
            if error.reason == "future version":
                raise AnswersError(
                    error.reason, f"{self.path.name} was {error}. Nothing was changed."
                ) from None
            kept = self._set_aside()
            self.notice = (
                f"Your answers file could not be read ({error}). It was kept as {kept.name} beside"
                " the new one, and nothing in it was changed. You are starting with an empty file;"
                " ask your instructor whether the old one can be mended."
            )
            known: AnswersFile | None = getattr(self, "_file", None)
            if known is not None:  # this notebook still knows what stood in it
                self.notice = (
                    f"Your answers file was damaged from outside. It was kept as {kept.name}; your"
                    " answers were restored."
                )
                self._write(known)
                return known
            return self._begin(course_seed)

    def _set_aside(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        for n in range(1000):
            kept = self.path.with_name(
                f"{self.path.stem}.unreadable-{stamp}{f'-{n}' if n else ''}{self.path.suffix}"
            )
            if not kept.exists():
                self.path.rename(kept)
                return kept
        raise AnswersError(
            "unreadable",
            f"{self.path.name} cannot be read, and too many unreadable copies lie beside it"
            " already",
        )

    def _write(self, file: AnswersFile) -> None:
        data = file.to_json().encode()
        if len(data) > LARGEST_FILE:
            raise AnswersError(
                "too large",
                f"{self.path.name} is full ({LARGEST_FILE // 1024} KB): rename it and begin a"
                " new one",
            )
        try:
            write_atomically(self.path, data)
        except OSError as error:
            raise AnswersError(
                "unwritable",
                f"{self.path.name} cannot be written: {error.strerror or error}. Your answer was"
                " not kept.",
            ) from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other writer away from a file; AnswersError where that fails."""
    if sys.platform == "emscripten":  # in the browser there is one process and no lock
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path}.lock", timeout=LONGEST_WAIT_S)
    try:
        lock.acquire()
    except Timeout:
        raise AnswersError(
            "locked",
            f"another notebook has held {path.name} for {LONGEST_WAIT_S} s; close it and try again",
        ) from None
    except OSError as error:
        raise AnswersError(
            "unwritable",
            f"the folder of {path.name} cannot be written: {error.strerror or error}",
        ) from None
    try:
        for left in path.parent.glob(
            f".{path.name}.*.tmp"
        ):  # of a writer that was killed: all others hold the lock
            left.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


PRIVATE = 0o600
"""For files with names or secrets in them: their owner alone reads them."""


def write_atomically(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Replace a file in one step: a reader, and a crash, see the old content or the new, never a
    part.

    `mode` says who may read it, less what the system takes away. Raises OSError; the old file is
    then untouched.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(half, flags, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(half, path)
    except OSError as error:
        half.unlink(missing_ok=True)
        error.filename = str(path)  # a full disk names none, and nobody knows the half-written one
        error.filename2 = None
        raise
    if hasattr(
        os, "O_DIRECTORY"
    ):  # where a folder can be flushed, the new name survives a power cut too
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        except OSError:
            pass  # some network folders refuse; the file itself is flushed
        finally:
            os.close(folder)


def _replace(half: Path, path: Path) -> None:
    for attempt in range(100):
        try:
            half.replace(path)
            return
        except PermissionError:
            # Windows refuses while someone has the file open, if only to read it.
            if os.name != "nt" or attempt == 99:
                raise
            time.sleep(0.02)
