"""What has been sent, in an SQLite file: most APIs cannot be asked in a way that suits us all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from margins.annotation import Annotation
from margins.clients.notes import annotation_from_json, annotation_to_json
from margins.clients.sqlite import Database
from margins.plan import Stored
from margins.ports import Applied
from margins.sink.custom.turn import turn

__all__ = ["Memory", "Sent"]

_MIGRATIONS = (
    """
    CREATE TABLE sent (
        account     TEXT NOT NULL,
        publication TEXT NOT NULL,
        id          TEXT NOT NULL,
        remote      TEXT NOT NULL,
        said        TEXT NOT NULL,
        PRIMARY KEY (account, publication, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE import (
        account TEXT NOT NULL,
        key     TEXT NOT NULL,
        applied TEXT NOT NULL,
        PRIMARY KEY (account, key)
    ) STRICT, WITHOUT ROWID
    """,
    "ALTER TABLE sent ADD COLUMN said_at REAL",
)
_KEEP = """
    INSERT INTO sent VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, publication, id) DO UPDATE SET
        remote = excluded.remote, said = excluded.said,
        said_at = max(coalesce(said_at, excluded.said_at), coalesce(excluded.said_at, said_at))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A note that the API has.

    Attributes:
        id: ours.
        remote: the API's own id, where it is remembered; else empty.
        said_at: see margins.plan.Stored.
    """

    account: str
    publication: str
    id: str
    remote: str
    annotation: Annotation
    said_at: float | None = None


class Memory:
    """Notes and imports by account. Threads and processes may share it.

    Every method raises Unavailable when the file does not answer.
    """

    def __init__(self, path: Path) -> None:
        self._turns = path.with_name(f"{path.name}.turns")
        self._database = Database(path, component="sent notes", migrations=_MIGRATIONS)

    def turn(self, account: str) -> AbstractContextManager[None]:
        """While one worker sends notes of the account, no other does; see `turn.turn`."""
        return turn(self._turns, account)

    def stored(self, account: str, publication: str) -> Sequence[Stored]:
        """What has been sent of a publication, by its key."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, said, said_at FROM sent WHERE account = ? AND publication = ?",
                (account, publication),
            ).fetchall()
        return [
            Stored(
                id=row["id"],
                annotation=annotation_from_json(json.loads(row["said"])),
                said_at=row["said_at"],
            )
            for row in rows
        ]

    def remotes(self, account: str, publication: str) -> Mapping[str, str]:
        """The API's own ids by ours."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, remote FROM sent WHERE account = ? AND publication = ?",
                (account, publication),
            )
            return {row["id"]: row["remote"] for row in rows}

    def keep(self, sent: Iterable[Sent]) -> None:
        """Remember the notes, all or none; one that is known by its id is replaced."""
        rows = [
            (each.account, each.publication, each.id, each.remote,
             json.dumps(annotation_to_json(each.annotation)), each.said_at)
            for each in sent
        ]  # fmt: skip
        with self._database.transaction() as connection:
            connection.executemany(_KEEP, rows)

    def begin(self, account: str, key: str, planned: Applied) -> Applied:
        """What the import was going to do when it was begun: as planned, if it begins now."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO import VALUES (?, ?, ?)",
                (account, key, json.dumps(asdict(planned))),
            )
            row = connection.execute(
                "SELECT applied FROM import WHERE account = ? AND key = ?", (account, key)
            ).fetchone()
        return Applied(**json.loads(row["applied"]))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
