"""Notes as CSV (RFC 4180): one row per note.

A spreadsheet runs a cell that begins like a formula; such cells get an apostrophe in front. Not so
in Readwise's file: an importer reads it, which runs nothing and would keep the apostrophe in the
quote, and in the title that it knows a book by. What is quoted stands there to the letter.
Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from margins.annotation import Motivation
from margins.api.shelf import Book, File

__all__ = ["to_csv", "to_readwise"]

# Some locales take the full-width forms for the others.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_COLUMNS = (
    "Title", "Authors", "Kind", "Quote", "Note", "Tags", "Colour", "Page", "Location", "Headings",
    "Created",
)  # fmt: skip
# https://docs.readwise.io/readwise/docs/importing-highlights/import-csv
_READWISE_COLUMNS = ("Highlight", "Title", "Author", "URL", "Note", "Location", "Date")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _rows(books: Sequence[Book]) -> Iterator[Sequence[str]]:
    for book in books:
        for note in book.notes:
            said, target = note.annotation, note.annotation.target
            yield (
                book.publication.title,
                "; ".join(book.publication.authors),
                said.motivation.value,
                target.quote,
                said.note,
                ", ".join(said.tags),
                said.colour,
                target.page,
                "" if target.location is None else str(target.location),
                " > ".join(target.headings),
                "" if said.created is None else said.created.isoformat(sep=" "),
            )


def to_csv(books: Sequence[Book]) -> list[File]:
    """All notes in one file."""
    cells = (tuple(map(_cell, row)) for row in _rows(books))
    return [File("notes.csv", "text/csv", _table(_COLUMNS, cells))]


def _readwise_rows(books: Sequence[Book]) -> Iterator[Sequence[str]]:
    for book in books:
        for note in book.notes:
            said, target = note.annotation, note.annotation.target
            if said.motivation is Motivation.BOOKMARKING:
                continue
            tags = " ".join(f".{tag.replace(' ', '_')}" for tag in said.tags)
            yield (
                target.quote or said.note,
                book.publication.title,
                ", ".join(book.publication.authors),
                "",
                " ".join(part for part in (tags, said.note if target.quote else "") if part),
                str(target.location.start) if target.location is not None else target.page,
                "" if said.created is None else f"{said.created:%Y-%m-%d %H:%M:%S}",
            )


def to_readwise(books: Sequence[Book]) -> list[File]:
    """All notes but bookmarks, with Readwise's columns; tags in its way, `.tag` in the note."""
    table = _table(_READWISE_COLUMNS, _readwise_rows(books))
    return [File("readwise.csv", "text/csv", table)]
