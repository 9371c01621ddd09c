"""All notes of a book, sent from Apple Books as one mail.

The web page of the mail names its parts by classes, so it is read the same in every language:
`booktitle`, then for every note `annotationdate`, `annotationchapter`, a marker with the colour,
`annotationrepresentativetext`, `annotationnote`, and at the end `citation`. The text of the mail
has the same in lines, below "Notes from", without saying which paragraph is a note.

No mail of the app itself was seen. Source: five peers' readers of the page, one peer's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Target,
)
from margins.annotation.appearance import colour
from margins.errors import FormatError
from margins.formats import About
from margins.formats.apple_books.lines import lines_of
from margins.formats.apple_books.words import COPYRIGHTS, plain
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.html import Block, Tag, blocks, tokens
from margins.text.names import creators
from margins.text.normal import one_line
from margins.text.tags import tags

__all__ = ["about", "extract", "identify"]

about = About(
    name="apple-books-notes",
    version=1,
    title="Apple Books notes of a book (mail)",
    app="Apple Books",
    steps="In the book open Contents, Notes, tap Share, Edit Notes, Select All, Share, and Mail.",
    media_types=("text/html", "text/plain"),
    suffixes=(".html", ".txt"),
    languages=("en",),
)

_TITLE, _ENTRY, _DATE, _CHAPTER = "booktitle", "annotation", "annotationdate", "annotationchapter"
_CONTENT, _TEXT, _NOTE = "annotationcontent", "annotationrepresentativetext", "annotationnote"
_CITATION, _MARKER = "citation", "annotationselectionMarker"
_PARTS = (_TITLE, _ENTRY, _DATE, _CHAPTER, _CONTENT, _TEXT, _NOTE, _CITATION)
_UNDERLINED = "defaultColor"
_PAGE = re.compile(r"(.*), [^\W\d_]{1,6}\.? ?([0-9]{1,6}|[ivxlcdm]{1,12})", re.DOTALL)
_HEADING, _ENDING = "notes from", "all excerpts from"


@dataclass(slots=True)
class _Raw:
    date: str = ""
    chapter: str = ""
    quote: str = ""
    note: str = ""
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Mail:
    title: str = ""
    author: str = ""
    citation: str = ""
    entries: list[_Raw] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def identify(attachment: Attachment) -> bool:
    """True for a page with the classes of Apple's notes, or lines below "Notes from"."""
    head = attachment.head
    if _TEXT in head and _CHAPTER in head:
        return True
    if _HEADING not in head[:8192].casefold():
        return False
    mail = _from_lines(lines_of(attachment, whole=False))
    return mail is not None and bool(mail.title and mail.entries)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    place = attachment.place or attachment.filename
    source = attachment.text
    if _TEXT in source and _CHAPTER in source:
        try:
            mail: _Mail | None = _from_page(source)
        except FormatError as error:
            raise FormatError(error.what, place=place, remedy=error.remedy) from error
    else:
        mail = _from_lines(lines_of(attachment))
    if mail is None:
        raise FormatError(
            "The notes name no book.",
            place=place,
            remedy="Send the notes from Apple Books again and leave the mail as it is.",
        )
    return (_notebook(mail),)


def _from_page(source: str) -> _Mail:
    mail = _Mail()
    for block in blocks(source, _PARTS):
        entry = mail.entries[-1] if mail.entries else _Raw()
        if block.token == _TITLE:
            mail.title = mail.title or block.text
            mail.author = mail.author or _second_heading(source[block.end :][:4096])
        elif block.token == _ENTRY:
            mail.entries.append(_Raw())
        elif block.token == _CITATION:
            mail.citation = _cited(block.text.split("\n"))
        else:
            _take(entry, block)
    return mail


def _take(entry: _Raw, block: Block) -> None:
    text = block.text
    if block.token == _DATE:
        entry.date = text
    elif block.token == _CHAPTER:
        entry.chapter = text
    elif block.token == _CONTENT:
        entry.marks = block.marks
    elif block.token == _TEXT:
        entry.quote = f"{entry.quote}\n{text}".strip()
    else:
        entry.note = f"{entry.note}\n{text}".strip()


def _second_heading(source: str) -> str:
    """The author, whose heading has no class."""
    words: list[str] = []
    inside = False
    for token in tokens(source):
        if isinstance(token, Tag) and token.name == "h2":
            if token.closing:
                break
            inside = True
        elif inside and isinstance(token, str):
            words.append(token)
    (found,) = blocks(f'<div class="{_TITLE}">{"".join(words)}</div>', (_TITLE,))
    return found.text


def _cited(lines: list[str]) -> str:
    """The citation, without the lines around it."""
    kept = (line.strip() for line in lines)
    cited = takewhile(lambda line: plain(line) not in COPYRIGHTS, kept)
    return " ".join(line for line in cited if line and plain(line) != _ENDING)


def _starts(lines: list[str], at: int) -> bool:
    """True for the date that begins a note: short, after a blank line, before the chapter."""
    line = lines[at]
    if not line or len(line) > 60 or (at and lines[at - 1]) or not "".join(lines[at + 1 : at + 2]):
        return False
    return any(character.isdigit() for character in line) and parse_date(line) is not None


def _from_lines(lines: list[str]) -> _Mail | None:
    start = next((i for i, line in enumerate(lines) if plain(line) == _HEADING), None)
    if start is None:
        return None
    end = next((i for i, v in enumerate(lines) if i > start and plain(v) == _ENDING), len(lines))
    dates = [i for i in range(start + 1, end) if _starts(lines, i)]
    names = [line for line in lines[start + 1 : dates[0] if dates else end] if line]
    if not names:
        return None
    mail = _Mail(title=names[0], author="".join(names[1:2]), citation=_cited(lines[end + 1 :][:8]))
    if left := names[2:]:
        mail.warnings.append(f"Lines before the first note were left out: {one_line(left[0])!r}.")
    for at, following in pairwise([*dates, end]):
        quote = "\n".join(lines[at + 2 : following]).strip()
        mail.entries.append(_Raw(date=lines[at], chapter=lines[at + 1], quote=quote))
    if several := sum("\n\n" in entry.quote for entry in mail.entries):
        mail.warnings.append(
            f"{several} of {len(mail.entries)} notes have several paragraphs. The text of the mail "
            "does not show which of them the reader wrote, so all were kept as text of the book; "
            "the same mail as HTML does show it."
        )
    return mail


def _notebook(mail: _Mail) -> Notebook:
    annotations = [_annotation(raw, n) for n, raw in enumerate(mail.entries, 1)]
    skipped = tuple(
        Skipped(
            entry=ordinal,
            place=f"note {ordinal}, {raw.chapter}" if raw.chapter else f"note {ordinal}",
            reason="It has neither text nor note.",
            text="\n".join(filter(None, [raw.date, raw.chapter])),
        )
        for ordinal, raw in enumerate(mail.entries, 1)
        if not raw.quote and not raw.note
    )
    named = creators(mail.author)
    return Notebook(
        publication=Publication(
            title=mail.title,
            creators=tuple(Creator(name=name, role=role) for name, role in named),
            citation=mail.citation,
        ),
        annotations=tuple(a for a in annotations if a.target.quote or a.note),
        skipped=skipped,
        found=len(mail.entries),
        warnings=tuple(_warnings(mail)),
    )


def _warnings(mail: _Mail) -> Iterator[str]:
    yield from mail.warnings
    undated = [raw.date for raw in mail.entries if raw.date and parse_date(raw.date) is None]
    if undated:
        number, first = len(undated), undated[0][:60]
        yield f"{number} dates could not be read, the first is {first!r}."


def _pen(marks: tuple[str, ...]) -> str:
    """The class beside that of the marker: a colour, or the name of underlining."""
    at = marks.index(_MARKER) + 1 if _MARKER in marks else len(marks)
    return marks[at] if at < len(marks) else ""


def _annotation(raw: _Raw, ordinal: int) -> Annotation:
    chapter, page = raw.chapter, ""
    if found := _PAGE.fullmatch(raw.chapter):
        chapter, page = found[1].strip(), found[2]
    pen = _pen(raw.marks)
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if raw.quote else Motivation.COMMENTING,
        target=Target(quote=raw.quote, page=page, headings=(chapter,) if chapter else ()),
        note=raw.note,
        tags=tags(raw.note),
        colour="" if pen == _UNDERLINED else colour(pen),
        style="underline" if pen == _UNDERLINED else "",
        created=parse_date(raw.date),
        sources=(ordinal,),
    )
