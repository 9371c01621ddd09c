"""Which annotations carry which tags.

A name is that of a tag, or an alias of one: a name it had before it was renamed, or that of a tag
which was merged into it (docs/decisions/0034-a-tag-keeps-its-former-names.md).
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Column, Connection, delete, select, update

from margins.api.accounts import take_account
from margins.api.database import insert_missing
from margins.api.faults import Code, Fault
from margins.api.library import batches
from margins.api.names import folded_name
from margins.api.tables import annotation_tags, annotations, tag_aliases, tags
from margins.api.values import new_id, storable, timestamp
from margins.text.normal import squash

__all__ = ["delete_tag", "label", "merge_tags", "rename_tag"]


def _named(
    connection: Connection, account: str, folded: Iterable[str], to: Column[str] = tags.c.id
) -> dict[str, str]:
    """Ids of the tags with these names: their own, or aliases where `to` is of that table."""
    table, found = to.table, dict[str, str]()
    for batch in batches(folded):
        query = select(table.c.folded, to).where(
            table.c.account == account, table.c.folded.in_(batch)
        )
        found.update((name, id_) for name, id_ in connection.execute(query))
    return found


def _known(connection: Connection, account: str, folded: Iterable[str]) -> dict[str, str]:
    """Ids of the tags these names lead to; aliases are looked for only where there is no tag."""
    names = list(folded)
    found = _named(connection, account, names)
    others = [name for name in names if name not in found]
    return found | _named(connection, account, others, tag_aliases.c.tag)


def _ids(connection: Connection, account: str, names: Iterable[str]) -> dict[str, str]:
    """Tag ids by folded name; tags that are not there yet are added as first written."""
    wanted = {folded: name for name in reversed(list(names)) if (folded := folded_name(name))}
    known = _known(connection, account, wanted)
    rows = [
        {"account": account, "id": new_id("tag"), "name": name, "folded": folded}
        for folded, name in wanted.items()
        if folded not in known
    ]
    insert_missing(connection, tags, rows)
    return known | {row["folded"]: row["id"] for row in rows}


def _led_to(ids: Mapping[str, str], names: Iterable[str]) -> Iterable[str]:
    """The tags in the order in which they are named first; several names may lead to one."""
    return dict.fromkeys(ids[folded] for name in names if (folded := folded_name(name)))


def label(
    connection: Connection,
    account: str,
    labels: Mapping[str, Sequence[str]],
    *,
    fresh: bool = False,
) -> None:
    """Give each annotation, by id, exactly these tags. `fresh` ones have none so far."""
    if not fresh:
        for batch in batches(labels):
            mine = annotation_tags.c.account == account
            connection.execute(
                delete(annotation_tags).where(mine, annotation_tags.c.annotation.in_(batch))
            )
    ids = _ids(connection, account, (name for names in labels.values() for name in names))
    insert_missing(
        connection,
        annotation_tags,
        [
            {"account": account, "annotation": annotation, "tag": tag, "position": position}
            for annotation, names in labels.items()
            for position, tag in enumerate(_led_to(ids, names))
        ],
    )


def _tag(connection: Connection, account: str, id_: str) -> str:
    query = select(tags.c.id).where(tags.c.account == account, tags.c.id == id_)
    if connection.execute(query).first() is None:
        raise Fault(Code.NOT_FOUND, f"There is no tag {id_}.")
    return id_


def _hold(connection: Connection, account: str, ids: Sequence[str]) -> None:
    """The tags of these annotations are a person's from now on: no import changes them."""
    carried = select(annotation_tags.c.annotation).where(
        annotation_tags.c.account == account, annotation_tags.c.tag.in_(ids)
    )
    mine = (annotations.c.account == account, annotations.c.id.in_(carried))
    change = update(annotations).where(*mine)
    connection.execute(change.values(tags_edited=True, changed_at=timestamp()))


def _become_aliases(connection: Connection, account: str, ids: Sequence[str], *, of: str) -> None:
    """Let the names of these tags, and whatever led to them, lead to the tag `of`."""
    led = (tag_aliases.c.account == account, tag_aliases.c.tag.in_(ids))
    connection.execute(update(tag_aliases).where(*led).values(tag=of))
    names = select(tags.c.folded, tags.c.name).where(tags.c.account == account, tags.c.id.in_(ids))
    rows = [
        {"account": account, "folded": folded, "name": name, "tag": of}
        for folded, name in connection.execute(names)
    ]
    insert_missing(connection, tag_aliases, rows)


def rename_tag(connection: Connection, account: str, id_: str, name: str) -> str:
    """Give the tag another name wherever it stands; the one it had leads to it from then on.

    Raises:
        Fault: NOT_FOUND; BAD_USER_INPUT: it is no name, or another tag has it.
    """
    take_account(connection, account)
    name = squash(storable(name)).removeprefix("#")
    folded = folded_name(name)
    _hold(connection, account, [_tag(connection, account, id_)])
    if not name:
        raise Fault(Code.BAD_USER_INPUT, "A tag needs a name.", place="name")
    if _named(connection, account, [folded]).get(folded, id_) != id_:
        raise Fault(
            Code.BAD_USER_INPUT, "Another tag has this name.", remedy="Merge the two instead."
        )
    _become_aliases(connection, account, [id_], of=id_)
    connection.execute(
        delete(tag_aliases).where(tag_aliases.c.account == account, tag_aliases.c.folded == folded)
    )
    change = update(tags).where(tags.c.account == account, tags.c.id == id_)
    connection.execute(change.values(name=name, folded=folded))
    return id_


def delete_tag(connection: Connection, account: str, id_: str) -> str:
    """Take the tag from all annotations.

    Raises:
        Fault: NOT_FOUND.
    """
    take_account(connection, account)
    _hold(connection, account, [_tag(connection, account, id_)])
    connection.execute(delete(tags).where(tags.c.account == account, tags.c.id == id_))
    return id_


def merge_tags(connection: Connection, account: str, ids: Sequence[str], into: str) -> str:
    """Put one tag wherever any of the others stood; their names lead to it from then on.

    Raises:
        Fault: NOT_FOUND.
    """
    take_account(connection, account)
    others = [_tag(connection, account, id_) for id_ in dict.fromkeys(ids) if id_ != into]
    _hold(connection, account, [*others, _tag(connection, account, into)])
    carried = select(annotation_tags.c.annotation, annotation_tags.c.position).where(
        annotation_tags.c.account == account, annotation_tags.c.tag.in_(others)
    )
    rows = [
        {"account": account, "annotation": annotation, "tag": into, "position": position}
        for annotation, position in connection.execute(carried)
    ]
    insert_missing(connection, annotation_tags, rows)
    _become_aliases(connection, account, others, of=into)
    connection.execute(delete(tags).where(tags.c.account == account, tags.c.id.in_(others)))
    return into
