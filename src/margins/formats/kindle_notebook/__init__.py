"""Kindle apps: the notebook that "Export notebook" mails as HTML.

Three generations are about: phones and tablets until about 2019 (A), since then (B), and the
desktop apps with crossed tags (C). They share their class names, and those are all that is read:
`book` collects the marked blocks, `heading` reads the line above each note, `pairing` joins notes
to their highlights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from margins.annotation import Motivation, Notebook
from margins.errors import FormatError
from margins.formats import About
from margins.formats.kindle_notebook.book import (
    CLASSES,
    HEADING,
    TEXT,
    TITLE,
    Book,
    Entry,
    read_books,
)
from margins.formats.kindle_notebook.pairing import read_entries
from margins.mail.entity import Attachment
from margins.text.charset import decode
from margins.text.html import Block, blocks, charset_of
from margins.text.normal import one_line

__all__ = ["about", "extract", "identify"]

about = About(
    name="kindle-notebook",
    version=1,
    title="Kindle notebook (HTML)",
    app="Kindle",
    steps=(
        "In the Kindle app open the book, tap Notebook, then the share button and Export notebook; "
        "choose no citation style or any, and mail it. On a computer the desktop app saves the "
        "same page under Notebook, Export."
    ),
    media_types=("text/html", "application/xhtml+xml"),
    suffixes=(".html", ".htm"),
    languages=(
        "en", "de", "fr", "es", "it", "ja", "zh-Hans", "zh-Hant", "pt", "nl", "ru", "ko", "pl",
        "tr", "sv",
    ),
)  # fmt: skip

_HEAD = 64 * 1024
_ENOUGH = ({TITLE, "notebookFor"}, {TITLE, HEADING}, {HEADING, TEXT})
_PAGE_OPENS = re.compile(r"<(?:html|body)[\s>]", re.IGNORECASE)
_PAGE_CLOSES = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)


def _text(content: bytes, declared: str) -> str:
    return decode(content, declared or charset_of(content))


@lru_cache(maxsize=1)
def _short(source: str) -> tuple[Block, ...]:
    """The blocks of a page that is read whole to identify it, and then once more."""
    return blocks(source, CLASSES)


def _has_enough(read: Sequence[Block]) -> bool:
    found = {block.token for block in read}
    return any(enough <= found for enough in _ENOUGH)


def identify(attachment: Attachment) -> bool:
    """True when the first 64 KiB hold elements of the classes that only this export has."""
    head = _text(attachment.content[:_HEAD], attachment.charset)
    if TITLE not in head and HEADING not in head:
        return False
    return _has_enough(_short(head))


def _is_cut(source: str, read: Sequence[Block]) -> bool:
    """Whether the page ends too early: its last block, or the page it opened, is never closed."""
    last = read[-1]
    if _PAGE_CLOSES.search(source, last.start):
        return False
    return not last.closed or _PAGE_OPENS.search(source) is not None


def _cut_entry(books: Sequence[Book], last: Block) -> Entry | None:
    """The entry that the end of a cut page leaves incomplete."""
    entry = books[-1].entries[-1] if books[-1].entries else None
    if entry is None or last.token not in {HEADING, TEXT}:
        return None
    if last.token == HEADING and entry.heading is not None:
        # Text may have been about to follow, save under a bookmark.
        bookmark = entry.heading.motivation is Motivation.BOOKMARKING
        return None if entry.whole and bookmark else entry
    return None if entry.whole else entry


def _notebook(book: Book, cut: Entry | None, *, is_cut: bool) -> Notebook:
    annotations, skipped = read_entries(book.entries, cut=cut)
    unknown = dict.fromkeys(w for e in book.entries if e.heading for w in e.heading.unknown)
    warnings = []
    if unknown:
        words = one_line(", ".join(f'"{one_line(word, 40)}"' for word in unknown), 250)
        warnings.append(f"Read by structure, since these words are not known: {words}.")
    if is_cut:
        whole = len(book.entries) - (cut is not None)
        warnings.append(
            f"The file is cut off after {whole} whole entries. Export the notebook again to get "
            "the rest."
        )
    return Notebook(
        publication=book.publication(),
        annotations=annotations,
        skipped=skipped,
        found=len(book.entries),
        warnings=tuple(warnings),
    )


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book of the page; an export without notes gives a notebook without any.

    Raises:
        FormatError: the page is not a notebook, or is cut off before its first whole note.
    """
    source = _text(attachment.content, attachment.charset)
    read = _short(source) if len(source) <= _HEAD else blocks(source, CLASSES)
    if not _has_enough(read):
        raise FormatError(
            "The page has no book title and no notes of a Kindle notebook.", place=attachment.place
        )
    books = read_books(read)
    is_cut = _is_cut(source, read)
    cut = _cut_entry(books, read[-1]) if is_cut else None
    whole = [_notebook(book, None, is_cut=False) for book in books[:-1]]
    notebooks = (*whole, _notebook(books[-1], cut, is_cut=is_cut))
    if is_cut and not any(notebook.annotations for notebook in notebooks):
        raise FormatError(
            "The file is cut off before its first whole note.",
            place=f"{attachment.place}, character {len(source)}".lstrip(", "),
            remedy="Export the notebook again and send the whole file.",
        )
    return notebooks
