"""The database of a Kobo reader, `.kobo/KoboReader.sqlite`: highlights of all its books.

Books may be gone while their highlights stay; they keep the name of their file. Chapters have
titles in rows of type 9 (Adobe's renderer) or 899 (Kobo's own), found by the file inside the book.
Times are in UTC: DateModified says so, and DateCreated is the same second in every file seen.

Source: peers' readers of the same tables (october, export-kobo, calibre-annotations).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.tags import tags

__all__ = ["about", "extract", "identify"]

about = About(
    name="kobo-sqlite",
    version=1,
    title="Kobo reader database (KoboReader.sqlite)",
    app="Kobo",
    steps="Connect the reader by USB and mail KoboReader.sqlite from its hidden folder .kobo.",
    media_types=("application/vnd.sqlite3", "application/x-sqlite3", "application/octet-stream"),
    suffixes=(".sqlite",),
    languages=("mul",),
    max_bytes=64 * 1024 * 1024,
)

_Row = Mapping[str, object]

_MAGIC = b"SQLite format 3\0"
# Named in the table's definition, which may stand on any page of the file.
_COLUMNS = (b"StartContainerPath", b"ChapterProgress")

_START = "StartContainerPath"
_BOOK, _CHAPTERS = "6", frozenset({"9", "899"})
# Peers' order of the pens; no sample has colours.
_COLOURS = {"0": "yellow", "1": "red", "2": "blue", "3": "green"}
_ISBN = re.compile(r"(?:97[89])?[0-9]{9}[0-9X]")
_ADOBE = re.compile(r"(.*)#\([0-9]+\)([^#]*)", re.DOTALL)
_SUFFIX = re.compile(r"-[0-9]{1,6}\Z")


def identify(attachment: Attachment) -> bool:
    """True for an SQLite database that defines Kobo's table of bookmarks."""
    content = attachment.content
    return content.startswith(_MAGIC) and all(column in content for column in _COLUMNS)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book with bookmarks, in reading order; see `margins.formats.Format`."""
    from margins.formats.kobo.database import read_tables  # noqa: PLC0415 - loads SQLite

    place = attachment.place or attachment.filename
    bookmarks, contents = read_tables(attachment.content, place=place)
    if not bookmarks:
        return (Notebook(publication=Publication(title=""), found=0),)
    volumes: dict[str, list[tuple[int, _Row]]] = {}
    for ordinal, row in enumerate(bookmarks, 1):
        volumes.setdefault(_string(row, "VolumeID"), []).append((ordinal, row))
    books = {_string(row, "ContentID"): row for row in contents if _kind(row) == _BOOK}
    chapters = _chapters(contents)
    return tuple(
        _notebook(_publication(volume, books.get(volume, {})), rows, chapters)
        for volume, rows in volumes.items()
    )


def _string(row: _Row, column: str) -> str:
    value = row.get(column)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _number(row: _Row, column: str) -> float:
    value = row.get(column)
    return float(value) if isinstance(value, int | float) and isfinite(value) else 0.0


def _kind(row: _Row) -> str:
    return _string(row, "ContentType")


def _publication(volume: str, book: _Row) -> Publication:
    name = volume.rpartition("/")[2].removesuffix(".epub").removesuffix(".kepub")
    isbn = _string(book, "ISBN").replace("-", "")
    named = creators(_string(book, "Attribution"))
    return Publication(
        title=_string(book, "Title") or name.removesuffix(".pdf"),
        creators=tuple(Creator(name=who, role=role) for who, role in named),
        publisher=_string(book, "Publisher"),
        language=_string(book, "Language"),
        identifiers=(("isbn", isbn),) if _ISBN.fullmatch(isbn) else (),
    )


def _file_in_book(content: str, volume: str = "", container: str = "") -> str:
    """The file inside the book, spelled one way for both renderers and for their chapters."""
    if content == volume and "#" in container:
        content = f"{volume}#(0){container.partition('#')[0]}"
    if found := _ADOBE.match(content):
        content = f"{found[1]}!!{found[2]}"
    return content.removeprefix("file://").partition("#")[0]


def _chapters(contents: Iterable[_Row]) -> Mapping[str, tuple[str, float]]:
    """Title and order of the chapter that begins each file; the outermost where several do."""
    best: dict[str, tuple[float, float, str]] = {}
    for row in contents:
        if _kind(row) not in _CHAPTERS:
            continue
        content, title = _string(row, "ContentID"), _string(row, "Title")
        file = _file_in_book(_SUFFIX.sub("", content))
        # Kobo's own rows of type 9 are the files themselves; they know the order, not the title.
        named = "" if content.endswith(title) else title
        here = (_number(row, "Depth"), _number(row, "VolumeIndex"), named)
        known = best.get(file)
        if known is None or (not known[2] and named) or (named and here[:2] < known[:2]):
            best[file] = here
    return {file: (title, order) for file, (_depth, order, title) in best.items()}


def _notebook(
    publication: Publication,
    rows: Iterable[tuple[int, _Row]],
    chapters: Mapping[str, tuple[str, float]],
) -> Notebook:
    read: list[tuple[tuple[float, float], Annotation]] = []
    skipped: list[Skipped] = []
    unknown: set[str] = set()
    for ordinal, row in rows:
        if reason := _unusable(row):
            text = "\n".join(f"{k}: {v}" for k, v in row.items() if v not in (None, ""))
            where = f"row {ordinal} of Bookmark"
            skipped.append(Skipped(entry=ordinal, place=where, reason=reason, text=text))
            continue
        file = _file_in_book(*(_string(row, c) for c in ("ContentID", "VolumeID", _START)))
        title, order = chapters.get(file, ("", 0.0))
        read.append(((order, _number(row, "ChapterProgress")), _annotation(row, ordinal, title)))
        if (colour := _string(row, "Color")) and colour not in _COLOURS:
            unknown.add(colour)
    read.sort(key=lambda pair: pair[0])
    return Notebook(
        publication=publication,
        annotations=tuple(annotation for _, annotation in read),
        skipped=tuple(skipped),
        found=len(read) + len(skipped),
        warnings=tuple(f"Colour {colour} has no known name." for colour in sorted(unknown)[:10]),
    )


def _unusable(row: _Row) -> str:
    """Why the row is no note, or empty."""
    if _string(row, "Hidden").lower() in {"true", "1"}:
        return "It was deleted on the reader, which keeps deleted notes hidden."
    if _motivation(row) is Motivation.BOOKMARKING:
        return ""
    if _string(row, "Type") == "markup" and not _string(row, "Annotation"):
        return "It is handwriting, which the reader keeps as a picture outside the database."
    if not _string(row, "Text") and not _string(row, "Annotation"):
        return "It has neither text nor note."
    return ""


def _motivation(row: _Row) -> Motivation:
    text, note, kind = (_string(row, c) for c in ("Text", "Annotation", "Type"))
    if kind == "dogear" or not (text or note or kind):
        return Motivation.BOOKMARKING
    return Motivation.HIGHLIGHTING if text else Motivation.COMMENTING


def _annotation(row: _Row, ordinal: int, chapter: str) -> Annotation:
    motivation, note = _motivation(row), _string(row, "Annotation")
    fragment, specification = _fragment(row)
    return Annotation(
        motivation=motivation,
        target=Target(
            quote="" if motivation is Motivation.BOOKMARKING else _string(row, "Text"),
            headings=(chapter,) if chapter else (),
            fragment=fragment,
            conforms_to=specification,
        ),
        note=note,
        tags=tags(note),
        colour=_COLOURS.get(_string(row, "Color"), ""),
        created=_moment(row, "DateCreated"),
        modified=_moment(row, "DateModified"),
        sources=(ordinal,),
    )


def _moment(row: _Row, column: str) -> datetime | None:
    moment = parse_date(_string(row, column))
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _fragment(row: _Row) -> tuple[str, str]:
    """Start and end in the book with a comma between, and whose pointers they are."""
    start, end = _string(row, _START), _string(row, "EndContainerPath")
    if "#point(" in start:
        return f"{start},{end}", "Adobe Digital Editions point"
    file = _string(row, "ContentID").rpartition("!")[2]
    first, last = _string(row, "StartOffset"), _string(row, "EndOffset")
    return f"{file}#{start}:{first},{end}:{last}", "Kobo span and character"
