"""Moon+ Reader's own export: a text file of records."""

from __future__ import annotations

from margins.annotation import Notebook
from margins.formats import About
from margins.formats.moonreader.records import HEADER, notebooks
from margins.mail.entity import Attachment

__all__ = ["about", "extract", "identify"]

about = About(
    name="moonreader-mrexpt",
    version=1,
    title="Moon+ Reader highlights (.mrexpt)",
    app="Moon+ Reader",
    steps="In the book's bookmarks open Highlights & Notes, tap Share, then Export to file.",
    media_types=("application/octet-stream", "text/plain"),
    suffixes=(".mrexpt",),
    languages=("mul",),
)


def identify(attachment: Attachment) -> bool:
    """True for the three lines that every export begins with."""
    return HEADER.match(attachment.head.replace("\r\n", "\n")) is not None


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book; see `margins.formats.Format`. Nothing in such a file can be broken."""
    return notebooks(attachment.text)
