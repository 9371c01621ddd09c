"""Readwise: "Export highlights", CSV of all books.

```
Highlight,Book Title,Book Author,Amazon Book ID,Note,Color,Tags,Location Type,Location,
Highlighted at,Document tags
"the passage",The Book,Ada Lovelace,B00X,my note,yellow,"one, two",page,12,
2020-10-05 10:15:30+00:00,
```

Older exports lack the last column, and still older ones colour and tags. Tags of the document are
given to each of its highlights. No reader's file is public; header, dates, "location", "page" and
"order" were read in the tests of ten importers. Unverified: other location types, kept verbatim.
"""

from __future__ import annotations

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped, Span
from margins.annotation.appearance import colour
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.numbers import number_range
from margins.text.table import Row, header, read
from margins.text.tags import tags

about = About(
    name="readwise-csv",
    version=1,
    title="Readwise highlights (CSV)",
    app="Readwise",
    steps="On readwise.io/export choose Export to CSV and mail the file.",
    media_types=("text/csv",),
    suffixes=(".csv",),
    languages=("en",),
)

_ALWAYS = {
    "Highlight", "Book Title", "Book Author", "Amazon Book ID", "Note", "Location Type", "Location",
    "Highlighted at",
}  # fmt: skip
_LATER = {"Color", "Tags", "Document tags"}


def identify(attachment: Attachment) -> bool:
    """True for the columns of Readwise and no others."""
    columns = set(header(attachment.head))
    return columns >= _ALWAYS and columns <= _ALWAYS | _LATER


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book.

    Raises:
        FormatError: the table is broken.
    """
    binder = Binder()
    for row in read(attachment.text, attachment.place or attachment.filename).rows:
        publication = _publication(row)
        if row["Highlight"] or row["Note"]:
            binder.add(publication, _annotation(row))
            continue
        reason = "It has neither a highlight nor a note."
        binder.skip(
            publication, Skipped(entry=row.number, place=row.place, reason=reason, text=row.raw)
        )
    return binder.notebooks()


def _publication(row: Row) -> Publication:
    asin = row["Amazon Book ID"]
    people = creators(row["Book Author"])
    return Publication(
        title=row["Book Title"],
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        identifiers=(("asin", asin),) if asin else (),
    )


def _target(row: Row) -> Target:
    kind, place = row["Location Type"].lower(), row["Location"]
    if not place or place == "0":
        return Target(quote=row["Highlight"])
    if kind == "page":
        return Target(quote=row["Highlight"], page=place)
    numbers = number_range(place) if kind == "location" else None
    if numbers is not None:
        return Target(quote=row["Highlight"], location=Span(*numbers))
    return Target(
        quote=row["Highlight"], fragment=f"{kind}:{place}", conforms_to="https://readwise.io"
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(tag for part in cell.split(",") if (tag := part.strip().lstrip("#.")))


def _annotation(row: Row) -> Annotation:
    words = (*_listed(row["Tags"]), *tags(row["Note"]), *_listed(row["Document tags"]))
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if row["Highlight"] else Motivation.COMMENTING,
        target=_target(row),
        note=row["Note"],
        tags=tuple(dict.fromkeys(words)),
        colour=colour(row["Color"]),
        created=parse_date(row["Highlighted at"]),
        sources=(row.number,),
    )
