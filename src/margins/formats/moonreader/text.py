"""Notes that Moon+ Reader shares as text.

    Title - Author (Highlight: 12; Note: 3)
    ───────────────
    ◆ Chapter
    ▪ marked text
    ▪ marked text (the reader's note)

The grammar is a peer's; no file of the app itself has been seen. A note in parentheses looks like
parentheses of the book, so it is taken for one only where the stated number of notes agrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.names import creators
from margins.text.tags import tags

__all__ = ["about", "extract", "identify"]

about = About(
    name="moonreader-text",
    version=1,
    title="Moon+ Reader notes (shared as text)",
    app="Moon+ Reader",
    steps="In the book's bookmarks open Highlights & Notes, tap Share, and choose your mail app.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("en",),
)

_COUNTS = re.compile(
    r"\(([^\W\d_][^():;\uff1a\uff1b]{0,30})[:\uff1a] ?([0-9]{1,6})[;\uff1b]"
    r" ?([^\W\d_][^():;\uff1a\uff1b]{0,30})[:\uff1a] ?([0-9]{1,6})\)"
)
_RULE = re.compile(r"\u2500{3,}")
_WORDS = ("Highlight", "Note")
_CHAPTER, _ENTRY = "\u25c6", "\u25aa"


@dataclass(slots=True)
class _Entry:
    headings: tuple[str, ...]
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.lstrip("\ufeff").strip().splitlines()]


def _header(lines: list[str]) -> re.Match[str] | None:
    """The numbers at the end of the first line, when the second is a rule."""
    written = [line for line in lines[:4] if line]
    if len(written) < 2 or _RULE.fullmatch(written[1]) is None:
        return None
    at = written[0].rfind("(")
    return _COUNTS.fullmatch(written[0], max(at, 0))


def identify(attachment: Attachment) -> bool:
    """True when the first line ends in two counts and the second is a rule of box characters."""
    return _header(_lines(attachment.head[:4096])) is not None


def _entries(lines: list[str]) -> Iterator[_Entry]:
    headings: tuple[str, ...] = ()
    entry: _Entry | None = None
    for line in lines:
        if line.startswith((_CHAPTER, _ENTRY)) and entry is not None:
            yield entry
            entry = None
        if line.startswith(_CHAPTER):
            headings = (line[1:].strip(),) if line[1:].strip() else ()
        elif line.startswith(_ENTRY):
            entry = _Entry(headings, [line[1:].strip()])
        elif entry is not None:
            entry.lines.append(line)
        elif line and not _RULE.fullmatch(line):
            entry = _Entry(headings, [line])
    if entry is not None:
        yield entry


def _parted(text: str) -> tuple[str, str]:
    """Marked text and note, of "text (note)"; the note is empty when it does not end so."""
    if not text.endswith(")"):
        return text, ""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[at], 0)
        if depth == 0:
            return text[:at].rstrip(), text[at + 1 : -1].strip()
    return text, ""


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    lines = _lines(attachment.text)
    counts = _header(lines)
    if counts is None:
        raise FormatError(
            "The first line does not state how many highlights and notes follow.",
            place=attachment.place or attachment.filename,
            remedy="Share the notes from Moon+ Reader again and leave the text as it is.",
        )
    first = next(i for i, line in enumerate(lines) if line)
    entries = list(_entries(lines[first + 1 :]))
    candidates = sum(1 for entry in entries if _parted(entry.text)[1])
    parted = 0 < int(counts[4]) == candidates
    warnings = list(_warnings(counts, len(entries), candidates))
    annotations = [_annotation(e, n, parted) for n, e in enumerate(entries, 1) if e.text]
    return (
        Notebook(
            publication=_publication(lines[first][: counts.start()]),
            annotations=tuple(annotations),
            skipped=tuple(_empty(n) for n, e in enumerate(entries, 1) if not e.text),
            found=len(entries),
            warnings=tuple(warnings),
        ),
    )


def _empty(ordinal: int) -> Skipped:
    return Skipped(
        entry=ordinal, place=f"entry {ordinal}", reason="The entry has no text.", text=""
    )


def _warnings(counts: re.Match[str], found: int, candidates: int) -> Iterator[str]:
    highlights, notes = int(counts[2]), int(counts[4])
    first, second = counts[1].strip(), counts[3].strip()
    if (first, second) != _WORDS:
        yield f"The words {first!r} and {second!r} are not known here."
    if found not in {highlights, highlights + notes}:
        yield f"The text states {highlights} highlights and {notes} notes and holds {found}."
    if notes and notes != candidates:
        yield (
            f"The text states {notes} notes and {candidates} entries end in parentheses, so notes "
            "could not be told from the text and were left in it."
        )


def _publication(heading: str) -> Publication:
    title, dash, author = heading.strip().rpartition(" - ")
    named = creators(author) if dash else ()
    return Publication(
        title=title.strip() if dash else heading.strip(),
        creators=tuple(Creator(name=name, role=role) for name, role in named),
    )


def _annotation(entry: _Entry, ordinal: int, parted: bool) -> Annotation:
    quote, note = _parted(entry.text) if parted else (entry.text, "")
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
        target=Target(quote=quote, headings=entry.headings),
        note=note,
        tags=tags(note),
        sources=(ordinal,),
    )
