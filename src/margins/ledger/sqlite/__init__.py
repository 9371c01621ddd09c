"""The ledger in an SQLite file, for one machine and any number of processes on it."""

from margins.ledger.sqlite.ledger import REJECTED_KEPT, SqliteLedger
from margins.ledger.sqlite.outbox import SqliteOutbox

__all__ = ["REJECTED_KEPT", "SqliteLedger", "SqliteOutbox"]
