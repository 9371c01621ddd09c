"""The ledger in a PostgreSQL database, for any number of processes on any number of machines."""

from margins.ledger.postgres.ledger import PostgresLedger
from margins.ledger.postgres.outbox import PostgresOutbox

__all__ = ["PostgresLedger", "PostgresOutbox"]
