"""Google Play Books notes saved as a web page, by Google Docs or by pandoc.

Google Docs keeps the colour behind the text of a highlight; pandoc leaves only italics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from margins.annotation import Notebook
from margins.annotation.appearance import colour
from margins.errors import FormatError
from margins.formats import About
from margins.formats.play_books.document import MARKERS, Cell, Paragraph, Row, notebook
from margins.mail.entity import Attachment
from margins.text.html import parse
from margins.text.normal import squash

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

__all__ = ["about", "extract", "identify"]

about = About(
    name="play-books-html",
    version=1,
    title="Google Play Books notes (web page)",
    app="Google Play Books",
    steps=(
        "Open the document of the book in the folder Play Books Notes of Google Drive, download "
        "it as a web page, and mail the HTML file."
    ),
    media_types=("text/html",),
    suffixes=(".html", ".htm"),
    languages=("en",),
)

_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*(#[0-9a-fA-F]{6})")
_HEADING = re.compile(r"h([1-6])")
_LINES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote"})


def identify(attachment: Attachment) -> bool:
    """True for a page of tables that carries the notice of Play Books or links back to it."""
    head = attachment.head
    return "<table" in head and any(marker in head for marker in MARKERS)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook; see `margins.formats.Format`."""
    place = attachment.place or attachment.filename
    try:
        body = parse(attachment.text).body
    except FormatError as error:
        raise FormatError(error.what, place=place, remedy=error.remedy) from error
    return (notebook([] if body is None else list(_parts(body)), place=place),)


def _parts(node: LexborNode) -> Iterator[Paragraph | Row]:
    """Paragraphs outside tables, and the rows of tables that hold no other table."""
    for child in node.iter():
        if child.tag in _LINES:
            yield _paragraph(child)
        elif child.tag == "tr" and child.css_first("table") is None:
            yield Row(tuple(_cell(c) for c in child.iter() if c.tag in {"td", "th"}))
        elif child.tag in {"td", "th"}:
            yield from (part for part in _parts(child) if isinstance(part, Row))
        else:
            yield from _parts(child)


def _cell(cell: LexborNode) -> Cell:
    """Its paragraphs; a cell without any is one itself."""
    lines = [node for node in cell.traverse() if node.tag in _LINES]
    return tuple(_paragraph(line) for line in lines or [cell])


def _paragraph(line: LexborNode) -> Paragraph:
    heading = _HEADING.fullmatch(line.tag or "")
    text = _words(line)
    shade = next((s for s in map(_shade, line.css("span")) if s), "")
    emphasised = "".join(_words(node) for node in line.css("em"))
    italic = bool(text.strip()) and squash(emphasised) == squash(text)
    return Paragraph(
        text=text,
        level=int(heading[1]) if heading else 0,
        marked=bool(shade) or italic,
        shade=shade,
        link=" ".join(a.attributes.get("href") or "" for a in line.css("a")),
    )


def _shade(span: LexborNode) -> str:
    found = _BACKGROUND.search(span.attributes.get("style") or "")
    filled = colour(found[1]) if found and span.text().strip() else ""
    return "" if filled == "#ffffff" else filled


def _words(node: LexborNode) -> str:
    """Its text as browsers show it: lines of the source are joined, `<br>` is a line break."""
    pieces = [
        "\n" if n.tag == "br" else re.sub(r"[ \t\r\n]+", " ", n.text(deep=False))
        for n in node.traverse(include_text=True)
        if n.tag in {"br", "-text"}
    ]
    return "".join(pieces).strip()
