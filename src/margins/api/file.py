"""The file of notes: SQLAlchemy's connections to it, none of which outlives the trust in its disk.

Linux tells of a write that failed once; see `margins.clients.trust`. SQLAlchemy opens, closes and
recycles connections as it sees fit, so what they may do is settled here and not in its pool.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from margins.clients.sqlite import connect, joined
from margins.clients.trust import Held, unsynced
from margins.errors import ConfigError

__all__ = ["NotesFile"]

_BUSY_SECONDS = 5.0
# What an import writes, as measured: so many pages, and one more for so many rows.
_PAGES, _CHANGES_A_PAGE = 13, 55
_CHECKPOINTED = "margins.checkpointed"


class NotesFile:
    """An SQLite file of which this process is a user from now on.

    Raises:
        ConfigError: the URL names no file by its path.
        Unavailable: it cannot be made durable, or is in doubt.
    """

    def __init__(self, url: URL) -> None:
        name = url.database or ":memory:"
        if name == ":memory:" or name.startswith("file:"):
            raise ConfigError(
                "The notes need a file.",
                place="database",
                remedy="Name it by its path: sqlite:////path/to/notes.db",
            )
        self._path = Path(name).absolute()
        self._trust = joined(self._path)

    def connect(self) -> sqlite3.Connection:
        """A new connection, for the pool."""
        return connect(self._path, self._trust, self._held, seconds=_BUSY_SECONDS)

    def _held(self, *arguments: object, **options: object) -> Held:
        connection = Held(*arguments, **options)  # type: ignore[arg-type]
        connection.hold(self._trust)
        return connection

    def watch(self, engine: Engine) -> None:
        """Look at every error of the engine before its pool does."""
        event.listen(engine, "handle_error", self._look_at)

    def _look_at(self, met: ExceptionContext) -> None:
        if unsynced(met.original_exception):
            self._trust.doubt()

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[None]:
        """A transaction that is committed, unless the block raises or the file is in doubt.

        Raises:
            Unavailable: nothing was changed.
        """
        with connection.begin():
            yield
            # Others may have met the error meanwhile: nothing is written on top of it.
            self._trust.insist()
        self._checkpoint(connection)

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """Neither before nor after a failed fsync is the file used.

        Raises:
            Unavailable: nothing was changed, whatever the block met.
        """
        self._trust.insist()
        try:
            yield
        except Exception:
            self._trust.insist()
            raise

    def _checkpoint(self, connection: Connection) -> None:
        pooled = connection.connection
        driver = cast("sqlite3.Connection", pooled.driver_connection)
        changes = driver.total_changes - pooled.info.get(_CHECKPOINTED, 0)
        if changes:
            pooled.info[_CHECKPOINTED] = driver.total_changes
            self._trust.checkpoint(driver, _PAGES + changes // _CHANGES_A_PAGE)

    def leave(self) -> None:
        """Be no user any more, once every connection is closed."""
        self._trust.leave()
