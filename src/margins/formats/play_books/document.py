"""What a Play Books notes document says, whichever file type it comes in.

Both readers bring it here as paragraphs and tables. The first table holds title, authors and
publisher; a heading states how many notes follow; chapters are headings; every note is a table
row of three cells: an icon, then the marked text, the reader's note and the date, then the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.errors import FormatError
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.normal import one_line, squash
from margins.text.numbers import whole
from margins.text.tags import tags

__all__ = ["MARKERS", "Cell", "Paragraph", "Row", "notebook"]

# The English disclaimer, and what every link back to the book contains in all languages.
MARKERS = ("when you make changes in Play Books", "source=books-notes-export")

_POINTER = "Google Books position"
_LINK = re.compile(r"[?&](?:amp;)?(id|pg)=([A-Za-z0-9_.-]{1,80})")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_COUNT = re.compile(r"\d[\d.,\u00a0\u202f]{0,15}")
_COLOURS = {"#ffb8a1": "red", "#fde096": "yellow", "#c5e1a5": "green", "#93e3ed": "blue"}
_NOBODY = frozenset({"", "Unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A line of the document.

    Attributes:
        level: of the heading it is, 0 for none.
        marked: it is set off as text of the book, by its shade or by italics throughout.
        shade: the colour behind it, "#rrggbb", or empty.
        link: where it leads, or empty.
    """

    text: str
    level: int = 0
    marked: bool = False
    shade: str = ""
    link: str = ""


Cell = tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table that holds no other table."""

    cells: tuple[Cell, ...]


@dataclass(slots=True)
class _Reading:
    title: str = ""
    authors: str = ""
    publisher: str = ""
    book: str = ""
    stated: int | None = None
    found: int = 0
    headings: dict[int, str] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)


def _written(cell: Cell) -> list[Paragraph]:
    return [p for p in cell if squash(p.text)]


def _heading(reading: _Reading, paragraph: Paragraph) -> None:
    """A chapter, or the line "12 notes/highlights • 1 bookmark" that states the numbers."""
    text = squash(paragraph.text)
    if paragraph.level > 1 or not reading.title:
        kept = {level: t for level, t in reading.headings.items() if level < paragraph.level}
        reading.headings = kept | {paragraph.level: text}
    elif reading.stated is None:
        counts = [whole(number.rstrip(".,")) for number in _COUNT.findall(text)]
        reading.stated = sum(count for count in counts if count is not None) if counts else None


def _title(reading: _Reading, cell: Cell) -> None:
    title, *others = _written(cell)
    reading.title = squash(title.text)
    lines = [squash(p.text) for p in others]
    reading.authors = lines[0] if lines else ""
    reading.publisher = lines[-1] if len(lines) > 1 else ""


def _pointer(cell: Cell) -> dict[str, str]:
    """The "id" of the book and the place "pg" in it, from the link on the page number."""
    link = "".join(p.link for p in cell).replace("%3D", "=").replace("%26", "&")
    return {found[1]: found[2] for found in _LINK.finditer(link.replace("%3F", "?"))}


def _dated(lines: list[Paragraph]) -> tuple[list[Paragraph], datetime | None, str]:
    """The lines without the date that ends them, the date, and its text when nobody can read it."""
    if not lines or lines[-1].marked:
        return lines, None, ""
    last = squash(lines[-1].text)
    if (date := parse_date(last)) is not None:
        return lines[:-1], date, ""
    return (lines[:-1], None, last) if _YEAR.search(last) and len(last) < 40 else (lines, None, "")


def _entry(reading: _Reading, row: Row) -> None:
    _icon, body, page = row.cells
    reading.found += 1
    lines, created, unread = _dated(_written(body))
    label = squash(" ".join(p.text for p in page))
    if created is None:
        reading.undated.append(unread or f"entry {reading.found}")
    if not lines and not label:
        skipped = Skipped(
            entry=reading.found,
            place=f"entry {reading.found}",
            reason="It has neither text nor a page.",
            text=one_line(" ".join(p.text for cell in row.cells for p in cell), 1000),
        )
        reading.skipped.append(skipped)
        return
    pointer = _pointer(page)
    reading.book = reading.book or pointer.get("id", "")
    reading.annotations.append(_annotation(reading, lines, label, pointer.get("pg", ""), created))


def _annotation(
    reading: _Reading, lines: list[Paragraph], page: str, fragment: str, created: datetime | None
) -> Annotation:
    marked = [p for p in lines if p.marked]
    note = "\n".join(p.text.strip() for p in lines if not p.marked)
    alone = Motivation.COMMENTING if lines else Motivation.BOOKMARKING
    shade = next((p.shade for p in marked if p.shade), "")
    target = Target(
        quote="\n".join(p.text.strip() for p in marked),
        page=page,
        headings=tuple(text for _, text in sorted(reading.headings.items())),
        fragment=fragment,
        conforms_to=_POINTER if fragment else "",
    )
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if marked else alone,
        target=target,
        note=note,
        tags=tags(note),
        colour=_COLOURS.get(shade, shade),
        created=created,
        sources=(reading.found,),
    )


def _all_marked(row: Row) -> Row:
    """The row of a document without any marks: what stands above the date is text of the book."""
    icon, body, page = row.cells
    lines = _dated(_written(body))[0]
    return Row((icon, tuple(replace(p, marked=p in lines) for p in body), page))


def _warnings(reading: _Reading) -> Iterator[str]:
    if reading.undated:
        count, first = len(reading.undated), reading.undated[0]
        yield f"{count} of {reading.found} entries have no date that could be read: {first}."
    if reading.stated is None:
        yield "The document does not state how many notes it has, so the number was not checked."
    elif reading.stated != reading.found:
        stated, found, number = reading.stated, reading.found, abs(reading.stated - reading.found)
        yield (
            f"The document states {stated} entries and holds {found}: {number} are missing."
            if stated > found
            else f"The document states {stated} entries and holds {found}: {number} are more than "
            "stated."
        )


def _publication(reading: _Reading) -> Publication:
    named = () if reading.authors in _NOBODY else creators(reading.authors)
    return Publication(
        title=reading.title,
        creators=tuple(Creator(name=name, role=role) for name, role in named),
        publisher=reading.publisher,
        identifiers=(("google-books", reading.book),) if reading.book else (),
    )


def notebook(document: Sequence[Paragraph | Row], *, place: str) -> Notebook:
    """The notebook of a document, its parts in order; rows are those of the innermost tables.

    Raises:
        FormatError: it has no title, or more than notes in its tables.
    """
    reading = _Reading()
    bodies = [part for part in document if isinstance(part, Row) and len(part.cells) == 3]
    marks = any(p.marked for row in bodies for p in row.cells[1])
    for part in document:
        if isinstance(part, Paragraph):
            if part.level and squash(part.text):
                _heading(reading, part)
        elif (title := _titled(part)) is not None and not reading.title:
            _title(reading, title)
        elif len(part.cells) == 3:
            _entry(reading, part if marks else _all_marked(part))
    if not reading.title:
        raise FormatError(
            "The document names no book.",
            place=place,
            remedy="Download it again from the folder Play Books Notes of Google Drive.",
        )
    return Notebook(
        publication=_publication(reading),
        annotations=tuple(reading.annotations),
        skipped=tuple(reading.skipped),
        found=reading.found,
        warnings=tuple(_warnings(reading)),
    )


def _titled(row: Row) -> Cell | None:
    named = (c for c in row.cells if any(p.level == 1 and squash(p.text) for p in c))
    return next(named, None)
