"""The registry in a PostgreSQL database: accounts, their addresses, what else may write to them."""

from margins.senders.postgres.access import PostgresAccess
from margins.senders.postgres.registry import PostgresSenders

__all__ = ["PostgresAccess", "PostgresSenders"]
