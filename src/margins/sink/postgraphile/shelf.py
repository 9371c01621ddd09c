"""What is on the shelf, and where each note of an import goes. Pure.

The rows are those that were there when the import asked, which may be later than its plan was
made: a note that is there by now is not doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from margins.annotation import Annotation, Publication
from margins.annotation.identity import annotation_key, publication_key
from margins.annotation.merge import merge
from margins.plan import Plan
from margins.ports import Applied
from margins.sink.postgraphile.rows import storable_annotation, storable_publication, stored

__all__ = ["Book", "Note", "Shelf", "Wanted", "settle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an import brings to one publication; `changes` are by the id of the row."""

    publication: Publication
    creates: tuple[Annotation, ...]
    changes: tuple[tuple[str, Annotation], ...]
    unchanged: int

    @classmethod
    def of(cls, plan: Plan) -> Wanted:
        """The plan in words that the database can keep."""
        return cls(
            publication=storable_publication(plan.publication),
            creates=tuple(map(storable_annotation, plan.create)),
            changes=tuple((each.id, storable_annotation(each.after)) for each in plan.update),
            unchanged=len(plan.unchanged),
        )

    @property
    def notes(self) -> tuple[Annotation, ...]:
        """All annotations it names by what they say."""
        return (*(after for _, after in self.changes), *self.creates)


@dataclass(slots=True, eq=False)
class Note:
    """An annotation while an import goes on.

    Attributes:
        id: of its row; empty as long as it has none.
        before: as the row has it; None without one.
    """

    id: str
    key: str
    annotation: Annotation
    before: Annotation | None = None
    edited: frozenset[str] = frozenset()

    @property
    def new(self) -> bool:
        """It has no row yet."""
        return self.before is None

    @property
    def changed(self) -> bool:
        """It has a row that says something else."""
        return self.before is not None and self.before != self.annotation


@dataclass(slots=True, eq=False)
class Book:
    """A publication, its row if it has one, and those of its notes that an import meets."""

    publication: Publication
    row: Mapping[str, Any] | None = None
    by_id: dict[str, Note] = field(default_factory=dict)
    by_key: dict[str, Note] = field(default_factory=dict)

    def put(self, note: Note) -> Note:
        """Add it."""
        self.by_key[note.key] = note
        if note.id:
            self.by_id[note.id] = note
        return note

    def place(self, said: Annotation, id_: str = "") -> None:
        """Into the row with this id, unless another already says the same; else into a new one."""
        note = self.by_id.get(id_)
        after = said if note is None else merge(note.annotation, said, note.edited)
        key = annotation_key(after)
        same = self.by_key.get(key)
        if same is not None and same is not note:
            note, after = same, merge(same.annotation, after, same.edited)
        if note is None:
            self.put(Note("", key, after))
        elif after != note.annotation:
            del self.by_key[note.key]
            note.annotation, note.key = after, key
            self.by_key[key] = note


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The answer to the query named Shelf.

    Attributes:
        authors, tags: ids by name.
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

    def book(self, publication: Publication) -> Book:
        """The publication with those of its notes that were asked for.

        Raises:
            KeyError, TypeError, ValueError: a row is of another shape.
        """
        row = self.publications.get(publication_key(publication))
        book = Book(publication, row)
        for said in row["annotationsByPublicationId"]["nodes"] if row else ():
            known = stored(said)
            book.put(Note(known.id, said["key"], known.annotation, known.annotation, known.edited))
        return book


def settle(shelf: Shelf, wanted: Iterable[Wanted]) -> Sequence[Book]:
    """Every note in its place, in the order of the import.

    Raises:
        KeyError, TypeError, ValueError: a row is of another shape.
    """
    books: dict[str, Book] = {}
    for each in wanted:
        key = publication_key(each.publication)
        book = books[key] if key in books else books.setdefault(key, shelf.book(each.publication))
        for id_, after in each.changes:
            book.place(after, id_)
        for annotation in each.creates:
            book.place(annotation)
    return list(books.values())
