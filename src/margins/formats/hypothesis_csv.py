"""Hypothesis: annotations of one page, exported as CSV from the sidebar.

```
Created at,Author,Page,URL,Group,Type,Quote,Comment,Tags
2024-05-14 09:12,ada,23,https://example.org/,Public,Annotation,the passage,my note,"one,two"
```

The export holds everybody's annotations, without saying who exported it. A reply does not say to
what, so it stands alone. The page's title is not in the file. Source: hypothesis/client,
src/sidebar/services/annotations-exporter.ts and its tests, where the sixth column was first called
"Annotation/Reply Type" (read in code; no file seen).
"""

from __future__ import annotations

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.table import Row, header, read
from margins.text.tags import tags

about = About(
    name="hypothesis-csv",
    version=1,
    title="Hypothesis annotations of a page (CSV)",
    app="Hypothesis",
    steps="In the Hypothesis sidebar choose Share, Export, your name, CSV; mail the file.",
    media_types=("text/csv",),
    suffixes=(".csv",),
    languages=("en",),
)

_COLUMNS = {"Created at", "Author", "Page", "URL", "Group", "Quote", "Comment", "Tags"}
_HEADERS = (_COLUMNS | {"Type"}, _COLUMNS | {"Annotation/Reply Type"})


def identify(attachment: Attachment) -> bool:
    """True for exactly one of the two headers."""
    return set(header(attachment.head)) in _HEADERS


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per page.

    Raises:
        FormatError: the table is broken.
    """
    binder = Binder()
    rows = read(attachment.text, attachment.place or attachment.filename).rows
    authors = {row["Author"] for row in rows if row["Author"]}
    for row in rows:
        publication = Publication(title=row["URL"], identifiers=(("url", row["URL"]),))
        if len(authors) > 1:
            binder.warn(
                publication, f"The file holds notes of {len(authors)} people; all are kept."
            )
        if row["Quote"] or row["Comment"]:
            binder.add(publication, _annotation(row))
            continue
        reason = "It has neither a quote nor a comment."
        binder.skip(
            publication, Skipped(entry=row.number, place=row.place, reason=reason, text=row.raw)
        )
    return binder.notebooks()


def _annotation(row: Row) -> Annotation:
    listed = tuple(tag for part in row["Tags"].split(",") if (tag := part.strip()))
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if row["Quote"] else Motivation.COMMENTING,
        target=Target(quote=row["Quote"], page=row["Page"]),
        note=row["Comment"],
        tags=tuple(dict.fromkeys((*listed, *tags(row["Comment"])))),
        created=parse_date(row["Created at"]),
        sources=(row.number,),
    )
