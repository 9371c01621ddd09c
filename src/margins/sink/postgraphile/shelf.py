"""What PostGraphile says is on the shelf. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from margins.annotation import Publication
from margins.annotation.identity import publication_key
from margins.clients.shelf import Book
from margins.plan import Plan
from margins.ports import Applied
from margins.sink.postgraphile.rows import storable_annotation, storable_publication, stored

__all__ = ["Place", "Shelf", "storable"]


def storable(plan: Plan) -> Plan:
    """The plan in words that the database can keep."""
    return replace(
        plan,
        publication=storable_publication(plan.publication),
        create=tuple(map(storable_annotation, plan.create)),
        update=tuple(
            replace(change, after=storable_annotation(change.after)) for change in plan.update
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A publication, its row if it has one, and its notes while an import goes on."""

    publication: Publication
    row: Mapping[str, Any] | None
    book: Book = field(default_factory=Book)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The answer to the query named Shelf.

    Attributes:
        authors, tags: ids by name.
        publications: rows by key, with those of their notes that an import meets.
        imported: what this import did when it was sent before; None on the first time.
    """

    account: bool
    authors: Mapping[str, str]
    tags: Mapping[str, str]
    publications: Mapping[str, Mapping[str, Any]]
    imported: Applied | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Shelf:
        """Take the answer apart.

        Raises:
            KeyError, TypeError: it is another one.
        """
        imports = data["allImports"]["nodes"]
        return cls(
            account=bool(data["allAccounts"]["nodes"]),
            authors={row["name"]: row["id"] for row in data["allAuthors"]["nodes"]},
            tags={row["name"]: row["id"] for row in data["allTags"]["nodes"]},
            publications={row["key"]: row for row in data["allPublications"]["nodes"]},
            imported=Applied(**imports[0]) if imports else None,
        )

    def settle(self, plans: Iterable[Plan]) -> Sequence[Place]:
        """Every note of the plans in its place.

        Raises:
            KeyError, TypeError, ValueError: a row is of another shape.
        """
        places: dict[str, Place] = {}
        for plan in plans:
            key = publication_key(plan.publication)
            if key not in places:
                places[key] = self._place(plan.publication, key)
            places[key].book.bring(plan)
        return list(places.values())

    def _place(self, publication: Publication, key: str) -> Place:
        place = Place(publication=publication, row=self.publications.get(key))
        for said in place.row["annotationsByPublicationId"]["nodes"] if place.row else ():
            place.book.put(stored(said), said["key"])
        return place
