"""Publications by what they are called: found, filed, completed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select

from margins.annotation import Publication
from margins.annotation.identity import publication_key
from margins.api.database import insert_missing
from margins.api.names import folded_name
from margins.api.tables import creators, identifiers, publication_keys, publications
from margins.api.values import new_id

__all__ = ["batches", "file_publications", "find_publications"]

_COMPLETED = ("citation", "publisher", "year", "language")
_BATCH = 500
# PostgreSQL indexes no longer ones; no real identifier is as long.
_LONGEST_SCHEME, _LONGEST_VALUE = 50, 500


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists short enough for one statement."""
    rest = iter(ids)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def find_publications(connection: Connection, account: str, keys: Iterable[str]) -> dict[str, str]:
    """Publication ids by key, for those keys the account knows."""
    found: dict[str, str] = {}
    for batch in batches(dict.fromkeys(keys)):
        query = select(publication_keys.c.key, publication_keys.c.publication).where(
            publication_keys.c.account == account, publication_keys.c.key.in_(batch)
        )
        found.update((key, publication) for key, publication in connection.execute(query))
    return found


def file_publications(
    connection: Connection, account: str, wanted: Sequence[Publication], now: str
) -> list[str]:
    """The ids of the publications, in order; those not known yet are added."""
    by_key = {publication_key(each): each for each in wanted}
    ids = find_publications(connection, account, by_key)
    known = {ids[key]: each for key, each in by_key.items() if key in ids}
    new = {new_id("pub"): key for key in by_key if key not in ids}
    ids.update((key, id_) for id_, key in new.items())
    _add(connection, account, {id_: by_key[key] for id_, key in new.items()}, now)
    insert_missing(
        connection,
        publication_keys,
        [{"account": account, "key": key, "publication": id_} for id_, key in new.items()],
    )
    _complete(connection, account, known)
    return [ids[publication_key(each)] for each in wanted]


def _add(connection: Connection, account: str, new: dict[str, Publication], now: str) -> None:
    insert_missing(
        connection,
        publications,
        [
            {
                "account": account,
                "id": id_,
                "title": each.title,
                "folded": folded_name(each.title),
                "citation": each.citation,
                "publisher": each.publisher,
                "year": each.year,
                "language": each.language,
                "imported_at": now,
            }
            for id_, each in new.items()
        ],
    )
    insert_missing(
        connection,
        creators,
        [
            {
                "position": position,
                "name": creator.name,
                "folded": folded_name(creator.name),
                "role": creator.role,
                **owner,
            }
            for owner, each in _owned(account, new)
            for position, creator in enumerate(each.creators)
        ],
    )
    _add_identifiers(connection, account, new)


def _owned(
    account: str, by_id: dict[str, Publication]
) -> Iterator[tuple[dict[str, str], Publication]]:
    for id_, each in by_id.items():
        yield {"account": account, "publication": id_}, each


def _add_identifiers(connection: Connection, account: str, by_id: dict[str, Publication]) -> None:
    insert_missing(
        connection,
        identifiers,
        [
            {"scheme": scheme[:_LONGEST_SCHEME], "value": value[:_LONGEST_VALUE], **owner}
            for owner, each in _owned(account, by_id)
            for scheme, value in each.identifiers
        ],
    )


def _complete(connection: Connection, account: str, known: dict[str, Publication]) -> None:
    """Fill what was empty; what stands there stays, whichever app said it first."""
    changed: list[dict[str, Any]] = []
    for batch in batches(known):
        query = select(publications).where(
            publications.c.account == account, publications.c.id.in_(batch)
        )
        for row in connection.execute(query).mappings():
            filled = _filled(row, known[row["id"]])
            if any(filled[name] != row[name] for name in _COMPLETED):
                changed.append({"known_account": account, "known_id": row["id"], **filled})
    if changed:
        update = publications.update().where(
            publications.c.account == bindparam("known_account"),
            publications.c.id == bindparam("known_id"),
        )
        connection.execute(update, changed)
    _add_identifiers(connection, account, known)


def _filled(row: RowMapping, said: Publication) -> dict[str, Any]:
    return {name: row[name] or getattr(said, name) for name in _COMPLETED}
