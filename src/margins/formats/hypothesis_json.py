"""Hypothesis: annotations as JSON, from the sidebar's export, the API, or tools that ask the API.

```
{"export_date": "…", "export_userid": "acct:ada@hypothes.is", "client_version": "…",
 "annotations": [{"id", "created", "updated", "user", "uri", "text", "tags", "references",
   "document": {"title": ["…"]}, "target": [{"source": "…", "selector": [
     {"type": "TextQuoteSelector", "exact": "the passage", "prefix": "…", "suffix": "…"}, …]}]}]}
{"total": 2, "rows": [...]}                                     the API's search
[[{"id", "url", "refs", "isReply", "exact", …}], …]             lists of threads (observed, 1 file)
```

A reply by the same person is joined to the annotation it answers when that is in the file. The
sidebar exports everybody's annotations: those of others are skipped when the file says who exported
it. Sources: https://h.readthedocs.io/en/latest/api-reference/v1/ and hypothesis/client,
annotations-exporter.ts with its tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped, Span
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.normal import squash
from margins.text.tags import tags
from margins.text.tree import array, head, load, record, string, whole

about = About(
    name="hypothesis-json",
    version=1,
    title="Hypothesis annotations (JSON)",
    app="Hypothesis",
    steps="In the Hypothesis sidebar choose Share, Export, your name, JSON; mail the file.",
    media_types=("application/json",),
    suffixes=(".json",),
    languages=("en",),
)

_FIELDS = {"id", "created", "updated", "user", "target"}
_MAX_THREAD = 100


@dataclass(frozen=True, slots=True)
class _Entry:
    ordinal: int
    id: str
    user: str
    answers: tuple[str, ...]
    publication: Publication
    annotation: Annotation


def identify(attachment: Attachment) -> bool:
    """True for entries with the API's own fields."""
    if '"target"' not in attachment.head:
        return False
    first = record(next(_raw(head(attachment.head)), None))
    # The first one may be cut off by the end of the head, before its target.
    return first.keys() >= _FIELDS and isinstance(first["target"], list)


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per page.

    Raises:
        FormatError: not JSON to its end.
    """
    value = load(attachment.text, attachment.place or attachment.filename)
    owner = string(record(value).get("export_userid"))
    entries = [_entry(n, record(entry)) for n, entry in enumerate(_raw(value), 1)]
    users = {entry.user for entry in entries if entry.user}
    binder = Binder()
    own: dict[str, _Entry] = {}
    for entry in entries:
        target, note = entry.annotation.target, entry.annotation.note
        if owner and entry.user and entry.user != owner:
            _skip(binder, entry, f"It was written by {entry.user}, not by {owner}.")
        elif not target.quote and not note:
            _skip(binder, entry, "It has neither a quote nor a comment.")
        else:
            own[entry.id or f"entry {entry.ordinal}"] = entry
    for entry in _joined(own):
        if not owner and len(users) > 1:
            sentence = f"The file holds notes of {len(users)} people; all are kept."
            binder.warn(entry.publication, sentence)
        binder.add(entry.publication, entry.annotation)
    return binder.notebooks()


def _raw(value: object) -> Iterator[object]:
    """Every annotation; lists of threads are one level deeper."""
    fields = record(value)
    for item in array(fields.get("annotations") or fields.get("rows") or value):
        if isinstance(item, list):
            yield from item
        else:
            yield item


def _joined(entries: dict[str, _Entry]) -> list[_Entry]:
    """Each reply added to the note it answers, if the same person wrote both."""
    threads: dict[str, list[_Entry]] = {key: [entry] for key, entry in entries.items()}
    for key, entry in entries.items():
        root = next((a for a in entry.answers if a in threads and a != key), None)
        if root is None or entries[root].user != entry.user or entry.annotation.target.quote:
            continue
        threads[root] += threads.pop(key)
    return [_thread(thread) for thread in threads.values()]


def _thread(entries: list[_Entry]) -> _Entry:
    annotations = [entry.annotation for entry in entries]
    words = dict.fromkeys(tag for annotation in annotations for tag in annotation.tags)
    together = replace(
        annotations[0],
        note="\n\n".join(a.note for a in annotations if a.note),
        tags=tuple(words),
        sources=tuple(source for a in annotations for source in a.sources),
    )
    return replace(entries[0], annotation=together)


def _skip(binder: Binder, entry: _Entry, reason: str) -> None:
    quote, note = entry.annotation.target.quote, entry.annotation.note
    place = f"entry {entry.ordinal}, {entry.id}".rstrip(", ")
    text = "\n".join(filter(None, (quote, note)))
    skipped = Skipped(entry=entry.ordinal, place=place, reason=reason, text=text)
    binder.skip(entry.publication, skipped)


def _publication(entry: dict[str, object]) -> Publication:
    address = string(entry.get("uri")) or string(entry.get("url"))
    titles = record(entry.get("document")).get("title")
    title = string(next(iter(array(titles)), titles)) or string(entry.get("title"))
    identifiers = (("url", address),) if address else ()
    return Publication(title=squash(title) or address, identifiers=identifiers)


def _target(entry: dict[str, object]) -> Target:
    """Quote, page and place from the selectors of the first target."""
    first = record(next(iter(array(entry.get("target"))), None))
    by_type: dict[str, dict[str, object]] = {}
    for selector in array(first.get("selector")):
        by_type.setdefault(string(record(selector).get("type")), record(selector))
    position = by_type.get("TextPositionSelector", {})
    start, end = whole(position.get("start")), whole(position.get("end"))
    book = by_type.get("EPUBContentSelector", {})
    pointer, chapter = string(book.get("cfi")), string(book.get("title"))
    quote = by_type.get("TextQuoteSelector", entry)
    placed = start is not None and end is not None and start <= end
    return Target(
        # White space within a page is layout: runs of it are one space to its reader.
        quote=squash(string(quote.get("exact"))),
        page=string(by_type.get("PageSelector", {}).get("label")),
        location=Span(start, end) if placed and start is not None and end is not None else None,
        headings=(chapter,) if chapter else (),
        fragment=pointer,
        conforms_to="http://www.idpf.org/epub/linking/cfi/epub-cfi.html" if pointer else "",
    )


def _entry(ordinal: int, entry: dict[str, object]) -> _Entry:
    target, note = _target(entry), string(entry.get("text"))
    created = parse_date(string(entry.get("created")))
    updated = parse_date(string(entry.get("updated")))
    listed = (string(tag) for tag in array(entry.get("tags")))
    answers = array(entry.get("references") or entry.get("refs"))[:_MAX_THREAD]
    annotation = Annotation(
        motivation=Motivation.HIGHLIGHTING if target.quote else Motivation.COMMENTING,
        target=target,
        note=note,
        tags=tuple(dict.fromkeys((*filter(None, listed), *tags(note)))),
        created=created,
        modified=updated if updated != created else None,
        sources=(ordinal,),
    )
    return _Entry(
        ordinal=ordinal,
        id=string(entry.get("id")),
        user=string(entry.get("user")),
        answers=tuple(string(answer) for answer in answers),
        publication=_publication(entry),
        annotation=annotation,
    )
