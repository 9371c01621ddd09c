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
from margins.formats.kindle_clippings.blocks import TERMINATOR, Block, read_blocks
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


def _is_clipping(block: Block, *, inline: bool) -> bool:
    """Has a title and a line that says what it is; in a letter, one that says where or when, too.

    Any letter may have a list with the word "note" in it, and a row of equals signs.
    """
    if block.meta is None or not block.title:
        return False
    return not inline or block.meta.placed


def identify(attachment: Attachment) -> bool:
    """True when some block within the first 64 KiB is a clipping."""
    inline = attachment.inline
    return TERMINATOR in attachment.head and any(
        _is_clipping(block, inline=inline) for block in read_blocks(attachment.head, inline=inline)
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
