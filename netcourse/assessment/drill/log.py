"""The drill's file: every signed reading, appended and never changed, beside the answers file.

It is written as the answers are: under a lock, in one step, flushed to the disk. So a kill at any
instant loses nothing that was signed.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netcourse.assessment.answers.model import AnswersError
from netcourse.assessment.answers.pseudonym import PATTERN
from netcourse.assessment.answers.store import locked, write_atomically
from netcourse.assessment.drill.scoring import Reading

NAME = "drill.json"
COURSE: Literal["netcourse drill"] = "netcourse drill"
LARGEST = 16 * 1024 * 1024
_SEEDS = 10**9


class DrillFile(BaseModel):
    """What the file holds: the seed of the reader's first case, the readings in their order, and
    the pseudonym under which the reader answers the exercises (None where that is not known).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    course: Literal["netcourse drill"] = COURSE
    schema_version: Literal[1] = 1
    first_seed: Annotated[int, Field(ge=1, le=10**12)]
    pseudonym: Annotated[str, Field(pattern=PATTERN, max_length=60)] | None = None
    readings: tuple[Reading, ...] = ()


class DrillLog:
    """The readings in a file, or in memory alone without a path.

    A file that cannot be read is kept under another name beside a new one; `notice` says so. Raises
    AnswersError where nothing can be written.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        first_seed: int | None = None,
        pseudonym: str | None = None,
    ) -> None:
        self.path = None if path is None else Path(path).resolve()
        self.notice = ""
        begun = DrillFile(
            first_seed=first_seed or 1 + secrets.randbelow(_SEEDS), pseudonym=pseudonym
        )
        if self.path is None:
            self._file = begun
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            self._file = self._read(begun) if self.path.exists() else self._write(begun)

    def __repr__(self) -> str:
        return f"DrillLog({len(self.readings)} cases signed)"

    @property
    def first_seed(self) -> int:
        """The seed from which the reader's cases are chosen."""
        return self._file.first_seed

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Everything signed so far."""
        return self._file.readings

    def add(self, reading: Reading) -> tuple[Reading, ...]:
        """Append a reading and return all; when this returns, it is on the disk."""
        if self.path is None:
            self._file = _grown(self._file, reading)
            return self.readings
        with locked(self.path):
            now = self._read(self._file) if self.path.exists() else self._file
            self._file = self._write(_grown(now, reading))
        return self.readings

    def _read(self, instead: DrillFile) -> DrillFile:
        """The file's content; where it is damaged it is set aside, and what is known takes its
        place.
        """
        assert self.path is not None
        try:
            return parse_drill(self.path.read_bytes())
        except OSError as error:
            raise AnswersError(
                "unreadable", f"{self.path.name} cannot be read: {error.strerror}"
            ) from None
        except AnswersError:
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
            kept = self.path.with_name(f"{self.path.stem}.unreadable-{stamp}{self.path.suffix}")
            self.path.rename(kept)
            self.notice = (
                f"{self.path.name} could not be read. It was kept as {kept.name}, and nothing in it"
                " was changed."
            )
            return self._write(instead)

    def _write(self, file: DrillFile) -> DrillFile:
        assert self.path is not None
        try:
            write_atomically(self.path, file.model_dump_json().encode())
        except OSError as error:
            raise AnswersError(
                "unwritable",
                f"{self.path.name} cannot be written: {error.strerror or error}. Your reading was"
                " not kept.",
            ) from None
        return file


def parse_drill(data: bytes) -> DrillFile:
    """Return the drill that a file's bytes hold, which may come from anyone; AnswersError says why
    there is none.
    """
    if len(data) > LARGEST:
        raise AnswersError("too large", f"the drill has more than {LARGEST // 1024**2} MB")
    try:
        return DrillFile.model_validate_json(data)
    except ValidationError as failed:
        first = failed.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AnswersError(
            "malformed", f"this drill cannot be read: {where} {first['msg']}"
        ) from None


def read_drill(path: Path) -> DrillFile | None:
    """Return the drill in a file of the learner's own, None where there is none or it cannot be
    read; nothing is written.
    """
    try:
        return parse_drill(path.read_bytes())
    except (OSError, AnswersError):
        return None


def _grown(file: DrillFile, reading: Reading) -> DrillFile:
    return file.model_copy(update={"readings": (*file.readings, reading)})
