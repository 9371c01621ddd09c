"""From the marked blocks of the page to books and their entries, each with nothing left out.

bookTitle authors [citation] (sectionHeading | noteHeading noteText?)*
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from margins.annotation import Creator, Publication
from margins.formats.kindle_notebook.heading import Heading, read_heading
from margins.text.html import Block
from margins.text.names import creators
from margins.text.normal import one_line, squash

__all__ = ["CLASSES", "HEADING", "TEXT", "TITLE", "Book", "Entry", "read_books"]

TITLE, HEADING, TEXT = "bookTitle", "noteHeading", "noteText"
CLASSES = frozenset({
    "notebookFor", TITLE, "authors", "citation", "sectionHeading", HEADING, TEXT,
})  # fmt: skip

_YEAR_IN_BRACKETS = re.compile(r"\(([12][0-9]{3})\)")
_YEAR = re.compile(r"(?<![0-9])(1[4-9][0-9]{2}|20[0-9]{2})(?![0-9])")


@dataclass(slots=True)
class Entry:
    """A heading and the text below it.

    Attributes:
        number: its ordinal in the file, from 1.
        heading: None for a text that no heading stands above.
        texts: what stands below it, in order; usually one, none for bookmarks.
        section: the section it is in.
        whole: every element of it was closed.
    """

    number: int
    heading: Heading | None
    section: str
    texts: list[str] = field(default_factory=list)
    whole: bool = True

    @property
    def text(self) -> str:
        return "\n\n".join(text for text in self.texts if text)

    @property
    def place(self) -> str:
        return f"entry {self.number}" + (f", {one_line(self.heading.text)}" if self.heading else "")

    @property
    def raw(self) -> str:
        return "\n".join([*([self.heading.text] if self.heading else []), *self.texts])


@dataclass(slots=True)
class Book:
    """One book of the file, as it is being read."""

    title: str = ""
    authors: str = ""
    citation: str = ""
    section: str = ""
    entries: list[Entry] = field(default_factory=list)

    def publication(self) -> Publication:
        return Publication(
            title=self.title,
            creators=tuple(Creator(name=name, role=role) for name, role in creators(self.authors)),
            citation=self.citation,
            year=_year(self.citation, self.title),
        )


def _year(citation: str, title: str) -> int | None:
    """The year of a citation in whatever style; years in the title are not meant."""
    about_edition = citation.replace(title, " ") if title else citation
    if bracketed := _YEAR_IN_BRACKETS.search(about_edition):
        return int(bracketed[1])
    years = _YEAR.findall(about_edition)
    return int(years[-1]) if years else None


def _take(book: Book, block: Block, number: int) -> int:
    """Puts an entry's block where it belongs; the number of entries so far."""
    last = book.entries[-1] if book.entries else None
    if block.token == HEADING:
        heading = read_heading(block.text, block.marks)
        book.entries.append(Entry(number + 1, heading, book.section, whole=block.closed))
        return number + 1
    if last is None:
        book.entries.append(Entry(number + 1, None, book.section, [block.text], block.closed))
        return number + 1
    last.texts.append(block.text)
    last.whole = last.whole and block.closed
    return number


def read_books(blocks: Iterable[Block]) -> list[Book]:
    """The books of the page in order; entries are numbered through."""
    books: list[Book] = []
    number = 0
    for block in blocks:
        if not books or (block.token == TITLE and (books[-1].title or books[-1].entries)):
            books.append(Book())
        book, line = books[-1], squash(block.text)
        match block.token:
            case "bookTitle":
                book.title = line
            case "authors":
                book.authors = line
            case "citation":
                book.citation = line
            case "sectionHeading":
                book.section = line
            case "noteHeading" | "noteText":
                number = _take(book, block, number)
    return books
