"""O'Reilly online learning (formerly Safari Books Online): the CSV of all highlights.

Two headers: of 2018 (observed in a mail and a file), with authors and "Highlight URL"; and of the
present, with "Annotation URL" and "Color" (read in the tests of three parsers). Authors are cut to
the first with "...", so the remaining ones are not known. The ISBN stands in the book's address.
"""

from __future__ import annotations

import re

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.appearance import colour
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.dates import parse_date
from margins.text.names import creators
from margins.text.table import Row, header, read
from margins.text.tags import tags

about = About(
    name="oreilly-csv",
    version=1,
    title="O'Reilly highlights (CSV)",
    app="O'Reilly online learning",
    steps="Open Highlights on learning.oreilly.com, choose Export all, and mail the CSV file.",
    media_types=("text/csv",),
    suffixes=(".csv",),
    languages=("en",),
)

_COMMON = {
    "Book Title", "Chapter Title", "Date of Highlight", "Book URL", "Chapter URL", "Highlight",
    "Personal Note",
}  # fmt: skip
_HEADERS = (_COMMON | {"Authors", "Highlight URL"}, _COMMON | {"Annotation URL", "Color"})
_ISBN = re.compile(r"/(\d{13})(?:/|$)")
_SITE = re.compile(r"https?://[^/?#]{1,200}")


def identify(attachment: Attachment) -> bool:
    """True for exactly one of the two headers."""
    return set(header(attachment.head)) in _HEADERS


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book.

    Raises:
        FormatError: the table is broken.
    """
    binder = Binder()
    for row in read(attachment.text, attachment.place or attachment.filename).rows:
        publication = _publication(row)
        if not row["Highlight"] and not row["Personal Note"]:
            reason = "It has neither a highlight nor a note."
            skipped = Skipped(entry=row.number, place=row.place, reason=reason, text=row.raw)
            binder.skip(publication, skipped)
            continue
        if row["Authors"].endswith("..."):
            binder.warn(publication, "O'Reilly names the first author only, followed by “...”.")
        binder.add(publication, _annotation(row))
    return binder.notebooks()


def _publication(row: Row) -> Publication:
    isbn = _ISBN.search(row["Book URL"])
    people = creators(row["Authors"].removesuffix("..."))
    return Publication(
        title=row["Book Title"],
        creators=tuple(Creator(name=name, role=role) for name, role in people),
        identifiers=(("isbn", isbn[1]),) if isbn else (("url", row["Book URL"]),),
    )


def _annotation(row: Row) -> Annotation:
    address = row["Highlight URL"] or row["Annotation URL"]
    site = _SITE.match(address)
    note = row["Personal Note"]
    return Annotation(
        motivation=Motivation.HIGHLIGHTING if row["Highlight"] else Motivation.COMMENTING,
        target=Target(
            quote=row["Highlight"],
            headings=(row["Chapter Title"],) if row["Chapter Title"] else (),
            fragment=address,
            conforms_to=site[0] if site else "",
        ),
        note=note,
        tags=tags(note),
        colour=colour(row["Color"]),
        created=parse_date(row["Date of Highlight"]),
        sources=(row.number,),
    )
