"""Replies to readers that have not been sent yet, beside the rows of the mails they answer."""

from __future__ import annotations

from margins.clients.postgres import Connection, Database, storable
from margins.ledger.postgres.statements import QUEUE_LETTER, TAKE_LETTER
from margins.ports import Letter, Outgoing

__all__ = ["MOST_PER_HOUR", "PostgresOutbox", "enqueue"]

MOST_PER_HOUR = 30
"""Letters to one address within an hour; what comes beyond is never written (RFC 3834 s2)."""


def enqueue(connection: Connection, mail: str, letter: Letter, *, now: float) -> bool:
    """Put a letter in, within the transaction that settles the mail; False when it is too many."""
    # Two workers that count at once would both find room for the last one.
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (letter.to,))
    values = {"mail": mail, "to": letter.to, "content": letter.content, "now": now}
    return bool(connection.execute(QUEUE_LETTER, values | {"most": MOST_PER_HOUR}).rowcount)


class PostgresOutbox:
    """margins.ports.Outbox in the ledger's own database. Threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, letter: Letter, *, now: float) -> bool:
        """Put in a letter that answers no mail; see margins.ports.Outbox."""
        with self._database.transaction() as connection:
            return enqueue(connection, name, letter, now=now)

    def take(self, *, now: float, seconds: float) -> Outgoing | None:
        """The next letter that is due; see margins.ports.Outbox."""
        with self._database.statement() as connection:
            row = connection.execute(TAKE_LETTER, {"now": now, "seconds": seconds}).fetchone()
        if row is None:
            return None
        return Outgoing(
            mail=row["mail"],
            letter=Letter(to=row["recipient"], content=row["content"]),
            queued_at=row["queued_at"],
            attempts=row["attempts"],
        )

    def postpone(self, outgoing: Outgoing, *, until: float, reason: str) -> None:
        """Try it again then; see margins.ports.Outbox."""
        with self._database.statement() as connection:
            connection.execute(
                "UPDATE letter SET next_try_at = %s, reason = %s WHERE mail = %s AND attempts = %s",
                (until, storable(reason), outgoing.mail, outgoing.attempts),
            )

    def close(self, outgoing: Outgoing, *, now: float, reason: str) -> None:
        """Keep the reason, forget the content; see margins.ports.Outbox."""
        with self._database.statement() as connection:
            connection.execute(
                "UPDATE letter SET content = NULL, changed_at = %s, reason = %s WHERE mail = %s",
                (now, storable(reason), outgoing.mail),
            )
