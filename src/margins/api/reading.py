"""What front-ends read: rows of the tables with what belongs to them, a person's edits applied."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from margins.annotation import Publication
from margins.annotation.identity import publication_key
from margins.api.connections import Order, Page, Window, paginate
from margins.api.faults import Code, Fault
from margins.api.library import batches, find_publications
from margins.api.tables import (
    accounts,
    annotation_tags,
    annotations,
    creators,
    identifiers,
    publications,
    tags,
)

__all__ = [
    "list_annotations",
    "list_publications",
    "list_tags",
    "load_account",
    "load_annotations",
    "load_publications",
    "load_tags",
    "stored_notebooks",
]

Row = dict[str, Any]

_EDITABLE = ("quote", "note", "colour")


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _as_edited() -> list[Any]:
    columns = [c for c in annotations.c if c.name not in {*_EDITABLE, "tags", "words", "key"}]
    edited = [
        func.coalesce(annotations.c[f"{name}_edit"], annotations.c[name]).label(name)
        for name in _EDITABLE
    ]
    return [*columns, *edited]


def _live_annotations(account: str) -> Select[Any]:
    return select(*_as_edited()).where(
        annotations.c.account == account, annotations.c.deleted_at.is_(None)
    )


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


def _with_tags(connection: Connection, account: str, rows: Sequence[Row]) -> Sequence[Row]:
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


def list_publications(connection: Connection, account: str, wanted: Window) -> Page:
    """Publications by title."""
    query = select(publications).where(publications.c.account == account)
    orders = [Order(publications.c.title), Order(publications.c.id)]
    page = paginate(connection, query, orders, wanted)
    _with_people(connection, account, page.nodes)
    return page


def list_annotations(
    connection: Connection, account: str, wanted: Window, *, publication: str | None = None
) -> Page:
    """Annotations in the order they came, of one publication or all."""
    query = _live_annotations(account)
    if publication is not None:
        query = query.where(annotations.c.publication == publication)
    page = paginate(connection, query, [Order(annotations.c.seq)], wanted)
    _with_tags(connection, account, page.nodes)
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


def list_tags(connection: Connection, account: str, wanted: Window) -> Page:
    """Tags by name."""
    return paginate(connection, _tags(account), [Order(tags.c.folded), Order(tags.c.id)], wanted)


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
    """Annotations by id; deleted ones and those the account does not have are left out."""
    rows: list[Row] = []
    for batch in batches(dict.fromkeys(ids)):
        query = _live_annotations(account).where(annotations.c.id.in_(batch))
        rows.extend(_rows(connection, query))
    return {row["id"]: row for row in _with_tags(connection, account, rows)}


def load_tags(connection: Connection, account: str, ids: Iterable[str]) -> dict[str, Row]:
    """Tags by id; those the account does not have are left out."""
    query = _tags(account).where(tags.c.id.in_(list(ids)))
    return {row["id"]: row for row in _rows(connection, query)}


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
        {"publication": books[ids[key]], "annotations": by_publication[ids[key]]}
        if key in ids
        else {"publication": None, "annotations": []}
        for key in keys
    ]
