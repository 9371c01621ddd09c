"""One database, SQLite or PostgreSQL, handed out one transaction at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Table, create_engine, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import QueuePool

from margins.api.file import NotesFile
from margins.errors import ConfigError

__all__ = ["Database", "insert_missing"]

_STEPS_BETWEEN_LOOKS = 100_000
_MIGRATION_LOCK = 0x6D617267696E73  # "margins"


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts reading and then writes can fail where waiting would have helped.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _refuse_bypass(connection: Connection) -> None:
    role = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if connection.execute(role).scalar():
        raise ConfigError(
            "This database role can bypass row-level security.",
            place="database",
            remedy="Connect as a role without SUPERUSER and BYPASSRLS that owns the database.",
        )


def insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


class Database:
    """Where the notes are.

    Raises:
        ConfigError: the URL is of SQLite and names no file.
        Unavailable: the file cannot be used, or not be trusted; see `margins.clients.trust`.
    """

    def __init__(self, url: str, *, statement_seconds: float) -> None:
        where = make_url(url)
        self._file = NotesFile(where) if where.get_backend_name() == "sqlite" else None
        # Errors of the driver are logged, and parameters are what readers wrote.
        self._engine = create_engine(
            where,
            hide_parameters=True,
            pool_pre_ping=True,
            **({"creator": self._file.connect} if self._file else {}),
        )
        self._statement_seconds = statement_seconds
        if self._file is not None:
            self._file.watch(self._engine)
            event.listen(self._engine, "begin", _begin_sqlite)
            event.listen(self._engine, "before_cursor_execute", self._set_deadline)

    def _seconds(self, connection: Connection) -> float | None:
        limited = connection.get_execution_options().get("limited", True)
        return self._statement_seconds if limited else None

    def _set_deadline(self, connection: Connection, *_statement: object) -> None:
        seconds = self._seconds(connection)
        driver = connection.connection.driver_connection
        assert driver is not None
        if seconds is None:
            driver.set_progress_handler(None, 0)
            return
        deadline = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)

    def _enter_postgresql(self, connection: Connection, account: str) -> None:
        seconds = self._seconds(connection)
        milliseconds = "0" if seconds is None else str(max(1, round(seconds * 1000)))  # 0: no limit
        connection.execute(
            select(
                func.set_config("margins.account", account, True),
                func.set_config("statement_timeout", milliseconds, True),
            )
        )

    @contextmanager
    def transaction(
        self, account: str, *, writes: bool, limited: bool = True
    ) -> Iterator[Connection]:
        """A connection in a transaction for one account, committed unless the block raises.

        Its statements take as long as they need where they are not `limited`.

        Raises:
            Unavailable: the disk did not keep what was written; nothing was changed.
        """
        engine = self._engine.execution_options(writes=writes, limited=limited)
        trusted = self._file.trusted() if self._file else nullcontext()
        with trusted, engine.connect() as connection, self._begun(connection):
            if connection.dialect.name == "postgresql":
                self._enter_postgresql(connection, account)
            yield connection

    def _begun(self, connection: Connection) -> AbstractContextManager[object]:
        return self._file.transaction(connection) if self._file else connection.begin()

    def migrate(self) -> None:
        """Bring the tables to the shape this version needs.

        Raises:
            ConfigError: the role could look over the walls between accounts.
            Unavailable: the disk did not keep what was written.
        """
        config = Config()
        config.set_main_option("script_location", "margins.api:migrations")
        # Building an index takes longer than a request may.
        with self.transaction("", writes=True, limited=False) as connection:
            if connection.dialect.name == "postgresql":
                _refuse_bypass(connection)
                # Several may start at once; the others wait, and find it done.
                connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of every connection."""
        pool = self._engine.pool
        self._engine.dispose()
        # A request that was cut off may still write: until it ends, nobody is alone with the file.
        if self._file is not None and isinstance(pool, QueuePool) and not pool.checkedout():
            self._file.leave()
