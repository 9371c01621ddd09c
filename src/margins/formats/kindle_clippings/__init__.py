"""Kindle e-readers: My Clippings.txt, and KOReader's file of the same shape.

The device appends a block for every highlight, note and bookmark of every book, in the language it
is set to at that moment, and never takes one back. So one file holds many books, many languages,
and every version of a highlight that was ever extended or shrunk.

`blocks` cuts the file, `meta` and `title` read the two lines above the text, `versions` finds out
which clippings are the same mark and which note belongs to which highlight.
"""

from __future__ import annotations

from margins.annotation import Notebook
from margins.errors import FormatError
from margins.formats import About
from margins.formats.kindle_clippings.blocks import TERMINATOR, read_blocks
from margins.formats.kindle_clippings.shelf import Shelf
from margins.mail.entity import Attachment

__all__ = ["about", "extract", "identify"]

about = About(
    name="kindle-clippings",
    version=1,
    title="Kindle clippings (My Clippings.txt)",
    app="Kindle",
    steps=(
        "Connect the Kindle to a computer and mail the file My Clippings.txt from its documents "
        "folder. KOReader writes the same file under Export highlights, My Clippings."
    ),
    media_types=("text/plain",),
    suffixes=(".txt",),
    languages=(
        "en", "de", "fr", "es", "it", "pt", "nl", "ru", "ja", "zh-Hans", "zh-Hant", "ko", "pl",
        "tr", "sv",
    ),
    max_bytes=32 * 1024 * 1024,
)  # fmt: skip


def identify(attachment: Attachment) -> bool:
    """True when some block within the first 64 KiB has a title and a line that says what it is."""
    head = attachment.head
    return TERMINATOR in head and any(
        block.meta is not None and block.title
        for block in read_blocks(head, inline=attachment.inline)
    )


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book, in order of first appearance.

    Ordinals count the blocks of the file that are not blank.

    Raises:
        FormatError: there is no block at all.
    """
    shelf = Shelf()
    for block in read_blocks(attachment.text, inline=attachment.inline):
        shelf.add(block)
    if not shelf.books:
        raise FormatError(
            "This clippings file is empty.",
            place=attachment.place,
            remedy="Mail My Clippings.txt from the documents folder of the Kindle.",
        )
    return shelf.notebooks()
