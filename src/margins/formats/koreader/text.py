"""KOReader's export as plain text. Ideographic spaces (U+3000) stand for the levels.

    Title

    Chapter

    -- Page: 12, added on Tue Mar  1 17:19:33 2022
    marked text
    ---
    note
    -=-=-=-=-=-

The words are translated, the date is not. Exports are appended to the file, so a book may come
more than once; an empty line ends each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from margins.annotation import Notebook
from margins.formats import About
from margins.formats.koreader.entry import Book, Entry
from margins.mail.entity import Attachment
from margins.text.dates import parse_date

__all__ = ["about", "extract", "identify"]

about = About(
    name="koreader-text",
    version=1,
    title="KOReader export (text)",
    app="KOReader",
    steps="In KOReader choose Tools, Export highlights, pick Text as the format, and export.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("mul",),
)

_WIDE = "\u3000"
_END = "-=-=-=-=-=-"
_ENTRY = re.compile(r"\u3000\u3000-- ?(.{1,200})")
_ENGLISH = re.compile(r"Page: (.{1,40}), added on (.*)")
_PAGE = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"\w{3} \w{3} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}\s*")
_PICTURE = "<An image>"


@dataclass(slots=True)
class _Reading:
    books: dict[str, list[Entry]] = field(default_factory=dict)
    found: int = 0
    unknown: str = ""
    title: str = ""
    chapter: str = ""
    ended: bool = True
    entry: str | None = None
    lines: list[str] = field(default_factory=list)


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def identify(attachment: Attachment) -> bool:
    """True when a line with an ideographic space comes first, and a line of page and date after."""
    lines = [line for line in _lines(attachment.head) if line]
    if not lines or not lines[0].startswith(_WIDE):
        return False
    return _END in lines and any(map(_ENTRY.fullmatch, lines))


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per title; see `margins.formats.Format`."""
    reading = _Reading()
    for line in _lines(attachment.text):
        _read(reading, line)
    warnings = []
    if reading.entry is not None:
        warnings.append("The last entry is not closed; the file may be cut short.")
        _close(reading)
    if reading.unknown:
        warnings.append(f"Words not known here, read by their form: {reading.unknown!r}.")
    return tuple(
        Book(title=title, entries=tuple(entries), warnings=tuple(warnings)).notebook()
        for title, entries in reading.books.items()
    )


def _read(reading: _Reading, line: str) -> None:
    if reading.entry is not None:
        if line == _END:
            _close(reading)
        else:
            reading.lines.append(line)
    elif found := _ENTRY.fullmatch(line):
        reading.entry = found[1].strip()
        reading.ended = False
    elif line.startswith(_WIDE) and line.strip():
        if reading.ended:
            reading.title, reading.chapter = line.strip(), ""
            reading.books.setdefault(reading.title, [])
            reading.ended = False
        else:
            reading.chapter = line.strip()
    elif not line:
        reading.ended = True


def _close(reading: _Reading) -> None:
    line = reading.entry or ""
    reading.found += 1
    page, created = _page_and_date(line)
    if not _ENGLISH.fullmatch(line):
        reading.unknown = reading.unknown or line
    text, _, note = "\n".join(reading.lines).partition("\n---\n")
    entry = Entry(
        sources=(reading.found,),
        quote=text.strip().removesuffix(_PICTURE).strip(),
        note=note.strip().removesuffix(_PICTURE).strip(),
        page=page,
        chapter=reading.chapter,
        created=created,
        raw="\n".join(reading.lines),
    )
    reading.books.setdefault(reading.title, []).append(entry)
    reading.entry, reading.lines = None, []


def _page_and_date(line: str) -> tuple[str, datetime | None]:
    """Of "Page: 12, added on Tue Mar  1 17:19:33 2022", in whatever words."""
    if known := _ENGLISH.fullmatch(line):
        return known[1], parse_date(known[2])
    date = _DATE.search(line)
    page = _PAGE.search(line, 0, date.start() if date else len(line))
    return page[0] if page else "", parse_date(date[0]) if date else None
