"""Instapaper: the CSV of saved articles, of which some carry a passage.

```
URL,Title,Selection,Folder,Timestamp,Tags
https://example.org/a,An essay,the passage,Archive,1783091650,"[""coding""]"
```

Older exports lack "Tags". Articles without a passage bring nothing to import; they are listed as
skipped under the name of Instapaper. No reader's file is public; both headers, the Unix time and
the JSON in "Tags" were read in the tests of eleven importers.
"""

from __future__ import annotations

from margins.annotation import Annotation, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.epoch import from_epoch
from margins.text.table import Row, header, read
from margins.text.tree import array, head, string

about = About(
    name="instapaper-csv",
    version=1,
    title="Instapaper articles with selections (CSV)",
    app="Instapaper",
    steps="In Instapaper's settings choose Export, Download .CSV file, and mail the file.",
    media_types=("text/csv",),
    suffixes=(".csv",),
    languages=("en",),
)

_COLUMNS = {"URL", "Title", "Selection", "Folder", "Timestamp"}
_HEADERS = (_COLUMNS, _COLUMNS | {"Tags"})
_WITHOUT = Publication(title="Instapaper")


def identify(attachment: Attachment) -> bool:
    """True for exactly one of the two headers."""
    return set(header(attachment.head)) in _HEADERS


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per article with a passage, and one that lists the articles without.

    Raises:
        FormatError: the table is broken.
    """
    binder = Binder()
    for row in read(attachment.text, attachment.place or attachment.filename).rows:
        if row["Selection"]:
            binder.add(_publication(row), _annotation(row))
            continue
        reason = "It is a saved article without a selected passage."
        binder.skip(
            _WITHOUT, Skipped(entry=row.number, place=row.place, reason=reason, text=row.raw)
        )
    return binder.notebooks()


def _publication(row: Row) -> Publication:
    return Publication(title=row["Title"] or row["URL"], identifiers=(("url", row["URL"]),))


def _annotation(row: Row) -> Annotation:
    digits = row["Timestamp"]
    tags = (tag for value in array(head(row["Tags"])) if (tag := string(value)))
    return Annotation(
        motivation=Motivation.HIGHLIGHTING,
        target=Target(quote=row["Selection"]),
        tags=tuple(dict.fromkeys(tags)),
        created=from_epoch(int(digits)) if digits.isdecimal() and len(digits) <= 13 else None,
        sources=(row.number,),
    )
