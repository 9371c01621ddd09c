"""Rows of mails in an SQLite file: in, out, and along the transition table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from margins.clients.sqlite import Database
from margins.ledger import Ulids, check_end, check_entry
from margins.ledger.sqlite import statements
from margins.ledger.sqlite.outbox import SqliteOutbox, enqueue
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Counts, Entry, Letter, Status

__all__ = ["REJECTED_KEPT", "SqliteLedger"]

REJECTED_KEPT = 10_000
"""Rejected mails remembered; anybody can make more, so the oldest are dropped."""


def _storable(text: str) -> str:
    """Headers may decode to lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _entry(row: sqlite3.Row) -> Entry:
    values = dict(row)
    envelope = json.loads(values.pop("envelope"))
    envelope["forward_paths"] = tuple(envelope["forward_paths"])
    return Entry(
        **values
        | {
            "status": Status(values["status"]),
            "envelope": Envelope(**envelope),
            "formats": tuple(json.loads(values["formats"])),
            "counts": Counts(**json.loads(values["counts"])),
        }
    )


class SqliteLedger:
    """margins.ports.Ledger, BatchLedger, Inbox and Upkeep. Threads may share it.

    Attributes:
        outbox: the replies to readers, in the same file.

    Raises:
        ConfigError: the file was made by a newer Margins.
        Unavailable: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, component="ledger", migrations=statements.MIGRATIONS)
        self._ids = Ulids()
        self.outbox = SqliteOutbox(self._database)

    def record(self, acceptance: Acceptance, *, now: float) -> tuple[Entry, bool]:
        """The mail's row, and True when it is new; see margins.ports.Ledger."""
        return self.record_many([acceptance], now=now)[0]

    def record_many(
        self, acceptances: Sequence[Acceptance], *, now: float
    ) -> list[tuple[Entry, bool]]:
        """One transaction for all; see margins.ports.BatchLedger."""
        for acceptance in acceptances:
            check_entry(acceptance.status)
        with self._database.transaction() as connection:
            recorded = [self._insert(connection, acceptance, now) for acceptance in acceptances]
            if any(acceptance.status is Status.REJECTED for acceptance in acceptances):
                connection.execute(statements.FORGET, (REJECTED_KEPT,))
        return recorded

    def _insert(
        self, connection: sqlite3.Connection, acceptance: Acceptance, now: float
    ) -> tuple[Entry, bool]:
        values = {
            "id": self._ids.next(now),
            "status": acceptance.status,
            "account": acceptance.account,
            "digest": acceptance.digest,
            "fingerprint": acceptance.fingerprint,
            "size": acceptance.size,
            "envelope": json.dumps(asdict(acceptance.envelope)),
            "author": _storable(acceptance.author),
            "subject": _storable(acceptance.subject),
            "reason": _storable(acceptance.reason),
            "admitted": _storable(acceptance.admitted),
            "now": now,
        }
        if rows := connection.execute(statements.INSERT, values).fetchall():
            return _entry(rows[0]), True
        key = (acceptance.account, acceptance.fingerprint)
        return _entry(connection.execute(statements.KNOWN, key).fetchone()), False

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
        values = {"id": id, "status": status, "account": account, "now": now, "reason": reason}
        with self._database.transaction() as connection:
            rows = connection.execute(statements.DECIDE, values).fetchall()
        return _entry(rows[0]) if rows else None

    def lease(
        self, *, now: float, seconds: float, only: str | None = None, replay: bool = True
    ) -> Entry | None:
        """Take one mail that is due; see margins.ports.Ledger."""
        values = {"now": now, "seconds": seconds, "only": only, "replay": replay}
        # After a power cut the mail is merely due again. A replay counts, for its key is another.
        with self._database.transaction(durable=only is not None) as connection:
            statement = statements.TAKE_NEXT if only is None else statements.TAKE_ONE
            rows = connection.execute(statement, values).fetchall()
        return _entry(rows[0]) if rows else None

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
            "reason": _storable(reason),
            "next_try_at": next_try_at,
            "formats": None if formats is None else json.dumps(list(formats)),
            "counts": None if counts is None else json.dumps(asdict(counts)),
        }
        # After a power cut the mail is delivered again, under the same key.
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(statements.SETTLE, values).fetchall()
            if rows and letter is not None:
                enqueue(connection, entry.id, letter, now=now)
        if not rows:
            raise LookupError(f"the lease on {entry.id} was lost")
        return _entry(rows[0])

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """The one mail whose id is or begins with this; see margins.ports.Inbox."""
        if not id:
            return None
        first = id.upper()
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM mail WHERE id BETWEEN ? AND ? LIMIT 2", (first, first + "~")
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
        with self._database.reading() as connection:
            rows = connection.execute(find, values | {"limit": limit}).fetchall()
        return [_entry(row) for row in rows]

    def release(self, *, ended_before: float, limit: int = 1000) -> Sequence[str]:
        """Give up raw messages that ended long ago; see margins.ports.Upkeep."""
        with self._database.transaction() as connection:
            values = {"before": ended_before, "limit": limit}
            rows = connection.execute(statements.RELEASABLE, values).fetchall()
            connection.executemany("UPDATE mail SET digest = '' WHERE digest = ?", rows)
        return [row["digest"] for row in rows]

    def unknown(self, digests: Sequence[str]) -> set[str]:
        """Those that no row names; see margins.ports.Upkeep."""
        with self._database.reading() as connection:
            rows = connection.execute(statements.UNKNOWN, (json.dumps(list(digests)),)).fetchall()
        return {row["value"] for row in rows}

    def close(self) -> None:
        """Close the file."""
        self._database.close()
