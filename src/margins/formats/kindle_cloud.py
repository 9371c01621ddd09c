"""Kindle cloud notebook: the page read.amazon.com/notebook, saved from a browser.

```
<h3 class="… kp-notebook-metadata">Title</h3><h1 class="… kp-notebook-metadata">Author</h1>
<span id="kp-notebook-highlights-count">104</span> … <span id="kp-notebook-notes-count">0</span>
<div id="(base64 of account:asin:position:HIGHLIGHT)"><div class="kp-notebook-row-separator">
  <input type="hidden" value="1423" id="kp-annotation-location">
  <span class="kp-notebook-metadata">Yellow highlight | Location: 1,423
  <div class="kp-notebook-highlight kp-notebook-highlight-yellow"><span id="highlight">the passage
  <div class="kp-notebook-note aok-hidden"><span id="note">what the reader wrote
```

Ids, classes and hidden fields are read, so the language of the page does not matter. The page loads
more as it is scrolled: its own counts say whether all was there when it was saved. Over the export
limit of a book, highlights end in "…" or are empty (peer); they are kept as truncated.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING

from margins.annotation import (
    Annotation,
    Creator,
    Motivation,
    Notebook,
    Publication,
    Skipped,
    Span,
    Target,
)
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.charset import decode
from margins.text.html import charset_of, parse
from margins.text.names import creators
from margins.text.normal import fold, squash
from margins.text.numbers import whole
from margins.text.places import Place, read_place
from margins.text.tags import tags

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["about", "extract", "identify"]

about = About(
    name="kindle-cloud",
    version=1,
    title="Kindle cloud notebook (web page)",
    app="Kindle",
    steps=(
        "Open read.amazon.com/notebook, choose the book, scroll to the end of its notes, save the "
        "page as HTML, and mail the file."
    ),
    media_types=("text/html",),
    suffixes=(".html", ".htm"),
    languages=("mul",),
)

_MARKER = "kp-notebook-"
_COLOUR = "kp-notebook-highlight-"
_HIDDEN = "aok-hidden"
_LIMIT = "export limit"


def identify(attachment: Attachment) -> bool:
    """True when tags within the first 64 KiB carry the page's own class names."""
    head = attachment.head
    return _MARKER in head and "<div" in head


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook: the book that was open when the page was saved.

    Raises:
        FormatError: the page is too large.
    """
    source = decode(attachment.content, attachment.charset or charset_of(attachment.content))
    page = parse(source)
    limited = _LIMIT in fold(page.text())
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    found = (_row(field.parent) for field in page.css("#kp-annotation-location"))
    rows = list({row.mem_id: row for row in found if row is not None}.values())
    for ordinal, row in enumerate(rows, start=1):
        annotation = _annotation(row, ordinal, limited=limited)
        if annotation is None:
            skipped.append(_skip(row, ordinal))
        else:
            annotations.append(annotation)
    notebook = Notebook(
        publication=_publication(page, rows),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(rows),
        warnings=_warnings(page, annotations),
    )
    return (notebook,)


def _row(node: LexborNode | None) -> LexborNode | None:
    """The row of the entry around a node: the element whose id names the annotation."""
    while node is not None and "kp-notebook-row-separator" not in _classes(node):
        node = node.parent
    return None if node is None else node.parent


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


def _text(node: LexborNode | None) -> str:
    return "" if node is None else squash(node.text())


def _shown(row: LexborNode, selector: str) -> LexborNode | None:
    """The first such element that is not hidden: the page keeps templates for what may be added."""
    return next((node for node in row.css(selector) if _HIDDEN not in _classes(node)), None)


def _value(node: LexborNode | None) -> str:
    return "" if node is None else (node.attributes.get("value") or "").strip()


def _place(row: LexborNode) -> Place:
    return read_place(fold(_text(_shown(row, ".kp-notebook-metadata"))))


def _annotation(row: LexborNode, ordinal: int, *, limited: bool) -> Annotation | None:
    marked = _shown(row, ".kp-notebook-highlight")
    written = _shown(row, ".kp-notebook-note")
    quote = _text(marked and (marked.css_first("#highlight") or marked))
    note = _text(written and (written.css_first("#note") or written))
    if marked is None and not note:
        return None
    place = _place(row)
    number = whole(_value(row.css_first("#kp-annotation-location")))
    location = place.location or (None if number is None else (number, number))
    return Annotation(
        motivation=Motivation.COMMENTING if marked is None else Motivation.HIGHLIGHTING,
        target=Target(
            quote=quote,
            page=place.page,
            location=Span(*location) if location and str(location[0]) != place.page else None,
        ),
        note=note,
        tags=tags(note),
        colour=_colour(marked),
        truncated=marked is not None and (not quote or (limited and quote.endswith("\u2026"))),
        sources=(ordinal,),
    )


def _colour(marked: LexborNode | None) -> str:
    names = _classes(marked) if marked is not None else []
    return next((n.removeprefix(_COLOUR) for n in names if n.startswith(_COLOUR)), "")


def _skip(row: LexborNode, ordinal: int) -> Skipped:
    place = _text(_shown(row, ".kp-notebook-metadata"))
    reason = "It has neither a highlight nor a note."
    where = f"entry {ordinal}, {place}" if place else f"entry {ordinal}"
    return Skipped(entry=ordinal, place=where, reason=reason, text=_text(row))


def _publication(page: LexborHTMLParser, rows: list[LexborNode]) -> Publication:
    title = page.css_first("h3.kp-notebook-metadata")
    author = title.parent.css_first("h1, p") if title is not None and title.parent else None
    asin = _value(page.css_first("#kp-notebook-annotations-asin"))
    if not asin and rows:
        asin = _asin(rows[0].attributes.get("id") or "")
    people = creators(_text(author))
    return Publication(
        title=_text(title),
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        identifiers=(("asin", asin),) if asin else (),
    )


def _asin(identifier: str) -> str:
    """The book in "account:asin:position:kind", which the id of an entry is the base64 of."""
    try:
        parts = b64decode(identifier, validate=True).decode("ascii").split(":")
    except (binascii.Error, UnicodeError, ValueError):
        return ""
    return parts[1] if len(parts) == 4 else ""


def _warnings(page: LexborHTMLParser, annotations: list[Annotation]) -> tuple[str, ...]:
    """Whether the page was saved before it had loaded everything."""
    highlights = sum(a.motivation is Motivation.HIGHLIGHTING for a in annotations)
    said = whole(_text(page.css_first("#kp-notebook-highlights-count")))
    # Each part that was loaded leaves the number the next begins with, the last one leaves none.
    following = page.css(".kp-notebook-annotations-next-page-start")
    if (said is None or said <= highlights) and not (following and _value(following[-1])):
        return ()
    warning = (
        f"The page holds {highlights} highlights: scroll to the end of the notes before saving it."
        if said is None
        else f"The page holds {highlights} of {said} highlights: scroll to the end of the notes "
        "before saving it."
    )
    return (warning,)
