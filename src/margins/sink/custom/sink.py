"""The sink: what has not been sent yet goes into the operator's mutations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from margins.annotation import Publication
from margins.annotation.identity import publication_key
from margins.annotation.merge import newest
from margins.clients.answer import FieldError
from margins.clients.graphql import GraphQL
from margins.clients.shelf import Book, count
from margins.errors import Refused, Unavailable
from margins.plan import Plan, StoredNotebook
from margins.ports import Applied
from margins.sink.custom.check import problems
from margins.sink.custom.item import Item, changed_items, new_items
from margins.sink.custom.mapping import NoteMapping
from margins.sink.custom.memory import Memory, Sent
from margins.sink.custom.operation import Operation

__all__ = ["CustomSink"]


class CustomSink:
    """margins.ports.Sink over an API that only takes notes. Threads may share it.

    What was sent is remembered here, so that a note goes out once however many exports have it, and
    where a part of a request failed only that part is sent again. A request whose answer was lost
    is sent again as a whole, with the same ids: an API that knows them takes each note exactly
    once, one that does not may get it twice.
    """

    def __init__(self, client: GraphQL, mapping: NoteMapping, memory: Memory) -> None:
        self._client = client
        self._mapping = mapping
        self._memory = memory

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """What has been sent of each; see margins.ports.Sink."""
        keys = map(publication_key, publications)
        return [StoredNotebook(annotations=self._memory.stored(account, key)) for key in keys]

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """Send what has not been sent; see margins.ports.Sink."""
        with self._memory.turn(account):
            return self._apply(account, plans, key)

    def _apply(self, account: str, plans: Sequence[Plan], key: str) -> Applied:
        publications = {publication_key(plan.publication): plan.publication for plan in plans}
        books = {each: self._book(account, each) for each in publications}
        for plan in plans:
            books[publication_key(plan.publication)].bring(plan)
        planned = count(plans, books.values())
        changed: list[Item] = []
        created: list[Item] = []
        for book_key, publication in publications.items():
            created += new_items(account, publication, books[book_key])
            remotes = self._memory.remotes(account, book_key)
            changed += changed_items(publication, books[book_key], remotes)
        if self._mapping.update is None:
            unchanged = planned.unchanged + planned.updated
            planned = replace(planned, updated=0, unchanged=unchanged)
        applied = self._memory.begin(account, key, planned)
        said_at = newest(*(each.said_at for each in plans))
        failures: list[FieldError] = []
        if self._mapping.update is not None:
            failures += self._send(self._mapping.update, account, key, changed, said_at)
        failures += self._send(self._mapping.create, account, key, created, said_at)
        _insist(failures, len(changed) + len(created))
        return applied

    def problems(self) -> list[str]:
        """What the API will not understand of the mapping; see margins.sink.custom.check."""
        return problems(self._client, self._mapping)

    def _book(self, account: str, key: str) -> Book:
        book = Book()
        for stored in self._memory.stored(account, key):
            book.put(stored)
        return book

    def _send(
        self,
        operation: Operation,
        account: str,
        key: str,
        items: Sequence[Item],
        said_at: float | None,
    ) -> Iterator[FieldError]:
        """Send the notes in batches, remember those the API took, and name what it did not."""
        rest = iter(items)
        while batch := list(islice(rest, self._mapping.per_request)):
            request = operation.request([item.said(account, key) for item in batch])
            answer = self._client.attempt(
                account, request.document, request.variables, operation=request.operation
            )
            outcomes = operation.outcomes(answer, len(batch))
            self._memory.keep(
                Sent(
                    account=account,
                    publication=publication_key(item.publication),
                    id=item.id,
                    remote=outcome or item.remote,
                    annotation=item.annotation,
                    said_at=said_at,
                )
                for item, outcome in zip(batch, outcomes, strict=True)
                if isinstance(outcome, str)
            )
            yield from (each for each in outcomes if isinstance(each, FieldError))


def _insist(failures: Sequence[FieldError], total: int) -> None:
    """Raise what became of the notes that the API did not take.

    Raises:
        Unavailable: the next attempt may succeed.
        Refused: it will not.
    """
    if not failures:
        return
    what = f"{len(failures)} of {total} notes were not taken: {failures[0].message}"
    if any(failure.temporary for failure in failures):
        raise Unavailable(what)
    raise Refused(what, remedy="The others were; replay the mail once this is mended.")
