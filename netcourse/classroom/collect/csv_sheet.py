"""A CSV file of someone else's, read so that it can be written back with a few cells changed and
every other byte as it was.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LARGEST = 16 * 1024 * 1024
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


@dataclass
class CsvSheet:
    """Rows of cells as they stand in the file, quotes and all; `ends` are the line ends."""

    bom: bytes
    encoding: str
    delimiter: str
    raw: list[list[str]]
    ends: list[str]

    def value(self, row: int, column: int) -> str:
        r"""Return what a cell says, without its quotes; empty outside the row.

        >>> read_csv(b'name;mark\r\n"Ott; Eva";').value(1, 0)
        'Ott; Eva'
        """
        cells = self.raw[row]
        text = cells[column].strip() if column < len(cells) else ""
        return (
            text[1:-1].replace('""', '"').strip()
            if len(text) > 1 and text[0] == text[-1] == '"'
            else text
        )

    @property
    def head(self) -> list[str]:
        """The names of the columns."""
        return [self.value(0, column) for column in range(len(self.raw[0]))]

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers are written with a comma here."""
        cells = (
            self.value(row, column)
            for row in range(1, len(self.raw))
            for column in range(len(self.raw[row]))
        )
        return any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)

    def put(self, row: int, column: int, text: str) -> None:
        """Write a cell, quoted where it was or must be; a row that is too short is filled up."""
        cells = self.raw[row]
        cells += [""] * (column + 1 - len(cells))
        quoted = cells[column].strip().startswith('"') or any(
            sign in text for sign in (self.delimiter, '"', "\n", "\r")
        )
        cells[column] = '"' + text.replace('"', '""') + '"' if quoted else text

    def to_bytes(self) -> bytes:
        """Return the file."""
        lines = (
            self.delimiter.join(cells) + end for cells, end in zip(self.raw, self.ends, strict=True)
        )
        return self.bom + "".join(lines).encode(self.encoding)


def read_csv(data: bytes) -> CsvSheet:
    """Read a CSV file: UTF-8, UTF-16 or a Windows code page, with commas, semicolons or tabs.

    Raises ValueError where it holds no table.
    """
    if len(data) > _LARGEST:
        raise ValueError(f"has more than {_LARGEST // 1024**2} MB; a list of learners never does")
    bom, encoding = next(
        ((bom, name) for bom, name in _ENCODINGS if data.startswith(bom)), (b"", "utf-8")
    )
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            raise ValueError("is no text; save it as CSV in UTF-8") from None
    if "\0" in text or not text.strip():
        raise ValueError("is empty or no CSV file")
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    if not first.count(delimiter):
        delimiter = ","
    raw, ends = _split(text, delimiter)
    return CsvSheet(bom, encoding, delimiter, raw, ends)


def _split(text: str, delimiter: str) -> tuple[list[list[str]], list[str]]:
    raw: list[list[str]] = []
    ends: list[str] = []
    cells: list[str] = []
    start, quoted, at = 0, False, 0
    while at < len(text):
        sign = text[at]
        if sign == '"':
            quoted = not quoted  # a doubled quote turns it off and on again
        elif not quoted and sign == delimiter:
            cells.append(text[start:at])
            start = at + 1
        elif not quoted and sign in "\r\n":
            end = "\r\n" if text.startswith("\r\n", at) else sign
            raw.append([*cells, text[start:at]])
            ends.append(end)
            cells = []
            at += len(end) - 1
            start = at + 1
        at += 1
    if quoted:
        raise ValueError("has a quotation mark that is never closed")
    if start < len(text) or cells:
        raw.append([*cells, text[start:]])
        ends.append("")
    return raw, ends
