"""KOReader's export as JSON: one book, or several under `documents`.

`time` counts seconds since 1970; it was computed from the device's own clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from margins.annotation import Notebook
from margins.errors import FormatError
from margins.formats import About
from margins.formats.koreader.entry import Book, Entry, author_names
from margins.mail.entity import Attachment
from margins.text import tree
from margins.text.epoch import from_epoch

__all__ = ["about", "extract", "identify"]

about = About(
    name="koreader-json",
    version=1,
    title="KOReader export (JSON)",
    app="KOReader",
    steps="In KOReader choose Tools, Export highlights, pick JSON as the format, and export.",
    media_types=("application/json",),
    suffixes=(".json",),
    languages=("mul",),
)

_VERSION = re.compile(r"json/[0-9.]{1,20}")
_OWN = frozenset({"drawer", "sort", "time", "page"})


def identify(attachment: Attachment) -> bool:
    """True for an object of entries that are drawn, or that states the exporter's version."""
    value = tree.record(tree.head(attachment.head))
    books = [value, *map(tree.record, tree.array(value.get("documents"))[:5])]
    entries = [e for book in books for e in tree.array(book.get("entries"))[:5]]
    if (
        not any(isinstance(book.get("entries"), list) for book in books)
        and "documents" not in value
    ):
        return False
    versioned = _VERSION.fullmatch(tree.string(value.get("version"))) is not None
    return versioned or any(len(_OWN & tree.record(entry).keys()) >= 3 for entry in entries)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book; see `margins.formats.Format`."""
    place = attachment.place or attachment.filename
    value = tree.record(tree.load(attachment.text, place))
    documents = tree.array(value.get("documents")) if "documents" in value else [value]
    books = [book for document in documents for book in _books(tree.record(document))]
    if not books:
        raise FormatError(
            "The export holds no book.",
            place=place,
            remedy="Export again from KOReader after highlighting something.",
        )
    return tuple(book.notebook() for book in books)


def _books(document: Mapping[str, object]) -> Iterator[Book]:
    """The document's book; several when its entries name books of their own."""
    files = [tree.record(file) for file in tree.array(document.get("files"))]
    first = files[0] if files and not tree.string(document.get("title")) else document
    title, author = tree.string(first.get("title")), tree.string(first.get("author"))
    authors = {title: author}
    entries: dict[str, list[Entry]] = {title: []}
    for ordinal, raw in enumerate(tree.array(document.get("entries")), 1):
        fields = tree.record(raw)
        book = tree.string(fields.get("book")) or title
        authors.setdefault(book, tree.string(fields.get("author")))
        entries.setdefault(book, []).append(_entry(fields, ordinal, raw))
    guessed = "The export does not say which book its entries are in; the first named was taken."
    for book, read in entries.items():
        if read or len(entries) == 1:
            yield Book(
                title=book,
                authors=author_names(authors[book]),
                entries=tuple(read),
                warnings=(guessed,) if first is not document and book == title and read else (),
            )


def _entry(fields: Mapping[str, object], ordinal: int, raw: object) -> Entry:
    return Entry(
        sources=(ordinal,),
        bookmark=tree.string(fields.get("sort")) == "bookmark",
        quote=tree.string(fields.get("text")),
        note=tree.string(fields.get("note")),
        page=tree.string(fields.get("page")),
        chapter=tree.string(fields.get("chapter")),
        drawer=tree.string(fields.get("drawer")),
        colour=tree.string(fields.get("color")),
        created=from_epoch(tree.number(fields.get("time"))),
        raw=json.dumps(raw, ensure_ascii=False),
    )
