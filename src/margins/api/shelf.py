"""Books with their notes, a person's edits applied: what exports are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, func, select

from margins.annotation import Annotation, Creator, Publication
from margins.api.faults import Code, Fault
from margins.api.filters import annotation_conditions
from margins.api.reading import as_edited, load_publications, with_tags
from margins.api.tables import annotations, publications
from margins.api.values import annotation_of

__all__ = ["Book", "File", "Note", "take_down"]


@dataclass(frozen=True, slots=True)
class File:
    """A file to save."""

    name: str
    media_type: str
    content: str


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation and its id."""

    id: str
    annotation: Annotation


@dataclass(frozen=True, slots=True)
class Book:
    """A publication, its id and its notes in the order of the book."""

    id: str
    publication: Publication
    notes: tuple[Note, ...]


def _publication(row: Mapping[str, Any]) -> Publication:
    return Publication(
        title=row["title"],
        creators=tuple(Creator(name=c["name"], role=c["role"]) for c in row["creators"]),
        citation=row["citation"],
        publisher=row["publisher"],
        year=row["year"],
        language=row["language"],
        identifiers=tuple((i["scheme"], i["value"]) for i in row["identifiers"]),
    )


def take_down(
    connection: Connection, account: str, wanted: Mapping[str, Any], *, limit: int
) -> list[Book]:
    """The books, by title, of the annotations an AnnotationFilter describes.

    Raises:
        Fault: TOO_COMPLEX when there are more annotations than `limit`.
    """
    same = and_(publications.c.account == account, publications.c.id == annotations.c.publication)
    query = (
        select(*as_edited())
        .join(publications, same)
        .where(*annotation_conditions(account, wanted))
        .order_by(
            publications.c.folded,
            publications.c.id,
            func.coalesce(annotations.c.location_start, -1),
            annotations.c.seq,
        )
        .limit(limit + 1)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if len(rows) > limit:
        raise Fault(Code.TOO_COMPLEX, f"More than {limit} notes.", remedy="Narrow the filter.")
    with_tags(connection, account, rows)
    books = load_publications(connection, account, (row["publication"] for row in rows))
    return [
        Book(id_, _publication(books[id_]), tuple(Note(n["id"], annotation_of(n)) for n in notes))
        for id_, notes in groupby(rows, key=lambda row: row["publication"])
    ]
