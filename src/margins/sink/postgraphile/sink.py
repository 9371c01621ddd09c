"""The sink: one request to read, and two to write whatever the number of notes.

One more where a note is refused that was sent along with others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from margins.annotation import Publication
from margins.annotation.identity import annotation_key, publication_key
from margins.clients.answer import FieldError
from margins.clients.graphql import GraphQL
from margins.clients.shelf import count
from margins.errors import Refused, Unavailable
from margins.plan import Plan, StoredNotebook
from margins.ports import Applied
from margins.sink.postgraphile.check import problems
from margins.sink.postgraphile.rows import stored
from margins.sink.postgraphile.shelf import Shelf, storable
from margins.sink.postgraphile.writing import Row, mutation, rows, together

__all__ = ["PostgraphileSink"]

_BAD_DATA = ("22", "23502", "23514", "42")
"""Beginnings of the SQLSTATEs that stay what they are (PostgreSQL manual, appendix A)."""


@cache
def _queries() -> str:
    return files("margins.sink.postgraphile").joinpath("read.graphql").read_text(encoding="utf-8")


class PostgraphileSink:
    """margins.ports.Sink over PostGraphile 4 with the nested-mutations and connection-filter
    plugins. Threads may share it.

    A request whose answer is lost was carried out entirely or not at all. Of a request that is
    answered, single notes may have been refused: the next attempt writes what is missing, and the
    counts of the import are those of the first one.
    """

    def __init__(self, client: GraphQL) -> None:
        self._client = client
        self._takes_many = True  # until the API says otherwise

    def fetch(self, account: str, publications: Sequence[Publication]) -> Sequence[StoredNotebook]:
        """What is stored for each; see margins.ports.Sink."""
        if not publications:
            return []
        keys = [publication_key(each) for each in publications]
        data: Any = self._client.execute(account, _queries(), {"books": keys}, operation="Stored")
        try:
            books = {
                row["key"]: [stored(note) for note in row["annotationsByPublicationId"]["nodes"]]
                for row in data["allPublications"]["nodes"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise _strange(error) from error
        return [StoredNotebook(annotations=books.get(key, ())) for key in keys]

    def apply(self, account: str, plans: Sequence[Plan], *, key: str) -> Applied:
        """Look what is there by now and write what is not; see margins.ports.Sink."""
        plans = [storable(plan) for plan in plans]
        try:
            shelf = Shelf.read(self._look(account, plans, key))
            places = shelf.settle(plans)
        except (KeyError, TypeError, ValueError) as error:
            raise _strange(error) from error
        applied = shelf.imported or count(plans, [place.book for place in places])
        if written := rows(shelf, places, key, applied):
            self._write(account, written)
        return applied

    def _write(self, account: str, written: Sequence[Row]) -> None:
        """All new notes at once; each by itself where the API cannot, or one of them is bad."""
        notes = [row for row in written if row.kind == "annotation"]
        if not (notes and self._takes_many):
            _insist(written, self._send(account, written))
            return
        batch = together(written)
        try:
            errors = self._send(account, batch)
        except Refused:
            # Nothing was carried out. Most likely the database lacks the function.
            _insist(written, self._send(account, written))
            self._takes_many = False
            return
        kinds = {_row(batch, error).kind for error in errors}
        if kinds == {"annotations"}:
            _insist(notes, self._send(account, notes))
        else:
            _insist(batch, errors)

    def _send(self, account: str, written: Sequence[Row]) -> Sequence[FieldError]:
        document, inputs = mutation(written)
        return self._client.attempt(account, document, inputs, operation="Import").errors

    def problems(self) -> list[str]:
        """Where the API's schema is not the one of docs/sinks.md, one sentence each.

        Raises:
            Refused: it does not tell its schema.
            Unavailable: it did not answer.
        """
        return problems(self._client, _queries())

    def _look(self, account: str, plans: Sequence[Plan], key: str) -> Mapping[str, Any]:
        changes = [change for plan in plans for change in plan.update]
        notes = [change.after for change in changes]
        notes += (annotation for plan in plans for annotation in plan.create)
        asked = {
            "books": [publication_key(plan.publication) for plan in plans],
            "keys": [annotation_key(note) for note in notes],
            "ids": [change.id for change in changes],
            "authors": list({c.name for plan in plans for c in plan.publication.creators}),
            "tags": list({tag for note in notes for tag in note.tags}),
            "import": key,
        }
        return self._client.execute(account, _queries(), asked, operation="Shelf")


def _insist(written: Sequence[Row], errors: Sequence[FieldError]) -> None:
    """Raise what became of the rows that were not written, unless another import wrote the same.

    Raises:
        Unavailable: the next attempt may succeed.
        Refused: it will not.
    """
    shared: list[FieldError] = []
    failed: list[FieldError] = []
    for error in errors:
        (shared if _row(written, error).shared else failed).append(error)
    if not failed:
        return
    what = (
        f"{len(failed)} of {len(written)} rows were not written, the first because: "
        f"{failed[0].message}"
    )
    # What points at a shared row fails with it, and finds the other import's on the next attempt.
    if not shared and all(_sqlstate(error).startswith(_BAD_DATA) for error in failed):
        raise Refused(what, remedy="The others are stored; replay the mail once this is mended.")
    raise Unavailable(what)


def _row(written: Sequence[Row], error: FieldError) -> Row:
    number = str(error.path[0])[1:]
    if number.isdigit() and int(number) < len(written):
        return written[int(number)]
    raise _strange(LookupError(f"an error at {error.path[0]}"))


def _sqlstate(error: FieldError) -> str:
    """As PostGraphile tells it with `--extended-errors errcode`; else empty."""
    exception = error.extensions.get("exception")
    return str(exception.get("errcode", "")) if isinstance(exception, dict) else ""


def _strange(error: Exception) -> Unavailable:
    return Unavailable(
        f"The notes API gave an answer of another shape ({type(error).__name__}: {error}).",
        remedy="Check that it is PostGraphile over the tables of docs/sinks.md, with dynamic JSON.",
    )
