"""Skeleton Notes: the shortest format that does everything right; `margins formats new` copies it.

Skeleton Notes Export
The Salt Gardens
Orla Finch
---
page 12
The passage that was marked.
= What the reader thought of it. #tag
"""

from __future__ import annotations

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
from margins.text.charset import decode
from margins.text.names import creators
from margins.text.normal import one_line
from margins.text.tags import tags

__all__ = ["about", "extract", "identify"]

about = About(
    name="skeleton-notes",
    version=1,
    title="Skeleton Notes (text)",
    app="Skeleton Notes",
    steps="Open the book in Skeleton Notes, tap Share, and mail the text file.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("en",),
)

_FIRST_LINE = "Skeleton Notes Export"
_BETWEEN = "---"
_NOTE = "= "


def identify(attachment: Attachment) -> bool:
    """True when the first line is the one that only this export begins with."""
    head = decode(attachment.content[:64], attachment.charset)
    return head.partition("\n")[0].strip() == _FIRST_LINE


def _annotation(number: int, block: str) -> Annotation | Skipped:
    """One block as an annotation, or with the reason why it is none."""
    page, *lines = block.strip().splitlines()
    quote = "\n".join(line for line in lines if not line.startswith(_NOTE))
    note = "\n".join(line.removeprefix(_NOTE) for line in lines if line.startswith(_NOTE))
    if not quote and not note:
        place = f"entry {number}, {one_line(page)}"
        return Skipped(entry=number, place=place, reason="It has no text.", text=block)
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
        target=Target(quote=quote, page=page.removeprefix("page ")),
        note=note,
        tags=tags(note),
        sources=(number,),
    )


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """The book of the file. Every block becomes an annotation or is skipped with its reason.

    Raises:
        FormatError: the lines that name the book are missing.
    """
    header, *blocks = attachment.text.replace("\r\n", "\n").split(f"\n{_BETWEEN}\n")
    lines = header.splitlines()
    if len(lines) < 3:
        raise FormatError(
            "The file ends before it names its book.",
            place=f"{attachment.place}, line {len(lines)}".lstrip(", "),
            remedy="Export it again and send the whole file.",
        )
    read = [_annotation(n, block) for n, block in enumerate(filter(str.strip, blocks), 1)]
    people = (Creator(name=name, role=role) for name, role in creators(lines[2]))
    return (
        Notebook(
            publication=Publication(title=lines[1].strip(), creators=tuple(people)),
            annotations=tuple(each for each in read if isinstance(each, Annotation)),
            skipped=tuple(each for each in read if isinstance(each, Skipped)),
            found=len(read),
        ),
    )
