"""Bookcision: the JSON it makes of a Kindle cloud notebook, and the JSON it once made it from.

```
{"asin": "B00…", "title": "…", "authors": "Ada Author and Ben Writer", "highlights": [
  {"text": "the passage", "isNoteOnly": false, "note": null,
   "location": {"url": "kindle://book?action=open&asin=B00…&location=307", "value": 307}}]}
{"items": [{"asin": "B00…", "highlight": "the passage", "startLocation": 46050,
  "endLocation": 46210, "timestamp": 1348938124000, "embeddedId": "…"}]}
```

The first is read in the tests of several programs, the second is observed in one file: Amazon's own
answer, with positions in bytes, of which 150 make a location, and no title.
"""

from __future__ import annotations

import json
from html import unescape

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
from margins.annotation.binder import Binder
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.epoch import from_epoch
from margins.text.names import creators
from margins.text.normal import fold
from margins.text.tags import tags
from margins.text.tree import array, head, load, number, record, string, whole
from margins.text.words import WORDS, Meaning

__all__ = ["about", "extract", "identify"]

about = About(
    name="bookcision",
    version=1,
    title="Bookcision (JSON)",
    app="Kindle",
    steps="Open the notebook on read.amazon.com, run Bookcision, download JSON, and mail the file.",
    media_types=("application/json",),
    suffixes=(".json",),
    languages=("en",),
)

_BYTES_PER_LOCATION = 150
_LIMITS = tuple(word.text for word in WORDS if word.meaning is Meaning.LIMIT)
_ITEM = {"asin", "highlight", "startLocation", "endLocation"}


def _book(value: object) -> bool:
    fields = record(value)
    if not {"title", "highlights"} <= fields.keys():
        return False
    entries = array(fields["highlights"])
    first = record(entries[0]) if entries else {}
    # A long first text is cut off by the end of the head, and the fields behind it with it.
    return "isNoteOnly" in first or (not entries and {"asin", "authors"} <= fields.keys())


def _items(value: object) -> bool:
    entries = array(record(value).get("items"))
    return bool(entries) and record(entries[0]).keys() >= _ITEM


def identify(attachment: Attachment) -> bool:
    """True for either of the two objects, by the fields of the first entry."""
    text = attachment.head
    if '"highlight' not in text:
        return False
    value = head(text)
    return _book(value) or _items(value)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book.

    Raises:
        FormatError: not JSON to its end, or of another shape.
    """
    place = attachment.place or attachment.filename
    value = load(attachment.text, place)
    if _book(value):
        return (_notebook(record(value)),)
    if _items(value):
        return _notebooks(array(record(value)["items"]))
    raise FormatError(
        "This JSON is not Bookcision's.", place=place, remedy="Download it from Bookcision again."
    )


def _publication(book: dict[str, object]) -> Publication:
    named = book.get("authors")
    lines = [string(line) for line in named] if isinstance(named, list) else [string(named)]
    people = dict.fromkeys(person for line in lines for person in creators(line))
    asin = string(book.get("asin"))
    return Publication(
        title=string(book["title"]),
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        identifiers=(("asin", asin),) if asin else (),
    )


def _notebook(book: dict[str, object]) -> Notebook:
    annotations: list[Annotation] = []
    skipped: list[Skipped] = []
    entries = array(book["highlights"])
    for ordinal, entry in enumerate(map(record, entries), start=1):
        text, note = string(entry.get("text")), string(entry.get("note"))
        if entry.get("isNoteOnly") is True:
            text, note = "", note or text
        if text or note:
            annotations.append(_annotation(entry, ordinal, text, note))
        else:
            skipped.append(_without_text(ordinal, entry))
    return Notebook(
        publication=_publication(book),
        annotations=tuple(annotations),
        skipped=tuple(skipped),
        found=len(entries),
    )


def _annotation(entry: dict[str, object], ordinal: int, text: str, note: str) -> Annotation:
    location = whole(record(entry.get("location")).get("value"))
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if text else Motivation.COMMENTING,
        target=Target(quote=text, location=None if location is None else Span(location, location)),
        note=note,
        tags=tags(note),
        truncated=fold(text).endswith(_LIMITS),
        sources=(ordinal,),
    )


def _without_text(ordinal: int, entry: dict[str, object]) -> Skipped:
    reason = "It has neither a highlight nor a note."
    return Skipped(
        entry=ordinal,
        place=f"entry {ordinal}",
        reason=reason,
        text=json.dumps(entry, ensure_ascii=False),
    )


def _notebooks(items: list[object]) -> tuple[Notebook, ...]:
    """The items name a book by its ASIN only, which therefore is its title too."""
    binder = Binder()
    for ordinal, item in enumerate(map(record, items), start=1):
        asin = string(item.get("asin"))
        publication = Publication(title=asin, identifiers=(("asin", asin),) if asin else ())
        quote = unescape(string(item.get("highlight")))
        if not quote:
            binder.skip(publication, _without_text(ordinal, item))
            continue
        annotation = Annotation(
            motivation=Motivation.HIGHLIGHTING,
            target=Target(quote=quote, location=_location(item)),
            created=from_epoch(number(item.get("timestamp"))),
            sources=(ordinal,),
        )
        binder.add(publication, annotation)
    return binder.notebooks()


def _location(item: dict[str, object]) -> Span | None:
    start, end = whole(item.get("startLocation")), whole(item.get("endLocation"))
    if start is None or end is None or end < start:
        return None
    return Span(start // _BYTES_PER_LOCATION + 1, end // _BYTES_PER_LOCATION + 1)
