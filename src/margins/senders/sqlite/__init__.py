"""The registry in an SQLite file: accounts, their addresses, and what else may write to them."""

from margins.senders import Account
from margins.senders.sqlite.access import SqliteAccess
from margins.senders.sqlite.registry import SqliteSenders

__all__ = ["Account", "SqliteAccess", "SqliteSenders"]
