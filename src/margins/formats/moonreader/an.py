"""Moon+ Reader's sync files, one per book: `Book.epub.an`, `Book.pdf.an`.

A zlib stream. Inside are the records of an export, or for a PDF entries of the form
`#A*#page#A1#ms#A2#start#A3#end#A4#colour#A5#style#A6#note#A7#text#A@#` after a number. A PDF's
title is only in the name of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped, Target
from margins.annotation.appearance import argb
from margins.errors import FormatError
from margins.formats import About
from margins.formats.moonreader.records import HEADER, notebooks
from margins.mail.entity import Attachment
from margins.text.archive import inflate
from margins.text.epoch import from_epoch
from margins.text.tags import tags

__all__ = ["about", "extract", "identify"]

about = About(
    name="moonreader-an",
    version=1,
    title="Moon+ Reader sync file (.an)",
    app="Moon+ Reader",
    steps="Take the book's .an file from the folder Books/.Moon+/Cache of the synced storage.",
    media_types=("application/octet-stream", "application/zlib"),
    suffixes=(".an",),
    languages=("mul",),
)

_HEAD = 64 * 1024
_UNPACKED = 32 * 1024 * 1024
_PDF_HEADER = re.compile(r"\A[0-9]{1,18}(?:#A\*#|\Z)")
_OPENING, _CLOSING = "#A*#", "#A@#"
_MARKS = tuple(f"#A{n}#" for n in range(1, 8))
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_STYLES = {"1": "underline", "2": "strikethrough", "3": "squiggle"}
_NAME = re.compile(r"(?i:(?:\.(?:pdf|epub|fb2|mobi|azw3?|djvu|txt|html?|docx?|cb[rz]|zip))*\.an)")


def identify(attachment: Attachment) -> bool:
    """True for a zlib stream that begins as records or as PDF entries do."""
    content = attachment.content
    # RFC 1950 s2.2: method 8, and the first two bytes are a multiple of 31.
    if len(content) < 2 or content[0] & 15 != 8 or int.from_bytes(content[:2], "big") % 31:
        return False
    try:
        head = inflate(content, limit=_HEAD, whole=False).decode("utf-8", "replace")
    except FormatError:
        return False
    return bool(HEADER.match(head.replace("\r\n", "\n")) or _PDF_HEADER.match(head))


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    try:
        text = inflate(attachment.content, limit=_UNPACKED).decode("utf-8", "replace")
    except FormatError as error:
        place = attachment.place or attachment.filename
        raise FormatError(error.what, place=place, remedy=error.remedy) from error
    if _PDF_HEADER.match(text):
        return (_pdf_notebook(text, attachment.filename),)
    return notebooks(text)


def _pdf_notebook(text: str, filename: str) -> Notebook:
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    for ordinal, raw in enumerate(_entries(text), 1):
        fields = _fields(raw)
        if isinstance(fields, str):
            entry = Skipped(entry=ordinal, place=f"entry {ordinal}", reason=fields, text=raw)
            skipped.append(entry)
        else:
            annotations.append(_annotation(fields, ordinal))
    return Notebook(
        publication=Publication(title=_title(filename)),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(annotations) + len(skipped),
        warnings=("Sync files of a PDF do not name the book; its title is the file's name.",),
    )


def _title(filename: str) -> str:
    found = _NAME.search(filename)
    return filename[: found.start()] if found and found.end() == len(filename) else filename


def _entries(text: str) -> Iterator[str]:
    at = text.find(_OPENING)
    while at >= 0:
        following = text.find(_CLOSING + _OPENING, at)
        end = following if following >= 0 else len(text)
        yield text[at + len(_OPENING) : end].removesuffix(_CLOSING)
        at = following + len(_CLOSING) if following >= 0 else -1


def _fields(raw: str) -> list[str] | str:
    """Page, milliseconds, start, end, colour, style, note and text; or what is wrong."""
    fields, rest = [], raw
    for mark in _MARKS:
        field, found, rest = rest.partition(mark)
        if not found:
            return f"The entry is cut short: {mark} is missing."
        fields.append(field)
    if not all(map(_INTEGER.fullmatch, fields[:5])):
        return "Page, time, position or colour of the entry is not a number."
    if not rest.strip() and not fields[6].strip():
        return "The entry has neither text nor note."
    return [*fields, rest]


def _annotation(fields: list[str], ordinal: int) -> Annotation:
    page, milliseconds, start, end, colour, style, note, text = fields
    note = note.replace("\r\n", "\n").strip()
    quote = text.replace("\r\n", "\n").strip()
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
        target=Target(
            quote=quote,
            page=page,
            fragment=f"{start}-{end}",
            conforms_to="Moon+ Reader PDF characters",
        ),
        note=note,
        tags=tags(note),
        colour=argb(int(colour)),
        style=_STYLES.get(style, ""),
        created=from_epoch(int(milliseconds) / 1000),
        sources=(ordinal,),
    )
