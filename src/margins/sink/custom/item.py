"""A note on its way: with the ids it has, and as the expressions of a mapping see it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from margins.annotation import Annotation, Publication
from margins.annotation.identity import publication_key
from margins.clients.notes import annotation_to_json, publication_to_json
from margins.clients.shelf import Book

__all__ = ["Item", "changed_items", "new_items"]

_NAMESPACE = UUID("6d617267-696e-5e73-a6f7-7465732f6964")
"""Of the ids of notes; never to be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A note to send.

    Attributes:
        id: ours, a UUID; the same whenever this note is sent.
        remote: the API's own, where the mapping remembers it.
    """

    publication: Publication
    annotation: Annotation
    id: str
    remote: str = ""

    def said(self, account: str, key: str) -> dict[str, object]:
        """The note as the expressions of a mapping see it."""
        return {
            **annotation_to_json(self.annotation),
            "id": self.id,
            "remote": self.remote,
            "account": account,
            "import": key,
            "publication": {
                **publication_to_json(self.publication),
                "key": publication_key(self.publication),
                "authors": list(self.publication.authors),
            },
        }


def changed_items(
    publication: Publication, book: Book, remotes: Mapping[str, str]
) -> Iterator[Item]:
    """The changed notes, with the API's own ids."""
    for note in book.changed:
        yield Item(
            publication=publication,
            annotation=note.annotation,
            id=note.id,
            remote=remotes[note.id],
        )


def new_items(account: str, publication: Publication, book: Book) -> Iterator[Item]:
    """The new notes, with ids that are derived from what they say: every attempt has the same."""
    key = publication_key(publication)
    taken = set(book.by_id)
    for note in book.new:
        number = 0
        # A note that said the same once, and has changed since, may have the id already.
        while (id_ := str(uuid5(_NAMESPACE, f"{account}/{key}/{note.key}/{number}"))) in taken:
            number += 1
        taken.add(id_)
        yield Item(publication=publication, annotation=note.annotation, id=id_)
