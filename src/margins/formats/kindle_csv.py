"""Kindle e-readers: the CSV of the mail that "Export notebook" sends, beside a PDF of the same.

```
"Your Kindle Notes For:",,,
"TITLE IN CAPITALS",,,
"by Ada Author, Ben Writer",,,
"Free Kindle instant preview:",,,
"https://a.co/...",,,
----------------------------------------------,,,
,,,
"Annotation Type","Location","Starred?","Annotation"
"Highlight (Yellow)","Location 287","","The passage"
"Note","Location 290","*","What the reader wrote"
```

A highlight carries the place where it begins, its note the place where it ends. Only English has
been seen, on devices of readers in several countries; the header is found by its structure, so that
a translated one is read too. The star becomes the tag "starred".
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice

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
from margins.text.names import creators
from margins.text.normal import fold, one_line
from margins.text.places import read_place
from margins.text.table import Row, Table, read
from margins.text.tags import tags
from margins.text.words import WORDS, Meaning, colour, find_words

__all__ = ["about", "extract", "identify"]

about = About(
    name="kindle-csv",
    version=1,
    title="Kindle notebook (CSV)",
    app="Kindle",
    steps=(
        "On the Kindle open the book, choose Notebook, then Export notebook; the Kindle mails a "
        "CSV and a PDF to the address of the Amazon account. Forward that mail."
    ),
    media_types=("text/csv",),
    suffixes=(".csv",),
    languages=("en",),
)

_HEADER_WITHIN = 24
_COLUMNS = 4
_RULE = re.compile(r"-{10,}")
_TYPE = re.compile(r"([^()]+)(?:\(([^()]+)\))?")
_MOTIVATIONS = {
    Meaning.HIGHLIGHT: Motivation.HIGHLIGHTING,
    Meaning.UNDERLINE: Motivation.HIGHLIGHTING,
    Meaning.CLIPPING: Motivation.HIGHLIGHTING,
    Meaning.NOTE: Motivation.COMMENTING,
    Meaning.BOOKMARK: Motivation.BOOKMARKING,
}
_LIMITS = tuple(word.text for word in WORDS if word.meaning is Meaning.LIMIT)


@dataclass(frozen=True, slots=True)
class _Preamble:
    """The lines above the rule, and the index of the line that is the table's header."""

    lines: tuple[str, ...]
    header: int


def _cells(line: str) -> list[str]:
    """The cells of one line, whichever separator a spreadsheet may have put into it."""
    separator = max(",;\t", key=line.count)
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def _preamble(text: str) -> _Preamble | None:
    """The head of the file, or None when the file has another shape.

    A few lines of one cell each, a line of dashes, then the first line with four cells. The dashes,
    too, stand in a row of four, which a newsletter's do not.
    """
    lines: list[str] = []
    ruled = False
    for at, line in enumerate(islice(text.lstrip("\ufeff").splitlines(), _HEADER_WITHIN)):
        row = _cells(line)
        cells = [cell for cell in row if cell]
        if ruled and len(cells) == _COLUMNS:
            return _Preamble(tuple(lines), at)
        if len(cells) > 1:
            return None
        ruled = ruled or bool(
            cells and lines and len(row) == _COLUMNS and _RULE.fullmatch(cells[0])
        )
        if cells and not ruled:
            lines.append(cells[0])
    return None


def identify(attachment: Attachment) -> bool:
    """True for a title, a line of dashes and a table of four columns."""
    return _preamble(attachment.head) is not None


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook.

    Raises:
        FormatError: the file has another shape, or its table is broken.
    """
    place = attachment.place or attachment.filename
    text = attachment.text.lstrip("\ufeff")
    head = _preamble(text)
    if head is None:
        raise FormatError(
            "This is not the CSV that a Kindle mails.",
            place=place,
            remedy="Forward the mail of the Kindle itself.",
        )
    table = read("".join(text.splitlines(keepends=True)[head.header :]), place)
    return (_notebook(_publication(head.lines), table),)


def _publication(lines: tuple[str, ...]) -> Publication:
    """Title, author and address stand below a first line that says whose notes these are."""
    title, author = (*lines[1:3], "", "")[:2]
    address = next((line for line in lines if line.startswith(("http://", "https://"))), "")
    return Publication(
        title=title,
        creators=tuple(Creator(name=name, role=role) for name, role in creators(author)),
        identifiers=(("url", address),) if address else (),
    )


def _notebook(publication: Publication, table: Table) -> Notebook:
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    unknown: dict[str, None] = {}
    columns = (*table.columns, *[""] * _COLUMNS)[:_COLUMNS]
    for row in table.rows:
        kind, where, star, text = (row[column] for column in columns)
        annotation = _annotation(row.number, kind, where, text, starred=bool(star))
        unknown |= dict.fromkeys(_unknown(kind, where))
        if annotation is None:
            skipped.append(_skip(row, where, "It has no text."))
        else:
            annotations.append(annotation)
    words = one_line(", ".join(unknown), 200)
    return Notebook(
        publication=publication,
        annotations=join_notes(annotations),
        skipped=tuple(skipped),
        found=len(table.rows),
        warnings=(f"Read by structure, since these words are not known: {words}.",)
        if words
        else (),
    )


def _skip(row: Row, where: str, reason: str) -> Skipped:
    place = f"entry {row.number}, {where}" if where else f"entry {row.number}"
    return Skipped(entry=row.number, place=place, reason=reason, text=row.raw)


def _unknown(kind: str, where: str) -> list[str]:
    name = _TYPE.match(kind)
    words = (*find_words(fold(name[1] if name else kind)), *read_place(fold(where)).words)
    return [word.text for word in words if word.meaning is None]


def _motivation(kind: str, coloured: bool, text: str) -> Motivation:
    """By its word; else only highlights have a colour, and only bookmarks no text."""
    for word in find_words(fold(kind)):
        if word.meaning in _MOTIVATIONS:
            return _MOTIVATIONS[word.meaning]
    if coloured:
        return Motivation.HIGHLIGHTING
    return Motivation.COMMENTING if text else Motivation.BOOKMARKING


def _annotation(
    number: int, kind: str, where: str, text: str, *, starred: bool
) -> Annotation | None:
    named = _TYPE.fullmatch(kind)
    shade = named[2] or "" if named else ""
    name = named[1] if named else kind
    motivation = _motivation(name, bool(shade), text)
    if not text and motivation is not Motivation.BOOKMARKING:
        return None
    highlighted = motivation is Motivation.HIGHLIGHTING
    underlined = any(word.meaning is Meaning.UNDERLINE for word in find_words(fold(name)))
    place = read_place(fold(where))
    note = "" if highlighted else text
    return Annotation(
        motivation=motivation,
        target=Target(
            quote=text if highlighted else "",
            page=place.page,
            location=Span(*place.location) if place.location else None,
        ),
        note=note,
        tags=tags(note) + (("starred",) if starred else ()),
        colour=(colour(shade) or fold(shade)) if highlighted else "",
        style="underline" if underlined else "",
        truncated=fold(text).endswith(_LIMITS),
        sources=(number,),
    )
