"""Everything one mail brought, into the tables: all or nothing, and once only.

Keys are derived here (`margins.annotation.identity`), never taken from the client, and rows are
read and written in bulk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from margins.annotation import Annotation
from margins.annotation.identity import annotation_key, publication_key
from margins.annotation.merge import merge, newest
from margins.api.accounts import open_account
from margins.api.database import insert_missing
from margins.api.faults import Code, Fault
from margins.api.library import batches, file_publications, find_publications
from margins.api.tables import annotations, imports, publications
from margins.api.tagging import label
from margins.api.values import (
    annotation_of,
    columns_of,
    new_id,
    publication_of,
    storable,
    timestamp,
    words_of,
)
from margins.api.words import searchable
from margins.errors import InputError

__all__ = ["import_notebooks"]

_LONGEST_KEY = 200


@dataclass(slots=True, eq=False)
class _Entry:
    """An annotation of one publication while an import goes on; `row` is None when it is new."""

    id: str
    key: str
    annotation: Annotation
    source: str = ""
    said_at: float | None = None
    row: RowMapping | None = None
    touched: bool = False
    changed: bool = False


@dataclass(slots=True)
class _Book:
    """All annotations of one publication, stored and new."""

    by_id: dict[str, _Entry] = field(default_factory=dict)
    by_key: dict[str, _Entry] = field(default_factory=dict)

    def put(self, entry: _Entry) -> _Entry:
        self.by_id[entry.id] = entry
        self.by_key[entry.key] = entry
        return entry

    def place(self, id_: str | None, said: Annotation, source: str, said_at: float | None) -> None:
        """Into the entry with this id, unless another already says the same; else a new one."""
        entry = self.by_id.get(id_) if id_ else None
        after = said if entry is None else merge(entry.annotation, said)
        key = annotation_key(after)
        same = self.by_key.get(key)
        if same is not None and same is not entry:
            entry, after = same, merge(same.annotation, after)
        if entry is None:
            entry = self.put(_Entry(new_id("ann"), key, after, source))
        elif after != entry.annotation:
            del self.by_key[entry.key]
            entry.annotation, entry.key, entry.changed = after, key, True
            self.by_key[key] = entry
        entry.said_at = newest(entry.said_at, said_at)
        entry.touched = True


def import_notebooks(connection: Connection, account: str, sent: Mapping[str, Any]) -> Any:
    """Apply an ImportNotebookInput and return {created, updated, unchanged, publications: ids}.

    Raises:
        InputError: an annotation is impossible, or the idempotency key is.
        Fault: CONFLICT when a publication has another revision than the one sent with it.
    """
    now = timestamp()
    key = storable(sent["idempotency_key"])
    if not 0 < len(key) <= _LONGEST_KEY:
        raise InputError(f"A key has 1 to {_LONGEST_KEY} characters.", place="idempotencyKey")
    open_account(connection, account)
    done = select(imports.c.result).where(imports.c.account == account, imports.c.key == key)
    notebooks = sent["publications"]
    named = [publication_of(each["publication"]) for each in notebooks]
    if (remembered := connection.execute(done).scalar()) is not None:
        # One of them may have been merged into another since.
        keys = [publication_key(each) for each in named]
        there = find_publications(connection, account, keys)
        return remembered | {"publications": [there[key] for key in keys if key in there]}
    ids = file_publications(connection, account, named, now)
    _expect(connection, account, dict(zip(ids, notebooks, strict=True)))
    books = _open(connection, account, ids)
    for id_, notebook in zip(ids, notebooks, strict=True):
        for fields in notebook["annotations"]:
            source, said_at = storable(notebook["source"]), notebook.get("said_at")
            books[id_].place(fields.get("id"), annotation_of(fields), source, said_at)
    result = _write(connection, account, books, now) | {"publications": ids}
    insert_missing(
        connection, imports, [{"account": account, "key": key, "result": result, "created_at": now}]
    )
    return result


def _expect(connection: Connection, account: str, sent: Mapping[str, Mapping[str, Any]]) -> None:
    """A plan for another state would create what has come meanwhile once more."""
    expected = {id_: each.get("revision") for id_, each in sent.items()}
    for batch in batches(expected):
        query = select(publications.c.id, publications.c.revision).where(
            publications.c.account == account, publications.c.id.in_(batch)
        )
        for id_, revision in connection.execute(query):
            if expected[id_] not in {None, revision}:
                raise Fault(
                    Code.CONFLICT,
                    "The publication has changed since it was read; nothing was imported.",
                    place=sent[id_]["publication"]["title"],
                    remedy="Read it again, and send what is still to be changed.",
                )


def _open(connection: Connection, account: str, ids: Sequence[str]) -> dict[str, _Book]:
    books = {id_: _Book() for id_ in ids}
    for batch in batches(books):
        query = select(annotations).where(
            annotations.c.account == account, annotations.c.publication.in_(batch)
        )
        for row in connection.execute(query).mappings():
            entry = _Entry(
                row["id"], row["key"], annotation_of(row), said_at=row["said_at"], row=row
            )
            books[row["publication"]].put(entry)
    return books


def _write(
    connection: Connection, account: str, books: Mapping[str, _Book], now: str
) -> dict[str, Any]:
    touched = [
        (publication, entry)
        for publication, book in books.items()
        for entry in book.by_id.values()
        if entry.touched
    ]
    new = [(publication, entry) for publication, entry in touched if entry.row is None]
    changed = [entry for _, entry in touched if entry.row is not None and entry.changed]
    # Updates first: one of them may give up the key that a new row takes.
    _update(connection, account, changed, now)
    _insert(connection, account, new, now)
    _revise(connection, account, {id_ for id_, each in touched if each.row is None or each.changed})
    return {
        "created": len(new),
        "updated": len(changed),
        "unchanged": len(touched) - len(new) - len(changed),
    }


def _revise(connection: Connection, account: str, changed: Iterable[str]) -> None:
    for batch in batches(sorted(changed)):
        connection.execute(
            publications.update()
            .where(publications.c.account == account, publications.c.id.in_(batch))
            .values(revision=publications.c.revision + 1)
        )


def _insert(
    connection: Connection, account: str, new: Sequence[tuple[str, _Entry]], now: str
) -> None:
    rows = [
        {
            "account": account,
            "id": entry.id,
            "publication": publication,
            "key": entry.key,
            "source": entry.source,
            "said_at": entry.said_at,
            "tags_edited": False,
            "imported_at": now,
            "changed_at": now,
            "words": searchable(entry.annotation.target.quote, entry.annotation.note),
            **columns_of(entry.annotation),
        }
        for publication, entry in new
    ]
    if rows:
        connection.execute(insert(annotations), rows)
    label(connection, account, {each.id: each.annotation.tags for _, each in new}, fresh=True)


def _update(connection: Connection, account: str, changed: Sequence[_Entry], now: str) -> None:
    rows = []
    labels: dict[str, Sequence[str]] = {}
    for entry in changed:
        assert entry.row is not None
        said, row = entry.annotation, entry.row
        columns = columns_of(said)
        rows.append(
            {
                "known_seq": row["seq"],
                "key": entry.key,
                "said_at": entry.said_at,
                "changed_at": now,
                "words": words_of({**row, **columns}),
                **columns,
            }
        )
        if not row["tags_edited"] and list(said.tags) != row["tags"]:
            labels[entry.id] = said.tags
    if rows:
        by_seq = annotations.update().where(annotations.c.seq == bindparam("known_seq"))
        if given_up := _given_up(changed):
            connection.execute(by_seq, given_up)
        connection.execute(by_seq, rows)
    label(connection, account, labels)


def _given_up(changed: Sequence[_Entry]) -> list[dict[str, object]]:
    """Changes that make room: one row may take the key that another is about to give up."""
    rows = [entry.row for entry in changed if entry.row is not None]
    taken = {entry.key for entry in changed if entry.row and entry.key != entry.row["key"]}
    return [
        {"known_seq": row["seq"], "key": f"given up by {row['id']}"}
        for row in rows
        if row["key"] in taken
    ]
