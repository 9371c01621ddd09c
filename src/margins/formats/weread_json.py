"""WeChat Read (微信读书): notes fetched from its web interface and saved as JSON.

The app itself exports text only (see weread_txt); these files are written by tools that ask its
interface for the reader's own notes. Three shapes, alone or together:

```
{"book": {"id", "title", "author"}, "highlights": [...], "notes": [...]}        observed
[{"bookId", "content", "chapterTitle", "range", "createdAt", ...}, ...]         observed
{"book": {...}, "chapters": [{"chapterUid", "title"}], "updated": [{"markText", ...}]}   in code
```

A highlight is joined with the notes on the same range of the same chapter. Notes without a passage
are reviews of the book. Lists name books by number only, so their books are called after it.
`colorStyle` counts colours whose names are not public; the number is left out, with a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import clock, parse_date
from margins.text.epoch import from_epoch
from margins.text.names import creators
from margins.text.tags import tags
from margins.text.tree import array, head, load, number, record, string

about = About(
    name="weread-json",
    version=1,
    title="WeChat Read notes (JSON)",
    app="WeChat Read",
    steps="Save your notes with a WeRead exporter as JSON and mail the file.",
    media_types=("application/json",),
    suffixes=(".json",),
    languages=("zh",),
)

_CONFORMS = "WeRead chapter and range"
_COLOURS = "WeRead numbers its colours without naming them; they are left out."
_UNTITLED = "The file names the book by its number only."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    ordinal: int
    publication: Publication
    place: tuple[str, str]
    chapter: str
    quote: str
    note: str
    created: datetime | None
    coloured: bool

    @property
    def passage(self) -> tuple[object, ...]:
        """Equal for a highlight and the notes on it."""
        own = (self.ordinal,) if not self.place[1] else ()
        return (self.publication, self.place, *own)


def identify(attachment: Attachment) -> bool:
    """True for entries with book, chapter or range, and the words of this interface."""
    if '"bookId"' not in attachment.head:
        return False
    value = head(attachment.head)
    entries = [record(entry) for entry in _raw(value)]
    # The last one may be cut off by the end of the head.
    return bool(entries) and all(_is_entry(entry) for entry in entries[:-1] or entries)


def _is_entry(entry: dict[str, object]) -> bool:
    if "markText" in entry:
        return {"bookId", "chapterUid", "range"} <= entry.keys()
    return {"id", "bookId", "content"} <= entry.keys() and (
        "chapterUid" in entry or "isPrivate" in entry
    )


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book.

    Raises:
        FormatError: not JSON to its end, or without a single entry of the kind.
    """
    place = attachment.place or attachment.filename
    value = load(attachment.text, place)
    book = record(record(value).get("book"))
    chapters = {
        string(record(chapter).get("chapterUid")): string(record(chapter).get("title"))
        for chapter in array(record(value).get("chapters"))
    }
    entries = [_entry(n, entry, book, chapters) for n, entry in enumerate(_raw(value), 1)]
    if not entries and not book:
        raise FormatError(
            "There are no notes in this WeRead file.",
            place=place,
            remedy="Export it again and send the whole file.",
        )
    groups: dict[tuple[object, ...], list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.passage, []).append(entry)
    binder = Binder()
    for group in groups.values():
        _bind(binder, group)
    return binder.notebooks()


def _raw(value: object) -> Iterator[object]:
    """Every entry, in whatever list it stands."""
    lists = record(value) or {"": value}
    for name in ("", "highlights", "updated", "notes"):
        yield from array(lists.get(name))


def _publication(entry: dict[str, object], book: dict[str, object]) -> Publication:
    own = string(entry.get("bookId"))
    known = string(book.get("id")) or string(book.get("bookId"))
    named = book if own == known or not own else {}
    people = creators(string(named.get("author")))
    return Publication(
        title=string(named.get("title")) or f"WeRead {own or known}",
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        identifiers=(("weread", own or known),),
    )


def _entry(
    ordinal: int, value: object, book: dict[str, object], chapters: dict[str, str]
) -> _Entry:
    raw = record(value)
    chapter = string(raw.get("chapterUid"))
    text, quote = string(raw.get("content")), string(raw.get("quote"))
    # A note says what it is on; a highlight is all content, and has no privacy of its own.
    is_note = "quote" in raw or "isPrivate" in raw
    created = parse_date(string(raw.get("createdAt")))
    return _Entry(
        ordinal=ordinal,
        publication=_publication(raw, book),
        place=(chapter, string(raw.get("range"))),
        chapter=string(raw.get("chapterTitle")) or chapters.get(chapter, ""),
        quote=quote if is_note else text or string(raw.get("markText")),
        note=text if is_note else "",
        created=created or from_epoch(number(raw.get("createTime"))),
        coloured="colorStyle" in raw,
    )


def _bind(binder: Binder, group: list[_Entry]) -> None:
    first = group[0]
    if not first.publication.creators and first.publication.title.startswith("WeRead "):
        binder.warn(first.publication, _UNTITLED)
    if any(entry.coloured for entry in group):
        binder.warn(first.publication, _COLOURS)
    full = [entry for entry in group if entry.quote or entry.note]
    for entry in group:
        if not entry.quote and not entry.note:
            skipped = Skipped(
                entry=entry.ordinal,
                place=f"entry {entry.ordinal}, {entry.chapter}".rstrip(", "),
                reason="It has neither a passage nor a note.",
                text="",
            )
            binder.skip(entry.publication, skipped)
    if full:
        sources = tuple(entry.ordinal for entry in full)
        binder.add(first.publication, replace(_annotation(full), sources=sources))


def _annotation(group: list[_Entry]) -> Annotation:
    first = group[0]
    note = "\n\n".join(dict.fromkeys(entry.note for entry in group if entry.note))
    quote = next((entry.quote for entry in group if entry.quote), "")
    chapter, span = first.place
    dates = [entry.created for entry in group if entry.created]
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
        target=Target(
            quote=quote,
            headings=(first.chapter,) if first.chapter else (),
            fragment=f"{chapter}:{span}" if span else "",
            conforms_to=_CONFORMS if span else "",
        ),
        note=note,
        tags=tags(note),
        created=min(dates, key=clock, default=None),
    )
