"""The built-in formats: their names, their modules, and what every file of theirs holds.

A file without a format's mark cannot be that format's, so its module is not even imported: reading
one Kindle notebook costs the import of the few formats it could be. The marks stand in the first
64 KiB, as text, or as bytes at the very beginning; a format without marks is always asked. Golden
files prove the marks: with a wrong one their format would not claim them.
"""

from __future__ import annotations

from importlib import import_module

from margins.annotation import Notebook
from margins.formats import About, Format
from margins.mail.entity import Attachment

__all__ = ["BUILT_IN", "BuiltIn"]

_Marks = tuple[str, ...] | tuple[bytes, ...]
_ZIP, _PDF = (b"PK\x03\x04",), ("%PDF-",)
# RFC 1950 s2.2: method 8 with any window size.
_ZLIB = tuple(bytes((8 | window << 4,)) for window in range(8))

_TABLE: tuple[tuple[str, str, _Marks], ...] = (
    ("annotated-pdf", "annotated_pdf", _PDF),
    ("apple-books-excerpt", "apple_books.excerpt", ()),
    ("apple-books-notes", "apple_books.notes", ()),
    ("bookcision", "bookcision", ('"highlight',)),
    ("boox-txt", "boox_txt", ("<<",)),
    ("calibre", "calibre", ('"uuid"', '"calibre_')),
    ("handwritten", "handwritten", ("---",)),
    ("hypothesis-csv", "hypothesis_csv", ("Created at",)),
    ("hypothesis-json", "hypothesis_json", ('"target"',)),
    ("instapaper-csv", "instapaper_csv", ("Selection",)),
    ("kindle-clippings", "kindle_clippings", ("==========",)),
    ("kindle-cloud", "kindle_cloud", ("kp-notebook-",)),
    ("kindle-csv", "kindle_csv", ("----------",)),
    ("kindle-notebook", "kindle_notebook", ("bookTitle", "noteHeading")),
    ("kindle-pdf", "kindle_pdf", _PDF),
    ("kobo-annot", "kobo.annot", ("http://ns.adobe.com/digitaleditions/annotations",)),
    ("kobo-sqlite", "kobo.sqlite", (b"SQLite format 3\0",)),
    ("kobo-text", "kobo.text", ("\nNote: ",)),
    ("koreader-html", "koreader.html", ("text-align:right",)),
    ("koreader-json", "koreader.json", ('"entries"', '"documents"')),
    ("koreader-lua", "koreader.lua", ("return",)),
    ("koreader-markdown", "koreader.markdown", ("##### ",)),
    ("koreader-text", "koreader.text", ("-=-=-",)),
    ("margins-markdown", "margins_markdown", ("# ",)),
    ("moonreader-an", "moonreader.an", _ZLIB),
    ("moonreader-mrexpt", "moonreader.mrexpt", ("indent:",)),
    ("moonreader-text", "moonreader.text", ("\u2500\u2500\u2500",)),
    ("oreilly-csv", "oreilly_csv", ("Chapter Title",)),
    ("play-books-docx", "play_books.docx", _ZIP),
    ("play-books-html", "play_books.html", ("Play Books", "books-notes-export")),
    ("pocketbook-html", "pocketbook_html", ("PocketBook Bookmarks", "bm-page")),
    ("raindrop-csv", "raindrop_csv", ("excerpt",)),
    ("readera", "readera", ('"docs"', "PK\x03\x04")),
    ("readwise-csv", "readwise_csv", ("Amazon Book ID",)),
    ("tolino", "tolino", ("--------------------",)),
    ("web-annotation", "web_annotation", ("www.w3.org/ns/anno.jsonld",)),
    ("weread-json", "weread_json", ('"bookId"',)),
    ("weread-txt", "weread_txt", ("\u25c6", ">>")),
)


class BuiltIn:
    """A format of ours, imported when a file could be its own. Satisfies margins.formats.Format."""

    def __init__(self, name: str, module: str, marks: _Marks) -> None:
        self.name = name
        self._module = f"margins.formats.{module}"
        self._marks = marks
        self._format: Format | None = None

    def _load(self) -> Format:
        if self._format is None:
            self._format = import_module(self._module)
            assert self._format is not None
        return self._format

    @property
    def about(self) -> About:
        """What the format says of itself."""
        return self._load().about

    def _possible(self, attachment: Attachment) -> bool:
        if not self._marks:
            return True
        head = attachment.head
        return any(
            mark in head if isinstance(mark, str) else attachment.content.startswith(mark)
            for mark in self._marks
        )

    def identify(self, attachment: Attachment) -> bool:
        """True when extract() can read it."""
        return self._possible(attachment) and self._load().identify(attachment)

    def extract(self, attachment: Attachment) -> tuple[Notebook, ...]:
        """One notebook per publication.

        Raises:
            FormatError: the file is claimed but broken.
        """
        return self._load().extract(attachment)

    def __repr__(self) -> str:
        return f"<format {self.name}>"


BUILT_IN = tuple(BuiltIn(name, module, marks) for name, module, marks in _TABLE)
