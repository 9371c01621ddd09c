"""Comma-separated tables as apps and spreadsheets write them: bounded, by column name.

The separator is whichever of comma, semicolon and tab splits the header best, since spreadsheets
save by the habits of their country. Source: RFC 4180.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from margins.errors import FormatError

__all__ = ["MAX_FIELD", "MAX_ROWS", "Row", "Table", "header", "read"]

MAX_ROWS = 200_000
MAX_FIELD = 1024 * 1024
_MAX_HEADER = 4096
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One record.

    Attributes:
        number: its ordinal among the records after the header, from 1.
        line: the line of the file it ends on, from 1.
        cells: text by column name, trimmed; a column that the record lacks is absent.
        surplus: cells beyond the last column.
    """

    number: int
    line: int
    cells: dict[str, str]
    surplus: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"row {self.number}, line {self.line}"

    @property
    def raw(self) -> str:
        """The cells, one after the other, for people."""
        return " | ".join((*self.cells.values(), *self.surplus))


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the records under it."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def _first_record(text: str, separator: str) -> tuple[str, ...]:
    lines = io.StringIO(text[:_MAX_HEADER].lstrip("\ufeff"), newline="")
    try:
        return tuple(c.strip() for c in next(csv.reader(lines, delimiter=separator), []))
    except csv.Error:
        return ()


def _separator(text: str) -> str:
    return max(_SEPARATORS, key=lambda separator: len(_first_record(text, separator)))


def header(text: str) -> tuple[str, ...]:
    """The column names, or () when the first line is no header. Reads 4 KiB; never raises."""
    columns = _first_record(text, _separator(text))
    return columns if len(columns) > 1 and all(columns) else ()


def _records(text: str, place: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each record that is not blank, the header first."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD))
    lines = io.StringIO(text.lstrip("\ufeff"), newline="")
    reader = csv.reader(lines, delimiter=_separator(text), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise FormatError(
            f"The table cannot be read: {error}.",
            place=f"{place}, line {reader.line_num}",
            remedy="Send the file as the app wrote it, not saved again by a spreadsheet.",
        ) from error


def read(text: str, place: str) -> Table:
    """The whole table.

    Args:
        text: decoded, with or without byte order mark.
        place: the file, for messages.

    Raises:
        FormatError: quotes that never close, cells over MAX_FIELD characters, over MAX_ROWS rows.
    """
    records = _records(text, place)
    columns = tuple(cell.strip() for cell in next(records, (0, []))[1])
    rows: list[Row] = []
    for line, cells in records:
        if len(rows) == MAX_ROWS:
            raise FormatError(
                f"The table has more than {MAX_ROWS} rows.",
                place=f"{place}, line {line}",
                remedy="Send it in parts, each with the header line.",
            )
        named = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        rows.append(Row(len(rows) + 1, line, named, tuple(cells[len(columns) :])))
    return Table(columns, tuple(rows))
