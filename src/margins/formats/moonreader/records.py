"""The lines in which Moon+ Reader writes notes, in export files and in sync files alike.

A header of three lines, then for every note "#" and 16 lines: id, title, path, path in lower
case, chapter, split, position, length, colour, milliseconds since 1970, label of a bookmark, note,
text, and three flags for underline, strikethrough and squiggle. Line breaks inside a field are
written `<BR>`. A note may itself be "#", so records are told apart by their number of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped, Target
from margins.annotation.appearance import argb
from margins.text.epoch import from_epoch
from margins.text.tags import tags

__all__ = ["HEADER", "notebooks"]

HEADER = re.compile(
    r"\A\ufeff?-?[0-9]{1,18}\nindent:(?:true|false)\ntrim:(?:true|false)(?:\n#\n|\n*\Z)"
)
_POINTER = "Moon+ Reader position"
_LENGTH = 17
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_STYLES = ("underline", "strikethrough", "squiggle")
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,8}")
_PROGRESS = re.compile(r"\(([0-9]{1,3}(?:[.,][0-9]{1,4})?)%\)\s*")


def _numbers(record: list[str]) -> list[int] | None:
    """Chapter, split, position, length, colour and milliseconds; None when one is no number."""
    fields = record[5:11]
    return (
        [*map(int, fields)] if len(fields) == 6 and all(map(_INTEGER.fullmatch, fields)) else None
    )


def _starts(lines: list[str], at: int) -> bool:
    """True where a record begins for certain: its path stands there twice, or all its numbers."""
    if lines[at] != "#" or at + 4 >= len(lines) or not _INTEGER.fullmatch(lines[at + 1]):
        return False
    return lines[at + 3].lower() == lines[at + 4] or _numbers(lines[at : at + 11]) is not None


def _records(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each record. One that is too long has line breaks in its text."""
    at = 0
    while at < len(lines):
        end = at + _LENGTH
        while end < len(lines) and not (end == at + _LENGTH and lines[end] == "#"):
            if _starts(lines, end):
                break
            end += 1
        yield lines[at:end]
        at = end


def _unbroken(text: str) -> str:
    return text.replace("<BR>", "\n").strip()


def _stem(path: str) -> str:
    """The name of the book's file, without its extension."""
    name = path.replace("\\", "/").rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return stem if dot and _EXTENSION.fullmatch(extension) else name


def _title(records: list[list[str]]) -> str:
    """The title of a book's records; bookmarks have the name of the file in its place."""
    path = records[0][3]
    file = path.replace("\\", "/").rpartition("/")[2]
    named = (record[2].strip() for record in records)
    return next((name for name in named if name not in {"", file}), _stem(path))


def _annotation(record: list[str], numbers: list[int], ordinal: int) -> Annotation:
    chapter, split, position, _length, colour, milliseconds = numbers
    label, note = _unbroken(record[11]), _unbroken(record[12])
    progress = _PROGRESS.match(label)
    quote = _unbroken("\n".join(record[13:-3]))
    flags = dict(zip(_STYLES, record[-3:], strict=True))
    motivation = Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING
    if label:
        words = [label[progress.end() if progress else 0 :], note, quote]
        motivation, note = Motivation.BOOKMARKING, "\n".join(filter(None, words))
    return Annotation(
        motivation=motivation,
        target=Target(
            quote="" if label else quote,
            fragment=f"{chapter}@{split}#{position}",
            conforms_to=_POINTER,
            progress=min(float(progress[1].replace(",", ".")) / 100, 1.0) if progress else None,
        ),
        note=note,
        tags=tags(note),
        colour="" if label else argb(colour),
        style=next((name for name, flag in flags.items() if flag.strip() == "1"), ""),
        created=from_epoch(milliseconds / 1000),
        sources=(ordinal,),
    )


def _problem(record: list[str]) -> str:
    """Why the record cannot be read, or empty."""
    if len(record) < _LENGTH:
        return f"The entry is cut short: it has {len(record) - 1} of {_LENGTH - 1} lines."
    if _numbers(record) is None:
        return "Position, colour or time of the entry is not a number."
    if not any(field.strip() for field in record[11:-3]):
        return "The entry has neither text nor note nor label."
    return ""


def _notebook(records: dict[int, list[str]]) -> Notebook:
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    for ordinal, record in records.items():
        numbers = _numbers(record)
        reason = _problem(record)
        if reason or numbers is None:
            place, raw = f"entry {ordinal}", "\n".join(record[1:])
            skipped.append(Skipped(entry=ordinal, place=place, reason=reason, text=raw))
        else:
            annotations.append(_annotation(record, numbers, ordinal))
    named = [record for record in records.values() if len(record) > 3]
    return Notebook(
        publication=Publication(title=_title(named) if named else ""),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(records),
    )


def notebooks(text: str) -> tuple[Notebook, ...]:
    """One notebook per book, told apart by path; one without entries when there are none."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")[3:]
    books: dict[str, dict[int, list[str]]] = {}
    path = ""
    for ordinal, record in enumerate(_records(lines), 1):
        path = record[3] if len(record) > 3 else path
        books.setdefault(path, {})[ordinal] = record
    return tuple(_notebook(records) for records in (books or {"": {}}).values())
