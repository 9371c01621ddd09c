"""Rows of mails in a PostgreSQL database: in, out, and along the transition table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow

from margins.clients.postgres import Connection, Database, storable
from margins.errors import Unavailable
from margins.ledger import Ulids, check_end, check_entry
from margins.ledger.postgres import statements
from margins.ledger.postgres.outbox import PostgresOutbox, enqueue
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Counts, Entry, Letter, Status

__all__ = ["REJECTED_KEPT", "PostgresLedger"]

REJECTED_KEPT = 10_000
"""Rejected mails remembered; anybody can make more, so the oldest are dropped."""


def _entry(row: DictRow) -> Entry:
    envelope = row["envelope"]
    return Entry(
        **row
        | {
            "status": Status(row["status"]),
            "envelope": Envelope(**envelope | {"forward_paths": tuple(envelope["forward_paths"])}),
            "formats": tuple(row["formats"]),
            "counts": Counts(**row["counts"]),
        }
    )


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    """What no two mails have in common that were not rejected."""
    return row["account"], row["fingerprint"]


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[str, Entry]:
    """The new rows, by id."""
    waiting = {row["account"] for row in rows if row["status"] is Status.ACCEPTED}
    cursor = connection.cursor()
    cursor.executemany(statements.MAKE_TURN, [(account,) for account in sorted(waiting)])
    # In one order by everybody, so that of two batches with the same mails one waits for the other.
    ordered = sorted(rows, key=lambda row: (*_key(row), row["id"]))
    cursor.executemany(statements.INSERT, ordered, returning=True)
    made: dict[str, Entry] = {}
    while True:
        made |= {row["id"]: _entry(row) for row in cursor}
        if not cursor.nextset():
            return made


def _known(connection: Connection, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], Entry]:
    """The rows these are duplicates of, by what they have in common."""
    if not rows:
        return {}
    accounts, fingerprints = map(list, zip(*map(_key, rows), strict=True))
    found = connection.execute(statements.KNOWN, (accounts, fingerprints))
    known = {_key(row): _entry(row) for row in found}
    if not all(_key(row) in known for row in rows):
        raise Unavailable(
            "Somebody refused the same mail at this very moment.", remedy="Send it again."
        )
    return known


class PostgresLedger:
    """margins.ports.Ledger, BatchLedger, Inbox, Upkeep and Approvals. Threads may share it.

    Attributes:
        outbox: the replies to readers, in the same database.

    Raises:
        ConfigError: the URL is none, or the tables were made by a newer Margins.
        Unavailable: the database does not answer.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, component="ledger", migrations=statements.MIGRATIONS)
        self._ids = Ulids()
        self.outbox = PostgresOutbox(self._database)

    def record(self, acceptance: Acceptance, *, now: float) -> tuple[Entry, bool]:
        """The mail's row, and True when it is new; see margins.ports.Ledger."""
        return self.record_many([acceptance], now=now)[0]

    def record_many(
        self, acceptances: Sequence[Acceptance], *, now: float
    ) -> list[tuple[Entry, bool]]:
        """One transaction for all; see margins.ports.BatchLedger."""
        for acceptance in acceptances:
            check_entry(acceptance.status)
        if not acceptances:
            return []
        rows = [self._row(acceptance, now) for acceptance in acceptances]
        with self._database.transaction() as connection:
            made = _insert(connection, rows)
            known = _known(connection, [row for row in rows if row["id"] not in made])
            if any(acceptance.status is Status.REJECTED for acceptance in acceptances):
                connection.execute(statements.FORGET, (REJECTED_KEPT,))
        return [
            (made[row["id"]], True) if row["id"] in made else (known[_key(row)], False)
            for row in rows
        ]

    def _row(self, acceptance: Acceptance, now: float) -> dict[str, Any]:
        return {
            "id": self._ids.next(now),
            "status": acceptance.status,
            "account": acceptance.account,
            "digest": acceptance.digest,
            "fingerprint": acceptance.fingerprint,
            "size": acceptance.size,
            "envelope": json.dumps(asdict(acceptance.envelope)),
            "author": storable(acceptance.author),
            "subject": storable(acceptance.subject),
            "reason": storable(acceptance.reason),
            "admitted": storable(acceptance.admitted),
            "now": now,
        }

    def decide(
        self,
        id: str,  # noqa: A002
        status: Status,
        *,
        account: str,
        now: float,
        reason: str,
    ) -> Entry | None:
        """What the owner says about a held mail; see margins.ports.Approvals."""
        check_end(Status.HELD, status)
        values = {"id": id, "status": status, "account": account, "now": now}
        try:
            with self._database.transaction() as connection:
                connection.execute(statements.MAKE_TURN, (account,))
                row = connection.execute(
                    statements.DECIDE, values | {"reason": storable(reason)}
                ).fetchone()
        except UniqueViolation:
            return None
        return _entry(row) if row else None

    def lease(
        self, *, now: float, seconds: float, only: str | None = None, replay: bool = True
    ) -> Entry | None:
        """Take one mail that is due; see margins.ports.Ledger."""
        statement = statements.TAKE_NEXT if only is None else statements.TAKE_ONE
        values = {"now": now, "seconds": seconds, "only": only, "replay": replay}
        return self._one(statement, values)

    def settle(
        self,
        entry: Entry,
        status: Status,
        *,
        now: float,
        reason: str,
        next_try_at: float = 0.0,
        formats: Sequence[str] | None = None,
        counts: Counts | None = None,
        letter: Letter | None = None,
    ) -> Entry:
        """End the lease; see margins.ports.Ledger."""
        check_end(entry.status, status)
        values = {
            "id": entry.id,
            "attempts": entry.attempts,
            "replays": entry.replays,
            "status": status,
            "now": now,
            "reason": storable(reason),
            "next_try_at": next_try_at,
            "formats": None if formats is None else list(formats),
            "counts": None if counts is None else json.dumps(asdict(counts)),
        }
        with self._database.transaction() as connection:
            row = connection.execute(statements.SETTLE, values).fetchone()
            if row and letter is not None:
                enqueue(connection, entry.id, letter, now=now)
        if row is None:
            raise LookupError(f"the lease on {entry.id} was lost")
        return _entry(row)

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """The one mail whose id is or begins with this; see margins.ports.Inbox."""
        if not (id.isascii() and id.isalnum()):
            return None
        first = id.upper()
        with self._database.statement() as connection:
            rows = connection.execute(
                "SELECT * FROM mail WHERE id BETWEEN %s AND %s LIMIT 2", (first, first + "~")
            ).fetchall()
        return _entry(rows[0]) if len(rows) == 1 else None

    def entries(
        self,
        *,
        status: Status | None = None,
        format: str = "",  # noqa: A002
        before: str = "",
        limit: int = 100,
    ) -> Sequence[Entry]:
        """The newest first; see margins.ports.Inbox."""
        values = {"status": status or "", "format": format, "before": before or "~"}
        find = statements.FIND_IN_STATE if status else statements.FIND
        with self._database.statement() as connection:
            return [_entry(row) for row in connection.execute(find, values | {"limit": limit})]

    def release(self, *, ended_before: float, limit: int = 1000) -> Sequence[str]:
        """Give up raw messages that ended long ago; see margins.ports.Upkeep."""
        values = {"before": ended_before, "limit": limit}
        with self._database.transaction() as connection:
            found = connection.execute(statements.RELEASABLE, values)
            digests = [row["digest"] for row in found]
            rows = connection.execute(statements.RELEASE, values | {"digests": digests}).fetchall()
        return sorted({row["digest"] for row in rows})

    def unknown(self, digests: Sequence[str]) -> set[str]:
        """Those that no row names; see margins.ports.Upkeep."""
        with self._database.statement() as connection:
            rows = connection.execute(statements.UNKNOWN, (list(digests),)).fetchall()
        return {row["digest"] for row in rows}

    def _one(self, statement: str, values: Mapping[str, Any]) -> Entry | None:
        with self._database.statement() as connection:
            row = connection.execute(statement, values).fetchone()
        return _entry(row) if row else None

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
