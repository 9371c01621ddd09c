"""Where mails, their state and their senders are kept: on this machine, or where many meet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from margins.bootstrap.directory import data_directory
from margins.config import Settings
from margins.ports import Approvals, BatchLedger, BatchStore, Inbox, Outbox, Retention, Upkeep
from margins.senders.registry import Registry

if TYPE_CHECKING:
    from margins.clients.dynamodb import Table

__all__ = [
    "ServerLedger",
    "ServerStore",
    "in_tables",
    "open_ledger",
    "open_senders",
    "open_store",
    "region",
]

_TABLES = "dynamodb://"


class ServerLedger(BatchLedger, Inbox, Upkeep, Approvals, Protocol):
    """A ledger with all its sides."""

    @property
    def outbox(self) -> Outbox:
        """The replies to readers."""
        ...


class ServerStore(BatchStore, Retention, Protocol):
    """A store with all its sides."""


def open_store(settings: Settings) -> ServerStore:
    """The raw messages.

    An S3-compatible store and its keys are named by the variables AWS's own tools read, such as
    AWS_ENDPOINT_URL_S3 and AWS_ACCESS_KEY_ID.
    """
    if not settings.store:
        from margins.store.fs import FileStore

        return FileStore(settings.data / "mail")
    from margins.clients.aws import Aws
    from margins.store.s3 import Bucket, S3Store

    bucket, _, prefix = settings.store.removeprefix("s3://").partition("/")
    prefix = f"{prefix.rstrip('/')}/" if prefix else "mail/"
    return S3Store(Bucket(Aws("s3", region()), bucket), prefix=prefix)


def region() -> str:
    """Where AWS's services are asked."""
    # Stores that know no regions take this one.
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def in_tables(settings: Settings) -> bool:
    """Everything is kept in the tables of a stack on AWS."""
    return settings.database.startswith(_TABLES)


def _table(settings: Settings, position: int) -> Table | None:
    """One of the tables of a stack, when that is where everything is kept."""
    if not in_tables(settings):
        return None
    from margins.clients.aws import Aws
    from margins.clients.dynamodb import Table

    name = settings.database.removeprefix(_TABLES).split("/")[position]
    return Table(Aws("dynamodb", region()), name)


def open_ledger(settings: Settings) -> ServerLedger:
    """The state of every mail."""
    if (table := _table(settings, 0)) is not None:
        from margins.ledger.dynamodb import DynamoLedger

        return DynamoLedger(table)
    if settings.database:
        from margins.ledger.postgres import PostgresLedger

        return PostgresLedger(settings.database)
    from margins.ledger.sqlite import SqliteLedger

    return SqliteLedger(data_directory(settings) / "ledger.db")


def open_senders(settings: Settings) -> Registry:
    """Accounts and their addresses."""
    if (table := _table(settings, 1)) is not None:
        from margins.senders.dynamodb import DynamoSenders

        return DynamoSenders(table)
    if settings.database:
        from margins.senders.postgres import PostgresSenders

        return PostgresSenders(settings.database)
    from margins.senders.sqlite import SqliteSenders

    return SqliteSenders(data_directory(settings) / "senders.db")
