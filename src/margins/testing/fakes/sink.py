"""Notes in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from margins.annotation import Annotation, Publication
from margins.annotation.identity import annotation_key, publication_key
from margins.annotation.merge import merge, newest
from margins.errors import Unavailable
from margins.plan import Plan, Stored, StoredNotebook
from margins.ports import Applied
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemorySink"]


@dataclass(slots=True)
class _Book:
    """One account's notes on one publication, by id."""

    notes: dict[str, Stored] = field(default_factory=dict)
    revision: int = 0

    def put(
        self, annotation: Annotation, said_at: float | None = None, id_: str | None = None
    ) -> str:
        """What it did: "created", "updated" or "unchanged"."""
        keys = {annotation_key(each.annotation): each.id for each in self.notes.values()}
        id_ = id_ or keys.get(annotation_key(annotation))
        if id_ is None:
            id_ = f"note-{len(self.notes) + 1}"
            self.notes[id_] = Stored(id=id_, annotation=annotation, said_at=said_at)
            return "created"
        known = self.notes[id_]
        after = merge(known.annotation, annotation)
        said_at = newest(known.said_at, said_at)
        self.notes[id_] = replace(known, annotation=after, said_at=said_at)
        return "unchanged" if after == known.annotation else "updated"


class MemorySink(Breakable):
    """margins.ports.Sink.

    Attributes:
        losing_answers: while it is set, apply() does its work and then raises Unavailable, as when
            a connection breaks at the worst moment.
    """

    def __init__(self) -> None:
        super().__init__()
        self.losing_answers = False
        self._books: dict[tuple[str, str], _Book] = {}
        self._imports: dict[tuple[str, str], Applied] = {}

    def _book(self, account: str, publication: Publication) -> _Book:
        return self._books.setdefault((account, publication_key(publication)), _Book())

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """See margins.ports.Sink."""
        self.answer_or_fail()
        books = [self._book(account, each) for each in publications]
        return [
            StoredNotebook(annotations=tuple(book.notes.values()), revision=book.revision)
            for book in books
        ]

    def edit(self, account: str, publication: Publication, stored: Stored) -> None:
        """Put what a person made of a stored note in its place."""
        self._book(account, publication).notes[stored.id] = stored

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """See margins.ports.Sink."""
        self.answer_or_fail()
        if (account, key) not in self._imports:
            self._imports[account, key] = self._apply(account, plans)
        if self.losing_answers:
            raise Unavailable("The answer was lost.")
        return self._imports[account, key]

    def _apply(self, account: str, plans: Sequence[Plan]) -> Applied:
        books = [self._book(account, plan.publication) for plan in plans]
        for plan, book in zip(plans, books, strict=True):
            if plan.revision not in {None, book.revision}:
                raise Unavailable("The notes have changed since they were read.")
        done = ["unchanged" for plan in plans for _ in plan.unchanged]
        for plan, book in zip(plans, books, strict=True):
            book.revision += 1
            done += [book.put(change.after, plan.said_at, change.id) for change in plan.update]
            done += [book.put(annotation, plan.said_at) for annotation in plan.create]
        return Applied(
            created=done.count("created"),
            updated=done.count("updated"),
            unchanged=done.count("unchanged"),
        )
