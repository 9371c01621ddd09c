"""Kobo's own export of one book, a text file: "Export annotations" in the book's menu.

    Title

    marked text

    marked text
    Note: what the reader wrote

Known from a peer's description only: the title, then a paragraph for each highlight, and a note
as its last lines. Nothing else marks such a file, so it is only taken for one when it is attached
rather than written as a mail, and has at least one note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from margins.annotation import Annotation, Motivation, Notebook, Publication, Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.tags import tags

__all__ = ["about", "extract", "identify"]

about = About(
    name="kobo-text",
    version=1,
    title="Kobo exported annotations (text)",
    app="Kobo",
    steps="Hold the book's cover, tap Export Annotations, and mail the file from the reader.",
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=("en",),
)

_NOTE = "Note: "
_PARAGRAPHS = re.compile(r"\n[ \t]*+\n\s*+")
_PARAGRAPHS_ARE_ENTRIES = (
    "Kobo's text export does not show where a highlight with blank lines in it ends; every "
    "paragraph was taken for one."
)
# Other apps' exports and people's own files, which may well have a line that begins with "Note:".
_OTHERS = re.compile(
    r"^(?:[-=_*~\u2500\u2501]{3,}|#{1,6} |> |[\u25c6\u25aa\u3000]|- Your |.{0,60}[|]"
    r"|[A-Za-z][\w-]{0,30}: )",
    re.MULTILINE,
)


def _paragraphs(text: str) -> list[str]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    return [paragraph for paragraph in _PARAGRAPHS.split(text) if paragraph]


def identify(attachment: Attachment) -> bool:
    """True for an attached text of a one-line title and paragraphs, one of them with a note."""
    if attachment.inline or "\nNote: " not in attachment.head.replace("\r\n", "\n"):
        return False
    title, *entries = _paragraphs(attachment.head)
    if not entries or "\n" in title or len(title) > 300:
        return False
    noted = [entry for entry in entries if f"\n{_NOTE}" in entry]
    return bool(noted) and _OTHERS.search("\n".join([title, *map(_quote, entries)])) is None


def _quote(entry: str) -> str:
    return entry.partition(f"\n{_NOTE}")[0]


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    paragraphs = _paragraphs(attachment.text)
    if not paragraphs:
        raise FormatError(
            "The file is empty.",
            place=attachment.place or attachment.filename,
            remedy="Export the annotations again on the reader.",
        )
    title, *entries = paragraphs
    annotations = tuple(_annotations(entries))
    return (
        Notebook(
            publication=Publication(title=title),
            annotations=annotations,
            found=len(annotations),
            warnings=(_PARAGRAPHS_ARE_ENTRIES,),
        ),
    )


def _annotations(entries: list[str]) -> Iterator[Annotation]:
    for ordinal, entry in enumerate(entries, 1):
        quote, _, note = entry.partition(f"\n{_NOTE}")
        yield Annotation(
            motivation=Motivation.HIGHLIGHTING,
            target=Target(quote=quote.strip()),
            note=note.strip(),
            tags=tags(note),
            sources=(ordinal,),
        )
