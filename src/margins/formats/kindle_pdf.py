"""Kindle e-readers: the PDF of the mail that "Export notebook" sends, beside a CSV of the same.

No public sample is known. The shape is the one that the tests of a peer give, with the older head
of the CSV allowed for, and is to be checked against a real file:

```
Title
by Last, First
Free Kindle instant preview: https://read.amazon.com/...
Annotations (2)
• 1 Underline | Default (1)
• 1 Note
Chapter
Page 4 | Underline (Default)
The passage, over
several lines
Aug 13, 2026
Page 4 | Note
What the reader wrote
Aug 13, 2026
```

Where every entry ends with its date, what follows the date is a chapter. Where none does, an entry
ends with the next heading. The CSV has the words unbroken; it is the better one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Span,
    Target,
)
from margins.annotation.adjacent import join_notes
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.normal import fold
from margins.text.pdf import is_kindle_notebook, kindle_heading, pages
from margins.text.places import read_place
from margins.text.tags import tags
from margins.text.words import Meaning, colour, find_words

__all__ = ["about", "extract", "identify"]

about = About(
    name="kindle-pdf",
    version=1,
    title="Kindle notebook (PDF)",
    app="Kindle",
    steps=(
        "On the Kindle open the book, choose Notebook, then Export notebook, and forward the mail; "
        "its CSV is used if it is there, its PDF otherwise."
    ),
    media_types=("application/pdf",),
    suffixes=(".pdf",),
    languages=("en",),
    yields_to=("kindle-csv", "kindle-notebook"),
    max_bytes=32 * 1024 * 1024,
)

_LONGEST_DATE = 40
_BULLETS = ("\u2022", "\u00b7", "-")
_WHOSE = re.compile(r"\bkindle\b[^:]*:$", re.IGNORECASE)
_BY = re.compile(r"by\s+\S", re.IGNORECASE)
_COUNT = re.compile(r"\D{3,40}\((\d{1,6})\)")
_SHADE = re.compile(r"\(([^()]+)\)\s*$")
_UNSPACED = re.compile(r"[\u2e80-\u9fff]")
_MOTIVATIONS = {
    Meaning.HIGHLIGHT: Motivation.HIGHLIGHTING,
    Meaning.UNDERLINE: Motivation.HIGHLIGHTING,
    Meaning.NOTE: Motivation.COMMENTING,
    Meaning.BOOKMARK: Motivation.BOOKMARKING,
}


@dataclass(slots=True, kw_only=True)
class _Entry:
    ordinal: int
    place: str
    kind: str
    chapter: str
    lines: list[str] = field(default_factory=list)
    created: datetime | None = None

    @property
    def text(self) -> str:
        """The lines as one, with a space between them where the script has spaces."""
        text = ""
        for line in self.lines:
            apart = text and not (_UNSPACED.match(line) and _UNSPACED.match(text[-1]))
            text += f" {line}" if apart else line
        return text


def identify(attachment: Attachment) -> bool:
    """True for a PDF whose text begins like a Kindle notebook; nothing else can tell."""
    return is_kindle_notebook(attachment.content)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook.

    Raises:
        FormatError: it cannot be read as a PDF, or has no entry.
    """
    place = attachment.place or attachment.filename
    lines = list(_without_numbers(pages(attachment.content, place)))
    first = next((at for at, line in enumerate(lines) if kindle_heading(line)), None)
    if first is None:
        raise FormatError(
            "This PDF holds no notes of a Kindle.",
            place=place,
            remedy="Forward the mail of the Kindle itself.",
        )
    # The line above the first heading is its chapter, if it is not part of the head.
    head = lines[:first]
    chapter = head.pop() if head and _ends_head(head[:-1]) else ""
    entries = _entries(lines[first:], chapter)
    return (_notebook(_publication(head), entries, _counted(head)),)


def _without_numbers(every: Iterable[list[str]]) -> Iterable[str]:
    """All lines but the page's own number, at its top or bottom."""
    for number, lines in enumerate(every, start=1):
        for at, line in enumerate(lines):
            if not (line == str(number) and at in {0, len(lines) - 1}):
                yield line


def _ends_head(lines: list[str]) -> bool:
    """Whether the head is complete: its last line is an address, a count or one of its bullets."""
    last = lines[-1] if lines else ""
    return "://" in last or last.startswith(_BULLETS) or _COUNT.fullmatch(last) is not None


def _publication(head: list[str]) -> Publication:
    """The title is what stands above "by …", but for a line such as "Your Kindle Notes For:"."""
    author = next((at for at, line in enumerate(head) if _BY.match(line)), None)
    title = [line for line in head[: 1 if author is None else author] if not _WHOSE.search(line)]
    people = creators(head[author]) if author is not None else ()
    return Publication(
        title=" ".join(title),
        creators=tuple(Creator(name=name, role=role) for name, role in people),
    )


def _counted(head: list[str]) -> int | None:
    """How many annotations the head says there are."""
    counts = [found for line in head if (found := _COUNT.fullmatch(line))]
    return int(counts[-1][1]) if counts else None


def _date(line: str) -> datetime | None:
    return parse_date(line) if len(line) <= _LONGEST_DATE else None


def _entries(lines: list[str], chapter: str) -> list[_Entry]:
    """Each heading with the text below it."""
    dated = any(map(_date, lines))
    entries: list[_Entry] = []
    closed = False
    for line in lines:
        if (heading := kindle_heading(line)) is not None:
            place, kind = heading
            entries.append(
                _Entry(ordinal=len(entries) + 1, place=place, kind=kind, chapter=chapter)
            )
            closed = False
        elif closed:
            chapter = line
        elif dated and (created := _date(line)) is not None:
            entries[-1].created = created
            closed = True
        else:
            entries[-1].lines.append(line)
    return entries


def _notebook(publication: Publication, entries: list[_Entry], counted: int | None) -> Notebook:
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    for entry in entries:
        annotation = _annotation(entry)
        if annotation is not None:
            annotations.append(annotation)
            continue
        place = f"entry {entry.ordinal}, {entry.place.strip()}"
        reason = "It has no text; handwriting cannot be read."
        raw = f"{entry.place}|{entry.kind}"
        skipped.append(Skipped(entry=entry.ordinal, place=place, reason=reason, text=raw))
    short = counted is not None and counted != len(entries)
    return Notebook(
        publication=publication,
        annotations=join_notes(annotations),
        skipped=tuple(skipped),
        found=len(entries),
        warnings=(f"The file says {counted} notes, {len(entries)} were found.",) if short else (),
    )


def _annotation(entry: _Entry) -> Annotation | None:
    kind = next(w.meaning for w in find_words(fold(entry.kind)) if w.meaning in _MOTIVATIONS)
    motivation = _MOTIVATIONS[kind]
    text = entry.text
    if not text and motivation is not Motivation.BOOKMARKING:
        return None
    highlighted = motivation is Motivation.HIGHLIGHTING
    place = read_place(fold(entry.place))
    shade = _SHADE.search(entry.kind)
    note = "" if highlighted else text
    return Annotation(
        motivation=motivation,
        target=Target(
            quote=text if highlighted else "",
            page=place.page,
            location=Span(*place.location) if place.location else None,
            headings=(entry.chapter,) if entry.chapter else (),
        ),
        note=note,
        tags=tags(note),
        colour=colour(shade[1]) if shade and highlighted else "",
        style="underline" if kind is Meaning.UNDERLINE else "",
        created=entry.created,
        sources=(entry.ordinal,),
    )
