"""The learner's answers file: what stands in it, and how to read one that nobody can be trusted to
have written.

`answers.json` is the learner's only state: a pseudonym, the seed of all cases and an append-only
list of answers. Marks are never stored: they are worked out again from the answers, so there is
nothing to forge.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import stat
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from netcourse.assessment.answers.pseudonym import LARGEST_SEED, PATTERN

SCHEMA = 1
COURSE = "netcourse"
LARGEST_FILE = 256 * 1024
DEEPEST = 8
MOST_DIGITS = 15

Confidence = Literal["guess", "fairly sure", "sure"]
CONFIDENCES: tuple[Confidence, ...] = ("guess", "fairly sure", "sure")
Number = Annotated[float, Field(ge=-1e9, le=1e9)]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds control characters")
    return text


def _instant(time: str) -> str:
    try:
        aware = datetime.fromisoformat(time).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise ValueError("is no ISO time with a time zone")
    return time


Instant = Annotated[str, Field(max_length=40), AfterValidator(_instant)]
Word = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Id = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_printable)]


class AnswersError(ValueError):
    """An answers file that cannot be used; `reason` is one word or two for lists, the message says
    it in full.
    """

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


class Record(BaseModel):
    """A frozen record that takes no type for another: True is no 1, "3" is no 3."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class Voi(Record):
    """The VOI behind a measured number: centre (z, y, x) and diameter in mm, and what it read."""

    centre_mm: Annotated[list[Number], Field(min_length=3, max_length=3)]
    diameter_mm: Number
    suv_max: Number | None = None
    suv_mean: Number | None = None
    suv_peak: Number | None = None
    volume_ml: Number | None = None
    hu_mean: Number | None = None


class Answer(Record):
    """One checked answer, or one opened hint (`value` None). `hints` counts those opened so far for
    the item.
    """

    exercise: Id
    version: Annotated[int, Field(ge=1, le=9999)]
    item: Id
    value: int | Number | Word | Annotated[list[Number | Word], Field(max_length=16)] | None = None
    confidence: Confidence | None = None
    hints: Annotated[int, Field(ge=0, le=9)] = 0
    voi: Voi | None = None
    time: Instant

    @field_validator("value")
    @classmethod
    def _finite(cls, value: Any) -> Any:
        if isinstance(value, int) and abs(value) > 10**MOST_DIGITS:
            raise ValueError("number too large")
        return value


class AnswersFile(Record):
    """The whole file, as written beside the learner's notebooks; `ticket` is there where a graded
    pack was answered, `closed` since its key was told: nothing is added after that.
    """

    schema_version: Annotated[int, Field(ge=1, le=SCHEMA)] = SCHEMA
    course: Annotated[str, Field(min_length=1, max_length=60)] = COURSE
    pseudonym: Annotated[str, Field(pattern=PATTERN, max_length=60)]
    course_seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)]
    ticket: Annotated[str, Field(max_length=400)] | None = None
    closed: Instant | None = None
    answers: tuple[Answer, ...] = ()

    def of(self, exercise: str) -> tuple[Answer, ...]:
        """Return the answers to one exercise, in their order."""
        return tuple(answer for answer in self.answers if answer.exercise == exercise)

    def to_json(self) -> str:
        """Return the file's text: one answer to a line, so that it can be read and compared by eye.

        >>> AnswersFile(pseudonym="amber-heron-4821", course_seed=7).to_json().splitlines()[1]
        '  "schema_version": 1,'
        """
        about = self.model_dump(exclude={"answers"}, exclude_none=True)
        head = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in about.items()]
        rows = ",\n".join(
            "    " + json.dumps(answer.model_dump(exclude_none=True), allow_nan=False)
            for answer in self.answers
        )
        body = f"[\n{rows}\n  ]" if rows else "[]"
        return "\n".join(["{", *head, f'  "answers": {body}', "}\n"])


def read_answers(path: Path | str) -> AnswersFile:
    """Read an answers file that may come from anyone.

    Only a regular file of at most 256 KB is opened; a link is not followed. Raises AnswersError in
    plain words.
    """
    return parse_answers(bytes_of(Path(path)))


def parse_answers(data: bytes) -> AnswersFile:
    """Return the answers in a file's bytes; AnswersError says in plain words why there are none.

    >>> parse_answers(b'[1, 2]')
    Traceback (most recent call last):
    netcourse.assessment.answers.model.AnswersError: this is no answers file: it holds a list
    """
    if len(data) > LARGEST_FILE:
        raise AnswersError(
            "too large",
            f"the file is larger than {LARGEST_FILE // 1024} KB; an answers file never is",
        )
    if not data.strip(b"\0 \t\r\n"):
        raise AnswersError("empty", "the file is empty")
    rows = _json(data)
    if not isinstance(rows, dict):
        raise AnswersError("malformed", f"this is no answers file: it holds a {_kind(rows)}")
    if "schema_version" not in rows:
        raise AnswersError("malformed", "this is no answers file: it has no schema_version")
    version = rows["schema_version"]
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA:
        raise AnswersError(
            "future version",
            f"written by a newer netcourse (file version {version}; this one reads up to {SCHEMA}):"
            " update netcourse",
        )
    try:
        # Lists become the model's tuple here; nothing else is converted.
        if isinstance(rows.get("answers"), list):
            rows["answers"] = tuple(rows["answers"])
        return AnswersFile.model_validate(rows)
    except ValidationError as failed:
        raise AnswersError("malformed", _first_of(failed)) from None


def answers_schema() -> dict[str, Any]:
    """Return the JSON schema of an answers file.

    >>> answers_schema()["title"]
    'AnswersFile'
    """
    return AnswersFile.model_json_schema()


def bytes_of(path: Path, most: int = LARGEST_FILE) -> bytes:
    """Return what a file holds that may come from anyone: one that is regular, of at most `most`
    bytes, and still the one that was looked at; AnswersError in plain words.
    """
    try:
        seen = path.lstat()
    except FileNotFoundError:
        raise AnswersError("missing", "there is no such file") from None
    except (OSError, ValueError) as error:
        raise AnswersError("unreadable", f"the file cannot be read: {error}") from None
    if stat.S_ISLNK(seen.st_mode):
        raise AnswersError("link", "this is a link to another file; hand in the file itself")
    if not stat.S_ISREG(seen.st_mode):
        raise AnswersError("no file", "this is no ordinary file")
    if seen.st_size > most:
        raise AnswersError(
            "too large",
            f"the file has {seen.st_size / 1024:.0f} KB; an answers file has at most"
            f" {LARGEST_FILE // 1024}",
        )
    try:
        handle = os.open(
            path,
            os.O_RDONLY
            | getattr(os, "O_NOFOLLOW", 0)
            | getattr(os, "O_NONBLOCK", 0)
            | getattr(os, "O_BINARY", 0),
        )
        with os.fdopen(handle, "rb") as file:
            now = os.fstat(handle)
            if not stat.S_ISREG(now.st_mode) or (now.st_ino, now.st_dev) != (
                seen.st_ino,
                seen.st_dev,
            ):
                raise AnswersError("changed", "the file was replaced while it was read; try again")
            return file.read(most + 1)
    except OSError as error:
        raise AnswersError(
            "unreadable", f"the file cannot be read: {error.strerror or error}"
        ) from None


# Possessive, and a text without end reaches to the end: no file makes the search start over.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def _json(data: bytes) -> Any:
    """Parse JSON within limits: depth, digits, no NaN or Infinity, no key twice."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        other = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        raise AnswersError(
            "malformed",
            "the file was opened and saved in another encoding (UTF-16): hand in the file as the"
            " course wrote it"
            if other
            else "the file is no text",
        ) from None
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth > DEEPEST:
                raise AnswersError("malformed", "the file is nested too deep to be an answers file")
        elif token[0] in ("]", "}"):
            depth -= 1
    try:
        return json.loads(
            text,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_no_constant,
            object_pairs_hook=_once,
        )
    except AnswersError:
        raise
    except (ValueError, RecursionError):
        raise AnswersError(
            "malformed", "the file is damaged or no answers file: it cannot be read as JSON"
        ) from None


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise AnswersError(
            "malformed", f"a number has {len(digits)} digits; {MOST_DIGITS} are allowed"
        )
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise AnswersError("malformed", f"the number {digits[:20]} is too large")
    return value


def _no_constant(name: str) -> float:
    raise AnswersError("malformed", f"{name} is no number to answer with")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AnswersError("malformed", "a field stands twice")
    return found


def _first_of(failed: ValidationError) -> str:
    """Say the first thing that is wrong, and how many more there are."""
    errors = failed.errors(include_url=False, include_input=False)
    where = ".".join(
        str(step + 1) if isinstance(step, int) else step for step in errors[0]["loc"][:3]
    )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where[:60] or 'file'}: {str(errors[0]['msg']).removeprefix('Value error, ')}{more}"


def _kind(rows: object) -> str:
    return {"list": "list", "str": "text", "int": "number", "float": "number"}.get(
        type(rows).__name__, "single value"
    )
