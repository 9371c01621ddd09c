"""Whether the API will understand what a mapping makes of notes."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from graphql import GraphQLSchema

from margins.clients.graphql import GraphQL
from margins.clients.introspection import faults, schema_of
from margins.clients.sample import ACCOUNT, PLANS
from margins.sink.custom.item import Item
from margins.sink.custom.mapping import NoteMapping
from margins.sink.custom.operation import Operation

__all__ = ["problems"]


def problems(client: GraphQL, mapping: NoteMapping) -> list[str]:
    """What is wrong with the mapping, one sentence each; sends nothing but introspection.

    Raises:
        Refused: the API does not tell its schema, or an expression does not fit a note.
        Unavailable: it did not answer.
    """
    schema = schema_of(client, ACCOUNT)
    found = list(_problems(schema, mapping.create))
    if mapping.update is not None:
        found += _problems(schema, mapping.update)
    return list(dict.fromkeys(found))


def _problems(schema: GraphQLSchema, operation: Operation) -> Iterator[str]:
    notes = [
        Item(
            publication=plan.publication,
            annotation=annotation,
            id=str(UUID(int=0)),
            remote="remote-id",
        ).said(ACCOUNT, "check.0")
        for plan in PLANS
        for annotation in plan.create
    ]
    document = operation.document
    for inputs in operation.inputs(notes):
        for fault in faults(schema, document.text, document.operation, inputs):
            yield f"{document.path}:{fault}"
