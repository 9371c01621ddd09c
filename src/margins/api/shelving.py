"""Two publications that are one book, put together by a person.

The keys of both lead to the one that stays, so that later imports of either land there.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from margins.annotation.merge import merge, newest
from margins.api.accounts import take_account
from margins.api.database import insert_missing
from margins.api.editing import require
from margins.api.faults import Code, Fault
from margins.api.tables import (
    annotation_tags,
    annotations,
    identifiers,
    publication_keys,
    publications,
)
from margins.api.values import annotation_of, columns_of, timestamp, words_of

__all__ = ["merge_publications"]

_EDITS = ("quote_edit", "note_edit", "colour_edit")
_FILLED = ("citation", "publisher", "year", "language")

Row = Mapping[str, Any]


def merge_publications(connection: Connection, account: str, *, from_: str, into: str) -> str:
    """Move everything of one publication into the other and return the id of that one.

    Raises:
        Fault: NOT_FOUND; BAD_USER_INPUT when both are the same.
    """
    take_account(connection, account)
    if from_ == into:
        raise Fault(Code.BAD_USER_INPUT, "A publication cannot be merged with itself.")
    gone = require(connection, account, publications, from_)
    kept = require(connection, account, publications, into)
    _unite_repeats(connection, account, from_=from_, into=into)
    for table in (annotations, publication_keys):
        mine = (table.c.account == account, table.c.publication == from_)
        connection.execute(update(table).where(*mine).values(publication=into))
    names = select(identifiers.c.scheme, identifiers.c.value).where(
        identifiers.c.account == account, identifiers.c.publication == from_
    )
    rows = [
        {"account": account, "publication": into, **row}
        for row in connection.execute(names).mappings()
    ]
    insert_missing(connection, identifiers, rows)
    this = (publications.c.account == account, publications.c.id == into)
    filled = {name: kept[name] or gone[name] for name in _FILLED}
    revision = max(kept["revision"], gone["revision"]) + 1
    connection.execute(update(publications).where(*this).values(**filled, revision=revision))
    that = (publications.c.account == account, publications.c.id == from_)
    connection.execute(delete(publications).where(*that))
    return into


def _unite_repeats(connection: Connection, account: str, *, from_: str, into: str) -> None:
    """Notes that both publications have become one each."""

    def by_key(publication: str) -> dict[str, Row]:
        query = select(annotations).where(
            annotations.c.account == account, annotations.c.publication == publication
        )
        return {row["key"]: dict(row) for row in connection.execute(query).mappings()}

    kept, gone = by_key(into), by_key(from_)
    for key in kept.keys() & gone.keys():
        _unite(connection, account, kept[key], gone[key])


def _unite(connection: Connection, account: str, kept: Row, gone: Row) -> None:
    said = merge(annotation_of(kept), annotation_of(gone))
    edits = {name: gone[name] if kept[name] is None else kept[name] for name in _EDITS}
    after = columns_of(said) | edits
    labels = select(annotation_tags.c.tag, annotation_tags.c.position).where(
        annotation_tags.c.account == account, annotation_tags.c.annotation == gone["id"]
    )
    rows = [
        {"account": account, "annotation": kept["id"], **row}
        for row in connection.execute(labels).mappings()
    ]
    insert_missing(connection, annotation_tags, rows)
    connection.execute(delete(annotations).where(annotations.c.seq == gone["seq"]))
    change = update(annotations).where(annotations.c.seq == kept["seq"])
    connection.execute(
        change.values(
            **after,
            said_at=newest(kept["said_at"], gone["said_at"]),
            tags_edited=kept["tags_edited"] or gone["tags_edited"],
            # Shown if either was.
            deleted_at=kept["deleted_at"] and gone["deleted_at"],
            words=words_of(after),
            changed_at=timestamp(),
        )
    )
