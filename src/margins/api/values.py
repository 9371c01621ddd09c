"""Annotations as they cross the API and as they lie in the tables: one shape for both.

A mapping with the names of `margins.api.tables.annotations`; `margins.annotation.Annotation` in
between, where rules apply. Times are ISO 8601 texts in the mappings.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping

from margins.annotation import Annotation, Creator, Motivation, Publication, Span, Target
from margins.annotation.jsonld import LOCATION, PAGE
from margins.api.words import searchable
from margins.errors import InputError

__all__ = [
    "annotation_of",
    "columns_of",
    "new_id",
    "publication_of",
    "storable",
    "timestamp",
    "words_of",
]

_TEXTS = ("quote", "note")


def storable(text: str) -> str:
    """The text without what no database keeps: NUL and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def new_id(kind: str) -> str:
    """A fresh id, "ann_" and 32 hex digits; later ones sort after earlier ones."""
    moment = int(datetime.now(UTC).timestamp() * 1000)
    return f"{kind}_{moment:012x}{secrets.token_hex(10)}"


def timestamp() -> str:
    """Now, in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _span(start: int | None, end: int | None) -> Span | None:
    if start is None:
        return None
    try:
        return Span(start, start if end is None else end)
    except ValueError as error:
        raise InputError(f"{error}.", place="locationStart, locationEnd") from error


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def annotation_of(fields: Mapping[str, Any] | RowMapping) -> Annotation:
    """The annotation in a row of the table or an AnnotationInput.

    Raises:
        InputError: the locations are no range, or `conforms_to` is a name of our own.
    """
    if fields["conforms_to"] in {LOCATION, PAGE}:
        raise InputError("This name is kept for pages and locations.", place="conformsTo")
    return Annotation(
        motivation=Motivation(fields["motivation"]),
        target=Target(
            quote=storable(fields["quote"]),
            page=storable(fields["page"]),
            location=_span(fields.get("location_start"), fields.get("location_end")),
            headings=tuple(storable(heading) for heading in fields["headings"]),
            fragment=storable(fields["fragment"]),
            conforms_to=storable(fields["conforms_to"]),
            progress=fields.get("progress"),
        ),
        note=storable(fields["note"]),
        tags=tuple(dict.fromkeys(storable(tag) for tag in fields["tags"])),
        colour=storable(fields["colour"]),
        style=storable(fields["style"]),
        created=_moment(fields.get("created")),
        modified=_moment(fields.get("modified")),
        truncated=fields["truncated"],
    )


def columns_of(annotation: Annotation) -> dict[str, object]:
    """The columns that hold the annotation: the inverse of annotation_of."""
    target = annotation.target
    created, modified = annotation.created, annotation.modified
    return {
        "motivation": annotation.motivation.value,
        "quote": target.quote,
        "note": annotation.note,
        "tags": list(annotation.tags),
        "colour": annotation.colour,
        "style": annotation.style,
        "page": target.page,
        "location_start": None if target.location is None else target.location.start,
        "location_end": None if target.location is None else target.location.end,
        "headings": list(target.headings),
        "fragment": target.fragment,
        "conforms_to": target.conforms_to,
        "progress": target.progress,
        "created": None if created is None else created.isoformat(),
        "modified": None if modified is None else modified.isoformat(),
        "truncated": annotation.truncated,
    }


def words_of(row: Mapping[str, Any]) -> str:
    """What search looks at in a row: quote and note, as edited."""
    texts = (row[name] if row[f"{name}_edit"] is None else row[f"{name}_edit"] for name in _TEXTS)
    return searchable(*texts)


def publication_of(fields: Mapping[str, Any]) -> Publication:
    """The publication in a PublicationInput."""
    return Publication(
        title=storable(fields["title"]),
        creators=tuple(
            Creator(name=storable(each["name"]), role=storable(each["role"]))
            for each in fields["creators"]
        ),
        citation=storable(fields["citation"]),
        publisher=storable(fields["publisher"]),
        year=fields.get("year"),
        language=storable(fields["language"]),
        identifiers=tuple(
            (storable(each["scheme"]), storable(each["value"])) for each in fields["identifiers"]
        ),
    )
