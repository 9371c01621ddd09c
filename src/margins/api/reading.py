"""What front-ends read: rows of the tables with what belongs to them, a person's edits applied."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from margins.annotation import Publication
from margins.annotation.identity import publication_key
from margins.api.connections import Order, Page, Window, paginate
from margins.api.faults import Code, Fault
from margins.api.filters import (
    Filter,
    annotation_conditions,
    annotation_order,
    publication_conditions,
)
from margins.api.library import batches, find_publications
from margins.api.matching import find_annotations
from margins.api.search import Term
from margins.api.tables import (
    accounts,
    annotation_tags,
    annotations,
    creators,
    identifiers,
    publications,
    tag_aliases,
    tags,
)

__all__ = [
    "as_edited",
    "list_annotations",
    "list_publications",
    "list_tags",
    "load_account",
    "load_annotations",
    "load_publications",
    "load_tags",
    "search_annotations",
    "stored_notebooks",
    "with_tags",
]

Row = dict[str, Any]

_EDITABLE = ("quote", "note", "colour")


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def as_edited() -> list[Any]:
    """The columns of an annotation as its reader wants to see it."""
    columns = [c for c in annotations.c if c.name not in {*_EDITABLE, "tags", "words", "key"}]
    edited = [
        func.coalesce(annotations.c[f"{name}_edit"], annotations.c[name]).label(name)
        for name in _EDITABLE
    ]
    return [*columns, *edited, annotations.c.quote.label("original_quote")]


def _children(
    connection: Connection, query: Select[Any], parents: Sequence[Row], name: str, owner: str
) -> None:
    """Give each parent, under `name`, the rows of the query whose `owner` column is its id."""
    by_id: dict[str, list[Row]] = {row["id"]: [] for row in parents}
    column = query.selected_columns[owner]
    for batch in batches(by_id):
        for row in _rows(connection, query.where(column.in_(batch))):
            by_id[row[owner]].append(row)
    for parent in parents:
        parent[name] = by_id[parent["id"]]


def with_tags(connection: Connection, account: str, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows of annotations, their `tags` now the names of the tags they carry."""
    query = (
        select(annotation_tags.c.annotation, tags.c.name)
        .join(tags, (tags.c.account == account) & (tags.c.id == annotation_tags.c.tag))
        .where(annotation_tags.c.account == account)
        .order_by(annotation_tags.c.annotation, annotation_tags.c.position)
    )
    _children(connection, query, rows, "tags", "annotation")
    for row in rows:
        row["tags"] = [tag["name"] for tag in row["tags"]]
    return rows


def _with_people(connection: Connection, account: str, rows: Sequence[Row]) -> Sequence[Row]:
    makers = select(creators).where(creators.c.account == account).order_by(creators.c.position)
    _children(connection, makers, rows, "creators", "publication")
    names = select(identifiers).where(identifiers.c.account == account)
    names = names.order_by(identifiers.c.scheme, identifiers.c.value)
    _children(connection, names, rows, "identifiers", "publication")
    return rows


def list_publications(
    connection: Connection,
    account: str,
    wanted: Window,
    *,
    filter: Filter,  # noqa: A002 - the name it has in the schema
    sort: str,
    descending: bool,
) -> Page:
    """The publications the filter describes."""
    query = select(publications).where(*publication_conditions(account, filter))
    first = {"TITLE": publications.c.folded, "ARRIVAL": publications.c.imported_at}[sort]
    orders = [Order(first, descending), Order(publications.c.id, descending)]
    page = paginate(connection, query, orders, wanted)
    _with_people(connection, account, page.nodes)
    return page


def list_annotations(
    connection: Connection,
    account: str,
    wanted: Window,
    *,
    filter: Filter,  # noqa: A002 - the name it has in the schema
    sort: str,
    descending: bool,
) -> Page:
    """The annotations the filter describes."""
    query = select(*as_edited()).where(*annotation_conditions(account, filter))
    page = paginate(connection, query, annotation_order(sort, descending=descending), wanted)
    with_tags(connection, account, page.nodes)
    return page


def search_annotations(
    connection: Connection,
    account: str,
    wanted: Window,
    *,
    terms: Sequence[Term],
    filter: Filter,  # noqa: A002 - the name it has in the schema
) -> Page:
    """The annotations the filter describes in which the terms occur, best first."""
    query = select(*as_edited()).where(*annotation_conditions(account, filter))
    page = find_annotations(connection, query, account, terms, wanted)
    with_tags(connection, account, page.nodes)
    return page


def _tags(account: str) -> Select[Any]:
    count = (
        select(func.count())
        .select_from(annotation_tags)
        .join(
            annotations,
            (annotations.c.account == account) & (annotations.c.id == annotation_tags.c.annotation),
        )
        .where(
            annotation_tags.c.account == account,
            annotation_tags.c.tag == tags.c.id,
            annotations.c.deleted_at.is_(None),
        )
        .scalar_subquery()
    )
    return select(tags, count.label("annotation_count")).where(tags.c.account == account)


def _with_aliases(connection: Connection, account: str, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows of tags, with the other names that lead to each."""
    query = (
        select(tag_aliases.c.tag, tag_aliases.c.name)
        .where(tag_aliases.c.account == account)
        .order_by(tag_aliases.c.folded)
    )
    _children(connection, query, rows, "aliases", "tag")
    for row in rows:
        row["aliases"] = [alias["name"] for alias in row["aliases"]]
    return rows


def list_tags(connection: Connection, account: str, wanted: Window) -> Page:
    """Tags by name."""
    page = paginate(connection, _tags(account), [Order(tags.c.folded), Order(tags.c.id)], wanted)
    _with_aliases(connection, account, page.nodes)
    return page


def load_account(connection: Connection, account: str) -> Row | None:
    """The account, or None when nothing was ever imported into it."""
    query = select(accounts).where(accounts.c.id == account)
    return next(iter(_rows(connection, query)), None)


def load_publications(connection: Connection, account: str, ids: Iterable[str]) -> dict[str, Row]:
    """Publications by id; those the account does not have are left out."""
    rows: list[Row] = []
    for batch in batches(dict.fromkeys(ids)):
        query = select(publications).where(
            publications.c.account == account, publications.c.id.in_(batch)
        )
        rows.extend(_rows(connection, query))
    return {row["id"]: row for row in _with_people(connection, account, rows)}


def load_annotations(connection: Connection, account: str, ids: Iterable[str]) -> dict[str, Row]:
    """Annotations by id; those the account does not have are left out."""
    rows: list[Row] = []
    for batch in batches(dict.fromkeys(ids)):
        query = select(*as_edited()).where(
            annotations.c.account == account, annotations.c.id.in_(batch)
        )
        rows.extend(_rows(connection, query))
    return {row["id"]: row for row in with_tags(connection, account, rows)}


def load_tags(connection: Connection, account: str, ids: Iterable[str]) -> dict[str, Row]:
    """Tags by id; those the account does not have are left out."""
    query = _tags(account).where(tags.c.id.in_(list(ids)))
    rows = _with_aliases(connection, account, _rows(connection, query))
    return {row["id"]: row for row in rows}


def _edited(row: Row) -> list[str]:
    if row["deleted_at"] is not None:
        return ["*"]
    names = [name for name in _EDITABLE if row[f"{name}_edit"] is not None]
    return [*names, "tags"] if row["tags_edited"] else names


def stored_notebooks(
    connection: Connection, account: str, asked: Sequence[Publication], *, limit: int
) -> list[Row]:
    """What is stored for each publication, in the words of the exports; deleted ones too.

    Raises:
        Fault: TOO_COMPLEX when there are more annotations than `limit`.
    """
    keys = [publication_key(each) for each in asked]
    ids = find_publications(connection, account, keys)
    books = load_publications(connection, account, ids.values())
    by_publication: dict[str, list[Row]] = {id_: [] for id_ in books}
    found = 0
    for batch in batches(books):
        query = (
            select(annotations)
            .where(annotations.c.account == account, annotations.c.publication.in_(batch))
            .order_by(annotations.c.seq)
            .limit(limit - found + 1)
        )
        for row in _rows(connection, query):
            found += 1
            by_publication[row["publication"]].append({**row, "edited": _edited(row)})
    if found > limit:
        raise Fault(Code.TOO_COMPLEX, f"More than {limit} annotations.", remedy="Ask for fewer.")
    return [
        {
            "publication": books[ids[key]],
            "annotations": by_publication[ids[key]],
            "revision": books[ids[key]]["revision"],
        }
        if key in ids
        else {"publication": None, "annotations": [], "revision": 0}
        for key in keys
    ]
