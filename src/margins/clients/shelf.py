"""What a sink holds of a publication, and where each note of an import goes. Pure.

A plan may be older than what is stored by now: a note that has come meanwhile is not doubled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from margins.annotation import Annotation
from margins.annotation.identity import annotation_key
from margins.annotation.merge import merge
from margins.plan import Plan, Stored
from margins.ports import Applied

__all__ = ["Book", "Note", "count"]


@dataclass(slots=True, eq=False)
class Note:
    """An annotation while an import goes on.

    Attributes:
        id: the sink's own; empty as long as it has none.
        key: no two notes of a publication have the same; see margins.annotation.identity.
        before: as the sink has it; None when it does not.
    """

    id: str
    key: str
    annotation: Annotation
    before: Annotation | None = None
    edited: frozenset[str] = frozenset()

    @property
    def new(self) -> bool:
        """The sink does not have it yet."""
        return self.before is None

    @property
    def changed(self) -> bool:
        """The sink has it, saying something else."""
        return self.before is not None and self.before != self.annotation


@dataclass(slots=True, eq=False)
class Book:
    """The notes of one publication."""

    by_id: dict[str, Note] = field(default_factory=dict)
    by_key: dict[str, Note] = field(default_factory=dict)

    def put(self, stored: Stored, key: str = "") -> None:
        """A note the sink has, under the key it has there."""
        said = stored.annotation
        note = Note(stored.id, key or annotation_key(said), said, said, stored.edited)
        self.by_id[note.id] = self.by_key[note.key] = note

    def bring(self, plan: Plan) -> None:
        """Every note of the plan, in its place."""
        for change in plan.update:
            self._place(change.after, change.id)
        for annotation in plan.create:
            self._place(annotation)

    def _place(self, said: Annotation, id_: str = "") -> None:
        """Into the note with this id, unless another already says the same; else a new one."""
        note = self.by_id.get(id_)
        after = said if note is None else merge(note.annotation, said, note.edited)
        key = annotation_key(after)
        same = self.by_key.get(key)
        if same is not None and same is not note:
            note, after = same, merge(same.annotation, after, same.edited)
        if note is None:
            self.by_key[key] = Note("", key, after)
        elif after != note.annotation:
            del self.by_key[note.key]
            note.annotation, note.key = after, key
            self.by_key[key] = note

    @property
    def new(self) -> list[Note]:
        """Those the sink does not have yet, in the order they came."""
        return [note for note in self.by_key.values() if note.new]

    @property
    def changed(self) -> list[Note]:
        """Those the sink has, saying something else."""
        return [note for note in self.by_key.values() if note.changed]


def count(plans: Iterable[Plan], books: Iterable[Book]) -> Applied:
    """What writing the books does, of all that the plans say."""
    created = updated = 0
    for book in books:
        created += len(book.new)
        updated += len(book.changed)
    said = sum(len(p.create) + len(p.update) + len(p.unchanged) for p in plans)
    return Applied(created=created, updated=updated, unchanged=max(0, said - created - updated))
