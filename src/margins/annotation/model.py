"""Annotations and the publications they are on, in the terms of the W3C Web Annotation model.

Knows what a note *is*. Does not know how any reading app writes it, nor how any API stores it.

Source: https://www.w3.org/TR/annotation-model/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["Annotation", "Creator", "Motivation", "Publication", "Span", "Target"]


class Motivation(StrEnum):
    """Why the annotation was made (Web Annotation s3.3.5).

    A highlight that carries a note stays HIGHLIGHTING: adding a note to it later must not turn it
    into another annotation. COMMENTING is a note that stands alone.
    """

    HIGHLIGHTING = "highlighting"
    COMMENTING = "commenting"
    BOOKMARKING = "bookmarking"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A closed range of whole numbers, start <= end: reading-app locations, pages, offsets.

    Raises:
        ValueError: when start is negative or end comes before start.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}-{self.end}")

    def overlaps(self, other: Span) -> bool:
        """True when the two ranges share at least one number."""
        return self.start <= other.end and other.start <= self.end

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.start <= number <= self.end

    def __str__(self) -> str:
        return str(self.start) if self.start == self.end else f"{self.start}-{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """Somebody who made the publication.

    Attributes:
        name: in reading order, "Ada Lovelace".
        role: "author", "translator", "editor", "illustrator", ... in English, lower case.
    """

    name: str
    role: str = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A book, article or document as the export names it.

    Attributes:
        title: as printed; empty when the export does not name one.
        creators: in the order of the export.
        citation: the export's own citation line, verbatim, or empty.
        identifiers: (scheme, value) pairs such as ("isbn", "9780..."), ("asin", "B00...").
    """

    title: str
    creators: tuple[Creator, ...] = ()
    citation: str = ""
    publisher: str = ""
    year: int | None = None
    language: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def authors(self) -> tuple[str, ...]:
        """Names of the creators whose role is author; all creators when none is marked so."""
        authors = tuple(c.name for c in self.creators if c.role == "author")
        return authors or tuple(c.name for c in self.creators)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where in the publication the annotation points, in every way the export says it.

    Attributes:
        quote: the exact text marked (TextQuoteSelector); empty for bookmarks and lone notes.
        page: the page label as printed, "13", "xii", "31-33"; empty when unknown.
        location: the reading app's location numbers.
        headings: section and chapter the place is in, outermost first.
        fragment: the app's own pointer, verbatim: EPUB CFI, XPointer, offset (FragmentSelector).
        conforms_to: URI of the specification that `fragment` follows, or the app's name for it.
        progress: how far into the publication, 0 to 1.
    """

    quote: str = ""
    page: str = ""
    location: Span | None = None
    headings: tuple[str, ...] = ()
    fragment: str = ""
    conforms_to: str = ""
    progress: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One highlight, note or bookmark.

    Attributes:
        note: what the reader wrote, plain text; empty when nothing.
        tags: without "#", in order of appearance, no repeats.
        colour: lower-case English name, or "#rrggbb" when the app has no name for it.
        style: "" for a plain highlight, else "underline", "strikethrough", "squiggle".
        created, modified: naive unless the export states a zone.
        truncated: the app withheld text (a clipping limit); `target.quote` is what it left.
        sources: ordinals, from 1, of the entries of the export this was made from. Bookkeeping,
            so it takes no part in equality.
    """

    motivation: Motivation
    target: Target
    note: str = ""
    tags: tuple[str, ...] = ()
    colour: str = ""
    style: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    truncated: bool = False
    sources: tuple[int, ...] = field(default=(), compare=False)
