"""Where mails, their state and their senders are kept."""

from __future__ import annotations

from margins.bootstrap.directory import data_directory
from margins.config import Settings
from margins.ledger.sqlite import SqliteLedger
from margins.senders.sqlite import SqliteSenders
from margins.store.fs import FileStore

__all__ = ["open_ledger", "open_senders", "open_store"]


def open_store(settings: Settings) -> FileStore:
    """The raw messages."""
    return FileStore(settings.data / "mail")


def open_ledger(settings: Settings) -> SqliteLedger:
    """The state of every mail."""
    return SqliteLedger(data_directory(settings) / "ledger.db")


def open_senders(settings: Settings) -> SqliteSenders:
    """Accounts and their addresses."""
    return SqliteSenders(data_directory(settings) / "senders.db")
