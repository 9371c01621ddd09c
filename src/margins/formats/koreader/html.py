"""KOReader's export as a web page. Its template has no classes, so styles tell the parts apart.

The bar beside an entry is coloured by its age, not by the colour of the highlight, so it is not
read. Times are the date alone, as month/day/year.

Source: plugins/exporter.koplugin/template/note.tpl of https://github.com/koreader/koreader
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from margins.annotation import Notebook
from margins.errors import FormatError
from margins.formats import About
from margins.formats.koreader.entry import Book, Entry, author_names
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.html import parse

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

__all__ = ["about", "extract", "identify"]

about = About(
    name="koreader-html",
    version=1,
    title="KOReader export (web page)",
    app="KOReader",
    steps="In KOReader choose Tools, Export highlights, pick HTML as the format, and export.",
    media_types=("text/html",),
    suffixes=(".html",),
    languages=("mul",),
)

_TITLE = re.compile(r'<h2 style="font-size:18pt; text-align:right;?">')
_AUTHOR = re.compile(r'<h5 style="font-size:12pt; text-align:right; color:gray;?">')
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{2})")
_CHAPTER, _ENTRY, _META = "font-size:14pt", "padding-top:0.5em", "font-size:10pt"
_QUOTE, _NOTE = "font-size:12pt", "font-size:11pt"


def identify(attachment: Attachment) -> bool:
    """True when title and author are styled as the template styles them."""
    head = attachment.head
    return bool(_TITLE.search(head) and _AUTHOR.search(head))


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book; see `margins.formats.Format`."""
    place = attachment.place or attachment.filename
    try:
        page = parse(attachment.text)
    except FormatError as error:
        raise FormatError(error.what, place=place, remedy=error.remedy) from error
    titles = page.css("h2")
    return tuple(_book(title).notebook() for title in titles if title.parent is not None)


def _after(node: LexborNode) -> Iterator[LexborNode]:
    """The elements that follow it, up to the next title."""
    following = node.next
    while following is not None and following.tag != "h2":
        if following.tag != "-text":
            yield following
        following = following.next


def _book(title: LexborNode) -> Book:
    author, chapter = "", ""
    entries: list[Entry] = []
    for node in _after(title):
        style = node.attributes.get("style") or ""
        if node.tag == "h5":
            author = _words(node)
        elif style.startswith(_CHAPTER):
            chapter = _words(node)
        elif style.startswith(_ENTRY):
            entries.append(_entry(node, chapter, len(entries) + 1))
    return Book(title=_words(title), authors=author_names(author), entries=tuple(entries))


def _styled(node: LexborNode, style: str) -> LexborNode | None:
    divs = (child for child in node.iter() if child.tag == "div")
    return next((d for d in divs if (d.attributes.get("style") or "").startswith(style)), None)


def _entry(node: LexborNode, chapter: str, ordinal: int) -> Entry:
    meta, quote, note = (_styled(node, style) for style in (_META, _QUOTE, _NOTE))
    spans = [_words(span) for span in meta.css("span")] if meta else []
    named = meta.css_first("b") if meta else None
    own = _words(named) if named else ""
    page = spans[1].removeprefix(own).lstrip(": ") if len(spans) > 1 else ""
    return Entry(
        sources=(ordinal,),
        quote=_words(quote) if quote else "",
        note=_words(note) if note else "",
        page=page.strip(),
        chapter=own or chapter,
        created=_date(spans[0]) if spans else None,
        raw=node.html or "",
    )


def _date(text: str) -> datetime | None:
    if (found := _DATE.fullmatch(text)) is None:
        return parse_date(text)
    month, day, year = found.groups()
    try:
        return datetime.fromisoformat(f"20{year}-{month}-{day}")
    except ValueError:
        return None


def _words(node: LexborNode) -> str:
    pieces = (
        "\n" if n.tag == "br" else n.text(deep=False)
        for n in node.traverse(include_text=True)
        if n.tag in {"br", "-text"}
    )
    return "".join(pieces).strip()
