"""Replies to readers that have not been sent yet, beside the rows of the mails they answer."""

from __future__ import annotations

import sqlite3

from margins.clients.sqlite import Database
from margins.ledger.sqlite.statements import QUEUE_LETTER, TAKE_LETTER
from margins.ports import Letter, Outgoing

__all__ = ["MOST_PER_HOUR", "SqliteOutbox", "enqueue"]

MOST_PER_HOUR = 30
"""Letters to one address within an hour; what comes beyond is never written (RFC 3834 s2)."""


def enqueue(connection: sqlite3.Connection, mail: str, letter: Letter, *, now: float) -> bool:
    """Put a letter in, within the transaction that settles the mail; False when it is too many."""
    values = {"mail": mail, "to": letter.to, "content": letter.content, "now": now}
    return bool(connection.execute(QUEUE_LETTER, values | {"most": MOST_PER_HOUR}).rowcount)


class SqliteOutbox:
    """margins.ports.Outbox in the ledger's own file. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, letter: Letter, *, now: float) -> bool:
        """Put in a letter that answers no mail; see margins.ports.Outbox."""
        with self._database.transaction() as connection:
            return enqueue(connection, name, letter, now=now)

    def take(self, *, now: float, seconds: float) -> Outgoing | None:
        """The next letter that is due; see margins.ports.Outbox."""
        with self._database.reading() as connection:
            waiting = connection.execute(
                "SELECT 1 FROM letter INDEXED BY letter_due"
                " WHERE content IS NOT NULL AND next_try_at <= ? LIMIT 1",
                (now,),
            ).fetchone()
        if waiting is None:
            return None
        with self._database.transaction() as connection:
            rows = connection.execute(TAKE_LETTER, {"now": now, "seconds": seconds}).fetchall()
        for row in rows:
            return Outgoing(
                mail=row["mail"],
                letter=Letter(to=row["recipient"], content=row["content"]),
                queued_at=row["queued_at"],
                attempts=row["attempts"],
            )
        return None

    def postpone(self, outgoing: Outgoing, *, until: float, reason: str) -> None:
        """Try it again then; see margins.ports.Outbox."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE letter SET next_try_at = ?, reason = ? WHERE mail = ? AND attempts = ?",
                (until, reason, outgoing.mail, outgoing.attempts),
            )

    def close(self, outgoing: Outgoing, *, now: float, reason: str) -> None:
        """Keep the reason, forget the content; see margins.ports.Outbox."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE letter SET content = NULL, changed_at = ?, reason = ? WHERE mail = ?",
                (now, reason, outgoing.mail),
            )
