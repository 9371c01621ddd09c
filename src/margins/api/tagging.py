"""Which annotations carry which tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, select

from margins.api.database import insert_missing
from margins.api.library import batches
from margins.api.tables import annotation_tags, tags
from margins.api.values import new_id
from margins.text.normal import fold

__all__ = ["label", "tag_ids"]


def _known(connection: Connection, account: str, folded: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for batch in batches(folded):
        query = select(tags.c.folded, tags.c.id).where(
            tags.c.account == account, tags.c.folded.in_(batch)
        )
        found.update((name, id_) for name, id_ in connection.execute(query))
    return found


def tag_ids(connection: Connection, account: str, names: Iterable[str]) -> dict[str, str]:
    """Tag ids by folded name; tags that are not there yet are added as first written."""
    wanted = {folded: name for name in reversed(list(names)) if (folded := fold(name))}
    known = _known(connection, account, wanted)
    rows = [
        {"account": account, "id": new_id("tag"), "name": name, "folded": folded}
        for folded, name in wanted.items()
        if folded not in known
    ]
    insert_missing(connection, tags, rows)
    return known | {row["folded"]: row["id"] for row in rows}


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
    ids = tag_ids(connection, account, (name for names in labels.values() for name in names))
    insert_missing(
        connection,
        annotation_tags,
        [
            {"account": account, "annotation": annotation, "tag": ids[folded], "position": position}
            for annotation, names in labels.items()
            for position, folded in enumerate(dict.fromkeys(map(fold, names)))
            if folded
        ],
    )
