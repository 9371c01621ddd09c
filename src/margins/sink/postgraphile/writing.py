"""One mutation out of many: every row is a field under an alias of its own. Pure.

PostGraphile runs the fields of a request one after another in one transaction, each in a savepoint:
a connection that breaks leaves all or nothing, and a row that is refused leaves the others.
(graphile-build-pg 4, PgMutationCreatePlugin; postgraphile 4, withPostGraphileContext.) Where the
database has a function for it, all new notes are one row, for a statement has its price.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from margins.annotation import Annotation
from margins.annotation.identity import publication_key
from margins.clients.shelf import Note
from margins.ports import Applied
from margins.sink.postgraphile.rows import annotation_columns, publication_columns
from margins.sink.postgraphile.shelf import Place, Shelf

__all__ = ["Row", "mutation", "rows", "together"]

_COMPLETED = ("citation", "publisher", "year", "language")
_FIELDS = {
    "account": ("createAccount", "CreateAccountInput!"),
    "author": ("createAuthor", "CreateAuthorInput!"),
    "tag": ("createTag", "CreateTagInput!"),
    "publication": ("createPublication", "CreatePublicationInput!"),
    "completed": ("updatePublicationById", "UpdatePublicationByIdInput!"),
    "changed": ("updateAnnotationById", "UpdateAnnotationByIdInput!"),
    "annotation": ("createAnnotation", "CreateAnnotationInput!"),
    "import": ("createImport", "CreateImportInput!"),
    "annotations": ("importAnnotations", "ImportAnnotationsInput!"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of the mutation.

    Attributes:
        kind: a key of the table above.
        input: what its input argument holds.
    """

    kind: str
    input: Mapping[str, object]

    @property
    def shared(self) -> bool:
        """Another import may make the same row meanwhile, and it will do for both."""
        return self.kind in {"account", "author", "tag", "publication"}


def rows(shelf: Shelf, places: Sequence[Place], key: str, applied: Applied) -> list[Row]:
    """All that is to be written, each after what it points at.

    Changes come before new notes: one of them may give up the key that a new note takes.
    """
    authors, tags = dict(shelf.authors), dict(shelf.tags)
    unknown = [place.publication for place in places if place.row is None]
    notes = [note for place in places for note in (*place.book.changed, *place.book.new)]
    head = [] if shelf.account else [Row(kind="account", input={"account": {}})]
    head += _named("author", (c.name for each in unknown for c in each.creators), authors)
    head += _named("tag", (tag for note in notes for tag in note.annotation.tags), tags)
    changed: list[Row] = []
    created: list[Row] = []
    for place in places:
        id_ = place.row["id"] if place.row else str(uuid4())
        head += _publication(place, id_, authors)
        changed += (_change(note, tags) for note in place.book.changed)
        created += (_create(note, id_, tags) for note in place.book.new)
    return [*head, *changed, *created, *(() if shelf.imported else (_receipt(key, applied),))]


def _receipt(key: str, applied: Applied) -> Row:
    return Row(kind="import", input={"import": {"key": key, **asdict(applied)}})


def _named(kind: str, names: Iterable[str], ids: dict[str, str]) -> Iterator[Row]:
    """A row for each name that has none, and its id into `ids`."""
    for name in dict.fromkeys(names):
        if name not in ids:
            ids[name] = str(uuid4())
            yield Row(kind=kind, input={kind: {"id": ids[name], "name": name}})


def _publication(place: Place, id_: str, authors: Mapping[str, str]) -> Iterator[Row]:
    said = publication_columns(place.publication)
    if place.row is None:
        creators = dict.fromkeys((c.name, c.role) for c in place.publication.creators)
        links = [
            {"authorId": authors[name], "role": role, "position": position}
            for position, (name, role) in enumerate(creators)
        ]
        made = {"id": id_, "key": publication_key(place.publication), **said}
        if links:
            made["publicationAuthorsUsingId"] = {"create": links}
        yield Row(kind="publication", input={"publication": made})
    elif patch := _completion(place.row, said):
        yield Row(kind="completed", input={"id": id_, "publicationPatch": patch})


def _completion(row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, object]:
    """Fill what is empty; what stands there stays, whichever app said it first."""
    patch: dict[str, object] = {
        name: said[name] for name in _COMPLETED if said[name] and not row[name]
    }
    more = [each for each in said["identifiers"] if each not in row["identifiers"]]
    return patch | ({"identifiers": [*row["identifiers"], *more]} if more else {})


def _labels(annotation: Annotation, tags: Mapping[str, str]) -> list[dict[str, object]]:
    return [
        {"tagId": tags[name], "position": position} for position, name in enumerate(annotation.tags)
    ]


def _create(note: Note, publication: str, tags: Mapping[str, str]) -> Row:
    said = note.annotation
    columns = {"publicationId": publication, "key": note.key, **annotation_columns(said)}
    if labels := _labels(said, tags):
        columns["annotationTagsUsingId"] = {"create": labels}
    return Row(kind="annotation", input={"annotation": columns})


def _change(note: Note, tags: Mapping[str, str]) -> Row:
    said = note.annotation
    labels = {"deleteOthers": True, "create": _labels(said, tags)}
    patch = {"key": note.key, **annotation_columns(said), "annotationTagsUsingId": labels}
    return Row(kind="changed", input={"id": note.id, "annotationPatch": patch})


def together(written: Sequence[Row]) -> list[Row]:
    """The same, all new notes as one row where the first of them stood."""
    notes = [_entry(row) for row in written if row.kind == "annotation"]
    first = next(n for n, row in enumerate(written) if row.kind == "annotation")
    others = [row for row in written[first:] if row.kind != "annotation"]
    return [*written[:first], Row(kind="annotations", input={"entries": notes}), *others]


def _entry(row: Row) -> dict[str, object]:
    """A new note as the function takes it: with an id, which its tags point at."""
    columns: Any = row.input["annotation"]
    nested = columns.get("annotationTagsUsingId", {"create": []})
    said = {name: value for name, value in columns.items() if name != "annotationTagsUsingId"}
    return {"id": str(uuid4()), **said, "tags": nested["create"]}


def mutation(written: Sequence[Row]) -> tuple[str, dict[str, object]]:
    """The document and its variables; field `r7` is the row at position 7, counted from 0."""
    inputs = {f"r{number}": row.input for number, row in enumerate(written)}
    wanted = ", ".join(f"$r{n}: {_FIELDS[row.kind][1]}" for n, row in enumerate(written))
    fields = "\n".join(
        f"r{n}: {_FIELDS[row.kind][0]}(input: $r{n}) {{ clientMutationId }}"
        for n, row in enumerate(written)
    )
    return f"mutation Import({wanted}) {{\n{fields}\n}}", dict(inputs)
