"""A TOML file that a stranger may have written, read within limits."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LARGEST = 1024 * 1024
DEEPEST = 12
LONGEST = 20_000


def read_toml(path: Path) -> dict[str, Any]:
    """Return the rows of a TOML file in UTF-8, with a byte order mark or without.

    Raises ValueError in plain words, without the file's name: too large, too deep, no TOML, a text
    that is too long or holds control characters. FileNotFoundError.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"has more than {LARGEST // 1024**2} MB; a page of the course never has")
    return parse_toml(data)


def parse_toml(data: bytes) -> dict[str, Any]:
    r"""Return the rows of a TOML page; errors as in `read_toml`.

    >>> parse_toml(b"\xef\xbb\xbfage_y = 58")
    {'age_y': 58}
    >>> parse_toml(b"x = " + 5000 * b"[" + 5000 * b"]")
    Traceback (most recent call last):
    ValueError: is nested too deep: at most 12 tables and lists may lie in each other
    """
    too_deep = f"is nested too deep: at most {DEEPEST} tables and lists may lie in each other"
    try:
        rows = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("cannot be read as TOML: it is no text in UTF-8") from None
    except RecursionError:
        raise ValueError(too_deep) from None
    except ValueError as error:
        raise ValueError(f"cannot be read as TOML: {error}") from None
    for place, value, depth in _everything(rows):
        if depth > DEEPEST:
            raise ValueError(too_deep)
        if trouble := _trouble(value):
            raise ValueError(f"{place}: {trouble}")
    return rows


def _everything(rows: dict[str, Any]) -> Iterator[tuple[str, Any, int]]:
    """Every key and value with its place and depth, without recursion."""
    waiting: list[tuple[str, Any, int]] = [("", rows, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        yield place, value, depth
        if depth > DEEPEST:
            continue
        if isinstance(value, dict):
            for name, inner in value.items():
                yield "a name", name, depth
                waiting.append((f"{place}.{name}".lstrip("."), inner, depth + 1))
        elif isinstance(value, list):
            waiting += [(f"{place}[{n}]", inner, depth + 1) for n, inner in enumerate(value, 1)]


def _trouble(value: Any) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST:
            return f"has {len(value)} characters; at most {LONGEST} are allowed"
        if not value.replace("\n", "").replace("\t", "").isprintable():
            return "holds control characters; write plain text"
    return ""
