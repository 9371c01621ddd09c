"""KOReader's export as Markdown.

    # Title
    ##### Author

    ## Chapter
    ### Page 12 @ 01 March 2022 05:19:33 PM
    *marked text*

    ---
    note

The line of page and time is not translated and nobody else writes it, so it is what tells this
file from other people's Markdown. The signs around the text stand for the style of the highlight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from margins.annotation import Notebook
from margins.formats import About
from margins.formats.koreader.entry import Book, Entry
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators

__all__ = ["about", "extract", "identify"]

about = About(
    name="koreader-markdown",
    version=1,
    title="KOReader export (Markdown)",
    app="KOReader",
    steps="In KOReader choose Tools, Export highlights, pick Markdown as the format, and export.",
    media_types=("text/markdown", "text/plain"),
    suffixes=(".md",),
    languages=("mul",),
)

_PAGE = re.compile(
    r"### Page (\S{1,40}) @ ([0-9]{2} \w{3,12} [0-9]{4} [0-9]{2}:[0-9]{2}(?::[0-9]{2})? [AP]M)"
)
_GENERATED = re.compile(r"_Generated at: .{1,80}_")
_BACKLINK = re.compile(r"\[[^\]]{1,80}\]\(<file://[^>]{1,1000}\?pos=([^>]{0,500})>\)")
_SEPARATOR = "---"
# Longest first: "**_x_**" is also "**x**".
_SIGNS = (
    ("**_", "_**", ""),
    ("**", "**", ""),
    ("==", "==", ""),
    ("~~", "~~", "strikeout"),
    ("++", "++", "underscore"),
    ("<u>", "</u>", "underscore"),
    ("*", "*", ""),
)
_NOBODY = "N/A"


@dataclass(slots=True)
class _Raw:
    page: str
    date: str
    chapter: str
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Book:
    title: str
    author: str
    entries: list[_Raw] = field(default_factory=list)


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def identify(attachment: Attachment) -> bool:
    """True when title and author are followed by a line of page and time, or by nothing at all."""
    lines = [line for line in _lines(attachment.head) if line.strip()]
    if len(lines) < 3 or not lines[0].startswith("# ") or not lines[1].startswith("##### "):
        return False
    return any(map(_PAGE.fullmatch, lines)) or _GENERATED.fullmatch(lines[2]) is not None


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book; see `margins.formats.Format`."""
    return tuple(_notebook(book) for book in _books(_lines(attachment.text)))


def _next_written(lines: list[str], at: int) -> str:
    """The first line after this one that is not blank, within the next three."""
    return next((line for line in lines[at + 1 : at + 4] if line.strip()), "")


def _books(lines: list[str]) -> list[_Book]:
    """Headings count only where the grammar has them: a passage may begin with "#" too."""
    books: list[_Book] = []
    chapter = ""
    for at, line in enumerate(lines):
        following = _next_written(lines, at)
        if line.startswith("# ") and following.startswith("##### "):
            books.append(_Book(line[2:].strip(), following[6:].strip()))
            chapter = ""
        elif not books:
            continue
        elif found := _PAGE.fullmatch(line):
            books[-1].entries.append(_Raw(found[1], found[2], chapter))
        elif line.startswith("## ") and _PAGE.fullmatch(following):
            chapter = line[3:].strip()
        elif books[-1].entries:
            books[-1].entries[-1].lines.append(line)
    return books


def _notebook(book: _Book) -> Notebook:
    return Book(
        title=book.title,
        authors=() if book.author == _NOBODY else creators(book.author),
        entries=tuple(_entry(raw, ordinal) for ordinal, raw in enumerate(book.entries, 1)),
    ).notebook()


def _entry(raw: _Raw, ordinal: int) -> Entry:
    lines = _without_trailer(raw.lines)
    fragment = ""
    if lines and (link := _BACKLINK.fullmatch(lines[-1].strip())):
        fragment = link[1]
        lines = lines[:-1]
    parts = list(_parts(lines))
    quote, drawer = _unwrapped(parts[0])
    return Entry(
        sources=(ordinal,),
        quote=quote,
        note=parts[1] if len(parts) > 1 else "",
        page=raw.page,
        chapter=raw.chapter,
        drawer=drawer,
        created=parse_date(raw.date),
        fragment=fragment,
        raw="\n".join(raw.lines),
    )


def _without_trailer(lines: list[str]) -> list[str]:
    """Without blank lines at the end and the line that says when the file was made."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _GENERATED.fullmatch(lines[end - 1])):
        end -= 1
    return lines[:end]


def _parts(lines: list[str]) -> Iterator[str]:
    """The marked text, and the note when there is one."""
    at = next((i for i, v in enumerate(lines) if v == _SEPARATOR and not _above(lines, i)), None)
    yield "\n".join(lines[:at]).strip()
    if at is not None:
        yield "\n".join(lines[at + 1 :]).strip()


def _above(lines: list[str], at: int) -> str:
    return lines[at - 1].strip() if at else ""


def _unwrapped(text: str) -> tuple[str, str]:
    """The text without the signs of its style, and KOReader's name of the style."""
    for opening, closing, drawer in _SIGNS:
        inner = text[len(opening) : len(text) - len(closing)]
        if inner and text.startswith(opening) and text.endswith(closing) and inner == inner.strip():
            return inner, drawer
    return text, ""
