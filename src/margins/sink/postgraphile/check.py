"""Whether the API has the tables, columns and plugins that the sink writes through."""

from __future__ import annotations

from margins.clients.graphql import GraphQL
from margins.clients.sample import ACCOUNT, PLANS
from margins.ports import Applied
from margins.sink.postgraphile.shelf import Shelf
from margins.sink.postgraphile.writing import Row, mutation, rows

__all__ = ["problems"]

_NOBODY = "00000000-0000-0000-0000-000000000000"


def problems(client: GraphQL, queries: str) -> list[str]:
    """What the API will not understand, one sentence each; sends nothing but introspection.

    Raises:
        Refused: the API does not tell its schema.
        Unavailable: it did not answer.
    """
    from margins.clients.introspection import faults, schema_of  # noqa: PLC0415 - 130 ms, rarely

    schema = schema_of(client, ACCOUNT)
    asked: dict[str, object] = {
        "books": ["key"], "keys": ["key"], "ids": [_NOBODY], "authors": ["name"], "tags": ["name"],
        "import": "key",
    }  # fmt: skip
    document, inputs = mutation(_every_kind())
    found = faults(schema, queries, "Stored", asked) + faults(schema, queries, "Shelf", asked)
    return list(dict.fromkeys(found + faults(schema, document, "Import", inputs)))


def _every_kind() -> list[Row]:
    """A row of every kind there is."""
    shelf = Shelf(account=False, authors={}, tags={}, publications={}, imported=None)
    applied = Applied(created=3, updated=0, unchanged=0)
    written = rows(shelf, shelf.settle(PLANS), "check.0", applied)
    patch = {"quote": "", "locations": {}, "annotationTagsUsingId": {"deleteOthers": True}}
    publication = {"publisher": "", "identifiers": []}
    return [
        *written,
        Row(kind="changed", input={"id": _NOBODY, "annotationPatch": patch}),
        Row(kind="completed", input={"id": _NOBODY, "publicationPatch": publication}),
    ]
