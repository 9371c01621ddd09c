"""From the fields of the schema to the functions that answer them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ariadne import EnumType, InterfaceType, MutationType, ObjectType, QueryType, ScalarType
from graphql import GraphQLResolveInfo
from sqlalchemy import Connection

from margins.annotation import Motivation
from margins.api import reading
from margins.api.connections import Page, Window, window
from margins.api.importing import import_notebooks
from margins.api.settings import Limits
from margins.api.tokens import Caller
from margins.api.values import publication_of, timestamp

__all__ = ["BINDABLES", "Call"]

Row = Mapping[str, Any]

_query = QueryType()
_mutation = MutationType()
_account = ObjectType("Account")
_publication = ObjectType("Publication")
_annotation = ObjectType("Annotation")
_node = InterfaceType("Node")
_date_time = ScalarType("DateTime")

_KINDS = {"acc": "Account", "pub": "Publication", "ann": "Annotation", "tag": "Tag"}


@dataclass(slots=True)
class Call:
    """One request: who asks, in which transaction, within which limits."""

    caller: Caller
    connection: Connection
    limits: Limits
    _awaited: set[str] = field(default_factory=set)
    _publications: dict[str, Row] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.caller.account

    def window(self, arguments: Mapping[str, Any]) -> Window:
        return window(limit=self.limits.page, **arguments)

    def expect_publications(self, ids: Iterable[str]) -> None:
        """Note publications that may be asked for, to load them together when the first one is."""
        self._awaited.update(ids)

    def publication(self, id_: str) -> Row:
        if id_ not in self._publications:
            wanted = {id_, *self._awaited} - self._publications.keys()
            self._publications |= reading.load_publications(self.connection, self.account, wanted)
        return self._publications[id_]


@_date_time.value_parser
def _parse_date_time(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("A date and time is a string in ISO 8601.")
    return datetime.fromisoformat(value).isoformat()


@_node.type_resolver
def _node_type(row: Row, *_: object) -> str:
    return _KINDS[row["id"].partition("_")[0]]


def _viewed(call: Call) -> Row:
    row = reading.load_account(call.connection, call.account)
    created = timestamp() if row is None else row["created_at"]
    return {"id": f"acc_{call.account}", "created_at": created}


@_query.field("viewer")
def _viewer(_: None, info: GraphQLResolveInfo[Call]) -> Row:
    return _viewed(info.context)


@_query.field("node")
def _resolve_node(_: None, info: GraphQLResolveInfo[Call], *, id: str) -> Row | None:  # noqa: A002
    call = info.context
    match id.partition("_"):
        case ("acc", _, call.account):
            return _viewed(call)
        case ("pub", _, _):
            found = reading.load_publications(call.connection, call.account, [id])
        case ("ann", _, _):
            found = reading.load_annotations(call.connection, call.account, [id])
        case ("tag", _, _):
            found = reading.load_tags(call.connection, call.account, [id])
        case _:
            return None
    return found.get(id)


@_query.field("publications")
def _publications(_: None, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    call = info.context
    return reading.list_publications(call.connection, call.account, call.window(arguments))


@_query.field("annotations")
def _annotations(_: None, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    call = info.context
    page = reading.list_annotations(call.connection, call.account, call.window(arguments))
    call.expect_publications(row["publication"] for row in page.nodes)
    return page


@_query.field("tags")
def _tags(_: None, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    call = info.context
    return reading.list_tags(call.connection, call.account, call.window(arguments))


@_query.field("storedNotebooks")
def _stored_notebooks(
    _: None, info: GraphQLResolveInfo[Call], *, publications: Sequence[Row]
) -> Sequence[Row]:
    call = info.context
    asked = [publication_of(each) for each in publications]
    return reading.stored_notebooks(call.connection, call.account, asked, limit=call.limits.stored)


@_publication.field("annotations")
def _annotations_of(parent: Row, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    call = info.context
    return reading.list_annotations(
        call.connection, call.account, call.window(arguments), publication=parent["id"]
    )


@_annotation.field("publication")
def _publication_of(parent: Row, info: GraphQLResolveInfo[Call]) -> Row:
    call = info.context
    return call.publication(parent["publication"])


@_mutation.field("importNotebook")
def _import_notebook(_: None, info: GraphQLResolveInfo[Call], *, input: Row) -> Row:  # noqa: A002
    call = info.context
    result = import_notebooks(call.connection, call.account, input)
    call.expect_publications(result["publications"])
    return {**result, "publications": [call.publication(id_) for id_ in result["publications"]]}


BINDABLES = (
    _query,
    _mutation,
    _account,
    _publication,
    _annotation,
    _node,
    _date_time,
    EnumType("Motivation", Motivation),
)
