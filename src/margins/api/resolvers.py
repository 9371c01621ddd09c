"""From the fields of the schema to the functions that answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ariadne import EnumType, InterfaceType, ObjectType, QueryType, ScalarType
from graphql import GraphQLResolveInfo

from margins.annotation import Motivation
from margins.api import reading
from margins.api.call import Call
from margins.api.connections import Page
from margins.api.exporting import export
from margins.api.mutations import mutation
from margins.api.search import Term, parse_query, snippet
from margins.api.shelf import File, take_down
from margins.api.values import publication_of, timestamp

__all__ = ["BINDABLES"]

Row = Mapping[str, Any]

_query = QueryType()
_edge = ObjectType("SearchEdge")
_publication = ObjectType("Publication")
_annotation = ObjectType("Annotation")
_node = InterfaceType("Node")
_date_time = ScalarType("DateTime")

_KINDS = {"acc": "Account", "pub": "Publication", "ann": "Annotation", "tag": "Tag"}


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


def _page(info: GraphQLResolveInfo[Call], filter: Row, **arguments: Any) -> Page:  # noqa: A002
    call = info.context
    sort, descending = arguments.pop("sort"), arguments.pop("descending")
    page = reading.list_annotations(
        call.connection,
        call.account,
        call.window(arguments),
        filter=filter,
        sort=sort,
        descending=descending,
    )
    call.expect_publications(row["publication"] for row in page.nodes)
    return page


@_query.field("publications")
def _publications(_: None, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    call = info.context
    named = {name: arguments.pop(name) for name in ("filter", "sort", "descending")}
    return reading.list_publications(call.connection, call.account, call.window(arguments), **named)


@_query.field("annotations")
def _annotations(_: None, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    return _page(info, **arguments)


@_publication.field("annotations")
def _annotations_of(parent: Row, info: GraphQLResolveInfo[Call], **arguments: Any) -> Page:
    arguments["filter"] = {**arguments["filter"], "publications": [parent["id"]]}
    return _page(info, **arguments)


@_query.field("search")
def _search(
    _: None,
    info: GraphQLResolveInfo[Call],
    *,
    query: str,
    filter: Row,  # noqa: A002
    **arguments: Any,
) -> Row:
    call = info.context
    terms = parse_query(query)
    page = reading.search_annotations(
        call.connection, call.account, call.window(arguments), terms=terms, filter=filter
    )
    call.expect_publications(row["publication"] for row in page.nodes)
    return {
        "edges": [{**edge, "terms": terms} for edge in page.edges],
        "nodes": page.nodes,
        "page_info": page.page_info,
        "total_count": page.total_count,
    }


@_edge.field("snippets")
def _snippets(parent: Row, _info: GraphQLResolveInfo[Call]) -> list[Row]:
    terms: Sequence[Term] = parent["terms"]
    shown = {name: snippet(parent["node"][name], terms) for name in ("quote", "note")}
    return [{"field": name, "parts": parts} for name, parts in shown.items() if parts]


@_query.field("export")
def _export(
    _: None,
    info: GraphQLResolveInfo[Call],
    *,
    format: str,  # noqa: A002
    filter: Row,  # noqa: A002
) -> list[File]:
    call = info.context
    books = take_down(call.connection, call.account, filter, limit=call.limits.stored)
    return export(books, format)


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


@_annotation.field("publication")
def _publication_of(parent: Row, info: GraphQLResolveInfo[Call]) -> Row:
    call = info.context
    return call.publication(parent["publication"])


BINDABLES = (
    _query,
    mutation,
    _publication,
    _annotation,
    _edge,
    _node,
    _date_time,
    EnumType("Motivation", Motivation),
)
