"""What a person does to annotations: edit, add, delete, restore.

Edits lie beside the exports' words and win over them; dropping an edit brings those back. Deleting
only hides, so that a later import of the same note does not bring it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update

from margins.annotation.identity import annotation_key
from margins.api.accounts import take_account
from margins.api.faults import Code, Fault
from margins.api.library import batches
from margins.api.tables import annotations, publications
from margins.api.tagging import label
from margins.api.values import annotation_of, columns_of, new_id, storable, timestamp, words_of
from margins.api.words import searchable

__all__ = [
    "add_annotation",
    "delete_annotations",
    "edit_annotation",
    "require",
    "restore_annotations",
]

_EDITABLE = ("quote", "note", "colour")


def require(connection: Connection, account: str, table: Table, id_: str) -> dict[str, Any]:
    """The account's row with this id.

    Raises:
        Fault: NOT_FOUND, also when another account has it.
    """
    query = select(table).where(table.c.account == account, table.c.id == id_)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise Fault(Code.NOT_FOUND, f"There is no {table.name[:-1]} {id_}.")
    return dict(row)


def _write(connection: Connection, seq: int, values: Mapping[str, object]) -> None:
    change = update(annotations).where(annotations.c.seq == seq)
    connection.execute(change.values(**values, changed_at=timestamp()))


def edit_annotation(connection: Connection, account: str, wanted: Mapping[str, Any]) -> str:
    """Apply an EditAnnotationInput and return the annotation's id.

    Raises:
        Fault: NOT_FOUND.
    """
    take_account(connection, account)
    row = require(connection, account, annotations, wanted["id"])
    restored = {field.lower() for field in wanted["reset"]}
    edits: dict[str, Any] = {}
    for name in _EDITABLE:
        if name in restored:
            edits[f"{name}_edit"] = None
        elif wanted.get(name) is not None:
            edits[f"{name}_edit"] = storable(wanted[name])
    chosen = row["tags"] if "tags" in restored else wanted.get("tags")
    if chosen is not None:
        edits["tags_edited"] = "tags" not in restored
        label(connection, account, {row["id"]: [storable(name) for name in chosen]})
    _write(connection, row["seq"], {**edits, "words": words_of({**row, **edits})})
    return str(row["id"])


def add_annotation(connection: Connection, account: str, wanted: Mapping[str, Any]) -> str:
    """Add what a person wrote by hand and return its id. All of it counts as edited.

    One that was deleted comes back instead, under the id it had: whoever writes it again cannot see
    that it is still there.

    Raises:
        Fault: NOT_FOUND: the publication; BAD_USER_INPUT: the same note is there already.
        InputError: the locations are no range.
    """
    take_account(connection, account)
    publication = require(connection, account, publications, wanted["publication"])
    annotation = annotation_of(wanted["annotation"])
    columns, key = columns_of(annotation), annotation_key(annotation)
    said = {
        **{f"{name}_edit": columns[name] for name in _EDITABLE},
        "tags_edited": True,
        "words": searchable(annotation.target.quote, annotation.note),
    }
    if (same := _deleted(connection, account, publication["id"], key)) is not None:
        _write(connection, same["seq"], {**said, "deleted_at": None})
        label(connection, account, {same["id"]: annotation.tags})
        return str(same["id"])
    now = timestamp()
    row = {
        "account": account,
        "id": new_id("ann"),
        "publication": publication["id"],
        "key": key,
        "source": "",
        **columns,
        **said,
        "imported_at": now,
        "changed_at": now,
    }
    connection.execute(insert(annotations), row)
    label(connection, account, {row["id"]: annotation.tags}, fresh=True)
    return str(row["id"])


def _deleted(connection: Connection, account: str, publication: str, key: str) -> RowMapping | None:
    """The deleted annotation that says the same.

    Raises:
        Fault: BAD_USER_INPUT: it is not deleted.
    """
    query = select(annotations.c.id, annotations.c.seq, annotations.c.deleted_at).where(
        annotations.c.account == account,
        annotations.c.publication == publication,
        annotations.c.key == key,
    )
    same = connection.execute(query).mappings().first()
    if same is not None and same["deleted_at"] is None:
        raise Fault(Code.BAD_USER_INPUT, "The same note is already there.", place=same["id"])
    return same


def _mark(
    connection: Connection, account: str, ids: Sequence[str], deleted_at: str | None
) -> list[str]:
    take_account(connection, account)
    found = list(_known(connection, account, ids))
    if missing := set(ids) - set(found):
        raise Fault(Code.NOT_FOUND, f"There is no annotation {min(missing)}.")
    for batch in batches(ids):
        mine = (annotations.c.account == account, annotations.c.id.in_(batch))
        change = update(annotations).where(*mine)
        connection.execute(change.values(deleted_at=deleted_at, changed_at=timestamp()))
    return list(dict.fromkeys(ids))


def _known(connection: Connection, account: str, ids: Iterable[str]) -> Iterable[str]:
    for batch in batches(ids):
        mine = (annotations.c.account == account, annotations.c.id.in_(batch))
        yield from connection.execute(select(annotations.c.id).where(*mine)).scalars()


def delete_annotations(connection: Connection, account: str, ids: Sequence[str]) -> list[str]:
    """Hide the annotations and return their ids.

    Raises:
        Fault: NOT_FOUND, and none is hidden.
    """
    return _mark(connection, account, ids, timestamp())


def restore_annotations(connection: Connection, account: str, ids: Sequence[str]) -> list[str]:
    """Show hidden annotations again and return their ids.

    Raises:
        Fault: NOT_FOUND, and none is shown.
    """
    return _mark(connection, account, ids, None)
