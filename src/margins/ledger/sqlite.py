"""The ledger in an SQLite file, for one machine and any number of processes on it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from margins.clients.sqlite import Database
from margins.ledger import Ulids, check_end, check_entry
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Counts, Entry, Status

__all__ = ["REJECTED_KEPT", "SqliteLedger"]

REJECTED_KEPT = 10_000
"""Rejected mails remembered; anybody can make more, so the oldest are dropped."""

_MIGRATIONS = (
    """
    CREATE TABLE mail (
        id          TEXT PRIMARY KEY,
        status      TEXT NOT NULL,
        account     TEXT NOT NULL,
        digest      TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        size        INTEGER NOT NULL,
        envelope    TEXT NOT NULL,
        author      TEXT NOT NULL,
        subject     TEXT NOT NULL,
        reason      TEXT NOT NULL,
        received_at REAL NOT NULL,
        changed_at  REAL NOT NULL,
        attempts    INTEGER NOT NULL DEFAULT 0,
        replays     INTEGER NOT NULL DEFAULT 0,
        next_try_at REAL NOT NULL,
        formats     TEXT NOT NULL DEFAULT '[]',
        counts      TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE UNIQUE INDEX mail_once ON mail (account, fingerprint) WHERE status <> 'rejected';
    CREATE INDEX mail_due ON mail (next_try_at, id)
        WHERE status IN ('accepted', 'deferred', 'delivering');
    CREATE INDEX mail_by_status ON mail (status, id)
    """,
)


_INSERT = """
    INSERT INTO mail (id, status, account, digest, fingerprint, size, envelope, author, subject,
                      reason, received_at, changed_at, next_try_at)
    VALUES (:id, :status, :account, :digest, :fingerprint, :size, :envelope, :author, :subject,
            :reason, :now, :now, :now)
    ON CONFLICT (account, fingerprint) WHERE status <> 'rejected' DO NOTHING
    RETURNING *
"""
_KNOWN = "SELECT * FROM mail WHERE account = ? AND fingerprint = ? AND status <> 'rejected'"
_FORGET = """
    DELETE FROM mail WHERE status = 'rejected' AND id <= (
        SELECT id FROM mail WHERE status = 'rejected' ORDER BY id DESC LIMIT 1 OFFSET ?)
"""
# An accepted mail is due since it came. Should the clock have been set back since, it is found by
# the second query, in its order of arrival, rather than left until the clock has caught up.
_TAKE_NEXT = """
    UPDATE mail SET status = 'delivering', changed_at = :now, next_try_at = :now + :seconds,
        attempts = attempts + 1
    WHERE id = coalesce(
        (SELECT id FROM mail INDEXED BY mail_due
         WHERE status IN ('accepted', 'deferred', 'delivering') AND next_try_at <= :now
         ORDER BY next_try_at, id LIMIT 1),
        (SELECT id FROM mail WHERE status = 'accepted' ORDER BY id LIMIT 1))
    RETURNING *
"""
_TAKE_ONE = """
    UPDATE mail SET status = 'delivering', changed_at = :now, next_try_at = :now + :seconds,
        attempts = CASE WHEN status IN ('failed', 'delivered') THEN 1 ELSE attempts + 1 END,
        replays = replays + (status IN ('failed', 'delivered'))
    WHERE id = :only AND (
        status IN ('accepted', 'failed', 'delivered')
        OR status IN ('deferred', 'delivering') AND next_try_at <= :now)
    RETURNING *
"""
_SETTLE = """
    UPDATE mail SET status = :status, changed_at = :now, reason = :reason,
        next_try_at = :next_try_at, formats = :formats, counts = :counts
    WHERE id = :id AND status = 'delivering' AND attempts = :attempts AND replays = :replays
    RETURNING *
"""

_NOTHING = Counts()


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
    """margins.ports.Ledger, BatchLedger and Inbox. Threads may share it.

    Raises:
        ConfigError: the file was made by a newer Margins.
        Unavailable: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, component="ledger", migrations=_MIGRATIONS)
        self._ids = Ulids()

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
                connection.execute(_FORGET, (REJECTED_KEPT,))
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
            "now": now,
        }
        if rows := connection.execute(_INSERT, values).fetchall():
            return _entry(rows[0]), True
        key = (acceptance.account, acceptance.fingerprint)
        return _entry(connection.execute(_KNOWN, key).fetchone()), False

    def lease(self, *, now: float, seconds: float, only: str | None = None) -> Entry | None:
        """Take one mail that is due; see margins.ports.Ledger."""
        values = {"now": now, "seconds": seconds, "only": only}
        with self._database.transaction() as connection:
            statement = _TAKE_NEXT if only is None else _TAKE_ONE
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
        formats: Sequence[str] = (),
        counts: Counts = _NOTHING,
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
            "formats": json.dumps(list(formats)),
            "counts": json.dumps(asdict(counts)),
        }
        with self._database.transaction() as connection:
            rows = connection.execute(_SETTLE, values).fetchall()
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

    def entries(self, *, status: Status | None = None, limit: int = 100) -> Sequence[Entry]:
        """The newest first; see margins.ports.Inbox."""
        with self._database.reading() as connection:
            if status is None:
                rows = connection.execute("SELECT * FROM mail ORDER BY id DESC LIMIT ?", (limit,))
            else:
                rows = connection.execute(
                    "SELECT * FROM mail WHERE status = ? ORDER BY id DESC LIMIT ?", (status, limit)
                )
            return [_entry(row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._database.close()
