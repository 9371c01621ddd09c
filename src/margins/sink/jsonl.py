"""Notes in JSON lines: one file per account, one line per note, named as in the notes API.

The file is replaced as a whole, so that an import is in it entirely or not at all. After the notes
come the newest imports, by which an import that is sent again is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import crc32

from margins.annotation import Annotation, Publication
from margins.annotation.identity import annotation_key, publication_key
from margins.annotation.merge import merge
from margins.clients import disk
from margins.clients.notes import (
    annotation_from_json,
    annotation_to_json,
    publication_from_json,
    publication_to_json,
)
from margins.errors import Unavailable
from margins.plan import Plan, Stored, StoredNotebook
from margins.ports import Applied

__all__ = ["JsonlSink"]

_IMPORTS_KEPT = 1000


@dataclass(slots=True)
class _Book:
    publication: Publication
    notes: dict[str, Annotation] = field(default_factory=dict)
    said_at: dict[str, float] = field(default_factory=dict)

    def bring(self, plan: Plan) -> Applied:
        """Apply the plan; a note that is there already, word for word, is not doubled."""
        self.publication = _learn(self.publication, plan.publication)
        updated = {change.id for change in plan.update}
        self.notes |= {change.id: change.after for change in plan.update}
        ids = {annotation_key(note): id_ for id_, note in self.notes.items()}
        created: set[str] = set()
        for annotation in plan.create:
            key = annotation_key(annotation)
            if (id_ := ids.get(key)) is None:
                ids[key] = id_ = self._new_id(key)
                self.notes[id_] = annotation
                created.add(id_)
            elif (after := merge(self.notes[id_], annotation)) != self.notes[id_]:
                self.notes[id_] = after
                updated.add(id_)
        if plan.said_at is not None:
            self.said_at |= {
                id_: max(plan.said_at, self.said_at.get(id_, 0.0)) for id_ in created | updated
            }
        said = len(plan.create) + len(plan.update) + len(plan.unchanged)
        return Applied(
            created=len(created),
            updated=len(updated),
            unchanged=said - len(created) - len(updated),
        )

    def _new_id(self, key: str) -> str:
        """Derived from what the note says; a note that has changed since may hold it still."""
        id_, number = key[:16], 1
        while id_ in self.notes:
            number += 1
            id_ = f"{key[:16]}-{number}"
        return id_


@dataclass(slots=True)
class _Shelf:
    """All that one file says."""

    revision: int = 0
    books: dict[str, _Book] = field(default_factory=dict)
    imports: dict[str, Applied] = field(default_factory=dict)

    def book(self, publication: Publication) -> _Book:
        return self.books.setdefault(publication_key(publication), _Book(publication))

    def stored(self, publication: Publication) -> StoredNotebook:
        book = self.books.get(publication_key(publication), _Book(publication))
        annotations = tuple(
            Stored(id=id_, annotation=note, said_at=book.said_at.get(id_))
            for id_, note in book.notes.items()
        )
        return StoredNotebook(annotations=annotations, revision=self.revision)

    def read(self, line: str) -> None:
        said: dict[str, Any] = json.loads(line)
        if (key := said.pop("imported", None)) is not None:
            self.imports[key] = Applied(**said)
        else:
            book = self.book(publication_from_json(said["publication"]))
            book.notes[said["id"]] = annotation_from_json(said)
            if (at := said.get("saidAt")) is not None:
                book.said_at[said["id"]] = float(at)

    def lines(self) -> Iterator[str]:
        for book in self.books.values():
            publication = publication_to_json(book.publication)
            for id_, note in book.notes.items():
                dated = {"saidAt": book.said_at[id_]} if id_ in book.said_at else {}
                note_line = {"id": id_, **annotation_to_json(note), **dated}
                yield _line({**note_line, "publication": publication})
        for key, applied in list(self.imports.items())[-_IMPORTS_KEPT:]:
            yield _line({"imported": key, **asdict(applied)})


def _line(said: dict[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"


def _learn(known: Publication, new: Publication) -> Publication:
    """The known publication with what only the new export says of it."""
    return replace(
        known,
        creators=known.creators or new.creators,
        citation=known.citation or new.citation,
        publisher=known.publisher or new.publisher,
        year=known.year or new.year,
        language=known.language or new.language,
        identifiers=tuple(dict.fromkeys((*known.identifiers, *new.identifiers))),
    )


class JsonlSink:
    """margins.ports.Sink over a directory. Threads and processes may share it.

    Raises:
        Unavailable: the directory cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._disk = disk.LocalDisk()
        with disk.reporting(self._directory):
            disk.make_directory(self._disk, self._directory)

    def _path(self, account: str) -> Path:
        return self._directory / f"{quote(account, safe='')}.jsonl"

    def _read(self, account: str) -> _Shelf:
        path = self._path(account)
        shelf = _Shelf()
        try:
            content = self._disk.read(path)
        except FileNotFoundError:
            return shelf
        shelf.revision = crc32(content)
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                shelf.read(line.decode("utf-8", "surrogatepass"))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Unavailable(
                    f"This is not a line Margins wrote ({type(error).__name__}: {error}).",
                    place=f"{path}, line {number}",
                    remedy="Mend or remove the line.",
                ) from error
        return shelf

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """What the file holds of each; see margins.ports.Sink."""
        with disk.reporting(self._directory):
            shelf = self._read(account)
        return [shelf.stored(publication) for publication in publications]

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """Write all plans at once; see margins.ports.Sink."""
        with disk.reporting(self._directory), disk.alone_in(self._directory):
            shelf = self._read(account)
            if (before := shelf.imports.get(key)) is not None:
                return before
            if any(plan.revision not in {None, shelf.revision} for plan in plans):
                raise Unavailable("The notes have changed since they were read.", place=account)
            done = [shelf.book(plan.publication).bring(plan) for plan in plans]
            applied = shelf.imports[key] = Applied(
                created=sum(each.created for each in done),
                updated=sum(each.updated for each in done),
                unchanged=sum(each.unchanged for each in done),
            )
            content = "".join(shelf.lines()).encode("utf-8", "surrogatepass")
            disk.replace(self._disk, self._path(account), content)
        return applied
