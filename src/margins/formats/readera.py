"""ReadEra: the backup of the library, `ReadEra-….bak`, or the `library.json` inside it.

A backup is a zip whose `library.json` lists documents, each with `citations` (highlights) and
`bookmarks`. A citation has the passage in `note_body`, the reader's note in `note_extra`, times in
milliseconds, and its place in `note_data`, which is JSON within the JSON:

```
{"docs": [{"uri": "…", "data": {"doc_title": "…", "doc_authors": "…"},
  "citations": [{"note_uri": "…", "note_body": "…", "note_extra": "…", "note_mark": 2,
    "note_page": 12, "note_data": "{\"ratio\":0.25,\"xPath\":\"/body/DocFragment[6]/…\"}",
    "note_insert_time": 1700000000000, "note_modified_time": 0}], "bookmarks": [...]}]}
```

No reader's file is public; read in code: readest/readest (written against a real backup), two other
importers and five viewers. `note_mark` counts colours in an order that the backup does not tell, so
it is left out, with a warning. Documents with a `doc_delete_time` were deleted by the reader. The
list of looked-up `words` is not made of annotations and not counted.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from margins.annotation import Annotation, Creator, Motivation, Notebook, Publication, Skipped
from margins.annotation.binder import Binder
from margins.annotation.model import Target
from margins.errors import FormatError
from margins.formats import About
from margins.mail.entity import Attachment
from margins.text.epoch import from_epoch
from margins.text.names import creators
from margins.text.tags import tags
from margins.text.tree import array, head, load, number, record, string

about = About(
    name="readera",
    version=1,
    title="ReadEra backup",
    app="ReadEra",
    steps="In ReadEra's settings choose Backup, create one, and mail the file that ends in .bak.",
    media_types=("application/zip", "application/json", "application/octet-stream"),
    suffixes=(".bak", ".json"),
    languages=("mul",),
    max_bytes=32 * 1024 * 1024,
)

_LIBRARY = "library.json"
_MAX_LIBRARY = 64 * 1024 * 1024
_END = 64 * 1024
_COLOURS = "ReadEra numbers its colours without naming them; they are left out."
_DELETED = "The book was deleted from ReadEra's library."
_CONFORMS = "CREngine XPointer"


def identify(attachment: Attachment) -> bool:
    """True for a zip that lists library.json, or JSON whose documents have ReadEra's fields."""
    if attachment.content.startswith(b"PK\x03\x04"):
        # The list of a zip stands at its end; "PK\1\2" begins each line of it.
        end = attachment.content[-_END:]
        return b"PK\x01\x02" in end and _LIBRARY.encode() in end
    if '"docs"' not in attachment.head:
        return False
    documents = [record(doc) for doc in array(record(head(attachment.head)).get("docs"))]
    return bool(documents) and {"uri", "data"} <= documents[0].keys()


def extract(attachment: Attachment) -> tuple[Notebook, ...]:
    """One notebook per book that has a highlight or a bookmark.

    Raises:
        FormatError: the zip or the JSON in it is broken, or too large.
    """
    place = attachment.place or attachment.filename
    text = _library(attachment, place)
    binder = Binder()
    ordinal = 0
    for document in array(record(load(text, place)).get("docs")):
        data = record(record(document).get("data"))
        publication = _publication(data)
        for kind in ("citations", "bookmarks"):
            for entry in array(record(document).get(kind)):
                ordinal += 1
                reason = _DELETED if number(data.get("doc_delete_time")) else ""
                _bind(binder, publication, record(entry), ordinal, kind, reason)
    return binder.notebooks()


def _library(attachment: Attachment, place: str) -> str:
    if not attachment.content.startswith(b"PK\x03\x04"):
        return attachment.text
    try:
        with zipfile.ZipFile(io.BytesIO(attachment.content)) as backup:
            name = next(n for n in backup.namelist() if n.rpartition("/")[2] == _LIBRARY)
            with backup.open(name) as member:
                content = member.read(_MAX_LIBRARY + 1)
    except Exception as error:
        # Over a damaged zip the standard library raises a dozen kinds of exception.
        raise FormatError(
            "This ReadEra backup is damaged or incomplete.",
            place=place,
            remedy="Make a new backup in ReadEra and send the whole file.",
        ) from error
    if len(content) > _MAX_LIBRARY:
        raise FormatError(
            f"The library in this backup is larger than {_MAX_LIBRARY // 1024 // 1024} MiB.",
            place=f"{place}, {_LIBRARY}",
            remedy="Remove books without notes from ReadEra and make a new backup.",
        )
    return content.decode("utf-8", "replace")


def _publication(data: dict[str, object]) -> Publication:
    title = next(
        (
            t
            for f in ("user_title", "doc_title", "doc_file_name_title")
            if (t := string(data.get(f)))
        ),
        "",
    )
    authors = string(data.get("user_authors")) or string(data.get("doc_authors"))
    return Publication(
        title=title,
        creators=tuple(Creator(name=name, role=role) for name, role in creators(authors)),
        language=string(data.get("doc_lang")),
    )


def _bind(
    binder: Binder,
    publication: Publication,
    entry: dict[str, object],
    ordinal: int,
    kind: str,
    reason: str,
) -> None:
    quote, note = string(entry.get("note_body")), string(entry.get("note_extra"))
    if not reason and not quote and not note:
        reason = "It has neither a passage nor a note."
    if reason:
        skipped = Skipped(
            entry=ordinal,
            place=f"{kind.removesuffix('s')}, page {string(entry.get('note_page'))}",
            reason=reason,
            text="\n".join(filter(None, (quote, note))),
        )
        binder.skip(publication, skipped)
        return
    if kind == "citations" and entry.get("note_mark") is not None:
        binder.warn(publication, _COLOURS)
    binder.add(publication, _annotation(entry, quote, note, ordinal, kind == "bookmarks"))


def _times(entry: dict[str, object]) -> tuple[datetime | None, datetime | None]:
    created = from_epoch(number(entry.get("note_insert_time")))
    modified = from_epoch(number(entry.get("note_modified_time")))
    return created, modified if modified != created else None


def _annotation(
    entry: dict[str, object], quote: str, note: str, ordinal: int, bookmark: bool
) -> Annotation:
    position = record(head(string(entry.get("note_data"))))
    ratio = number(position.get("ratio"))
    pointer = string(position.get("xPath"))
    created, modified = _times(entry)
    motivation = Motivation.HIGHLIGHTING if quote else Motivation.COMMENTING
    return Annotation(
        motivation=Motivation.BOOKMARKING if bookmark else motivation,
        target=Target(
            quote="" if bookmark else quote,
            page=string(entry.get("note_page")),
            fragment=pointer,
            conforms_to=_CONFORMS if pointer else "",
            progress=ratio if ratio is not None and 0 <= ratio <= 1 else None,
        ),
        note=note,
        tags=tags(note),
        created=created,
        modified=modified,
        sources=(ordinal,),
    )
