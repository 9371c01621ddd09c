"""Raindrop.io: the CSV backup of bookmarks, with notes and highlights.

```
id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite
7,A page,my note,,https://example.org/,Reading,"one, two",2024-01-02T03:04:05.123Z,,"…",false
```

One row is one page. Its `note` and each of its `highlights` are entries; a row with neither is a
mere bookmark and is skipped under the name of Raindrop.io. `excerpt` is the page's own description,
not the reader's. Tags of the page are given to each of its entries.

No reader's file is public; the header and the dates were read in the tests of eight importers.
Unverified: how several highlights share one cell. Read are paragraphs that begin with "Highlight:",
each with an optional "Note:" line under it, else one highlight per line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.table import Row, header, read
from margins.text.tags import tags

about = About(
    name="raindrop-csv",
    version=1,
    title="Raindrop.io bookmarks with highlights (CSV)",
    app="Raindrop.io",
    steps="In Raindrop.io's settings open Backups or Export, choose CSV, and mail the file.",
    media_types=("text/csv",),
    suffixes=(".csv",),
    languages=("en",),
)

_COLUMNS = {
    "id", "title", "note", "excerpt", "url", "folder", "tags", "created", "cover", "highlights",
    "favorite",
}  # fmt: skip
_HIGHLIGHT = re.compile(r"^Highlight:[ \t]*", re.MULTILINE)
_NOTE = re.compile(r"^Note:[ \t]*", re.MULTILINE)
_WITHOUT = Publication(title="Raindrop.io")


def identify(attachment: Attachment) -> bool:
    """True for exactly the eleven columns."""
    return set(header(attachment.head)) == _COLUMNS


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per page, and one that lists the bookmarks without note or highlight.

    Raises:
        FormatError: the table is broken.
    """
    binder = Binder()
    ordinal = 0
    for row in read(attachment.text, attachment.place or attachment.filename).rows:
        annotations = tuple(_annotations(row))
        for annotation in annotations:
            ordinal += 1
            binder.add(_publication(row), replace(annotation, sources=(ordinal,)))
        if not annotations:
            ordinal += 1
            reason = "It is a saved page without a note or a highlight."
            binder.skip(
                _WITHOUT, Skipped(entry=ordinal, place=row.place, reason=reason, text=row.raw)
            )
    return binder.notebooks()


def _publication(row: Row) -> Publication:
    return Publication(title=row["title"] or row["url"], identifiers=(("url", row["url"]),))


def _highlights(cell: str) -> Iterator[tuple[str, str]]:
    """Passage and note of each highlight in the cell."""
    if not _HIGHLIGHT.match(cell):
        yield from ((line.strip(), "") for line in cell.splitlines() if line.strip())
        return
    for part in _HIGHLIGHT.split(cell)[1:]:
        quote, *note = _NOTE.split(part, maxsplit=1)
        if quote.strip():
            yield quote.strip(), "".join(note).strip()


def _annotations(row: Row) -> Iterator[Annotation]:
    own = tuple(tag for part in row["tags"].split(",") if (tag := part.strip().lstrip("#")))
    created = parse_date(row["created"])
    entries = [(quote, note) for quote, note in _highlights(row["highlights"])]
    if row["note"]:
        entries.append(("", row["note"]))
    for quote, note in entries:
        yield Annotation(
            motivation=Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING,
            target=Target(quote=quote),
            note=note,
            tags=tuple(dict.fromkeys((*own, *tags(note)))),
            created=created,
        )
