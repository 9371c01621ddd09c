"""One database, SQLite or PostgreSQL, handed out one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

from margins.api.tables import metadata

__all__ = ["Database", "insert_missing"]

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
)


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # Transactions are begun below, where it is known whether they will write.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.cursor().execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts reading and then writes can fail where waiting would have helped.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


class Database:
    """Where the notes are."""

    def __init__(self, url: str) -> None:
        # Errors of the driver are logged, and parameters are what readers wrote.
        self._engine = create_engine(make_url(url), hide_parameters=True, pool_pre_ping=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)

    @contextmanager
    def transaction(self, account: str, *, writes: bool) -> Iterator[Connection]:
        """A connection in a transaction for one account, committed unless the block raises."""
        engine = self._engine.execution_options(writes=writes)
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.set_config("margins.account", account, True)))
            yield connection

    def migrate(self) -> None:
        """Bring the tables to the shape this version needs."""
        with self.transaction("", writes=True) as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()
