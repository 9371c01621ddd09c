"""An SQLite file shared by several processes, durable at every commit."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock

from margins.clients.disk import LocalDisk, make_directory
from margins.clients.trust import Trust, unsynced
from margins.errors import ConfigError, InputError, NoSpace, Unavailable

__all__ = ["Database", "check", "snapshot"]

_log = logging.getLogger("margins.clients.sqlite")
_BUSY_SECONDS = 10.0
_CHANGES = 250  # rows between checkpoints: about the 1000 pages SQLite itself would wait for


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_FULL:
            raise NoSpace(
                "There is no space left to write to.",
                place=str(path),
                remedy="Free some space; senders try again by themselves.",
            ) from error
        raise Unavailable(
            f"The database answered: {error}.",
            place=str(path),
            remedy="Check that the disk is mounted and that Margins may write to the file.",
        ) from error


def snapshot(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, while others write to it; durable at the end.

    Source: https://sqlite.org/backup.html

    Raises:
        Unavailable
    """
    with _reporting(source), suppress(FileNotFoundError):
        target.unlink()
    with _reporting(source), closing(_open_copy(source, "ro")) as old:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(_open_copy(target, "rw")) as new:
            old.backup(new)
            # One file that can be moved: the log would stand beside it under the draft's name.
            new.execute("PRAGMA journal_mode = DELETE")
        LocalDisk().sync_directory(target.parent)


def check(path: Path) -> None:
    """Read the whole database.

    Raises:
        InputError: it is damaged.
    """
    try:
        with closing(_open_copy(path, "ro")) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise InputError(f"It is damaged: {said}.", place=str(path), remedy="Use another backup.")


def _open_copy(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY_SECONDS
    )


class Database:
    """One connection, which threads take in turns: SQLite has one writer at a time anyway.

    Write-ahead log, so that readers in other processes never wait for the writer; synchronous=FULL,
    since with NORMAL a power cut takes the last commits along (https://sqlite.org/wal.html). After
    an fsync that failed nothing is read or written any more; see `margins.clients.trust`.

    Args:
        path: the file; created with mode 0600. Several components may live in one file.
        component: whose tables the migrations make.
        migrations: SQL scripts; number n brings version n to n + 1. Only ever appended to.

    Raises:
        ConfigError: the file was made by a newer Margins.
        Unavailable: it cannot be opened.
    """

    def __init__(self, path: Path, *, component: str, migrations: Sequence[str]) -> None:
        self._path = path.absolute()
        self._lock = RLock()
        self._checkpointed = 0
        self._trust = Trust(self._path)
        with _reporting(self._path):
            self._connection = self._open()
        self._migrate(component, migrations)

    def _open(self) -> sqlite3.Connection:
        disk = LocalDisk()
        make_directory(disk, self._path.parent)
        # Only ever opened here when it is new: closing any descriptor of a file drops all locks
        # this process holds on it, those of SQLite's other connections too, and then another
        # process throws their write-ahead log away (https://sqlite.org/howtocorrupt.html s2.2).
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        disk.sync_directory(self._path.parent)  # SQLite does so for its log alone
        self._trust.join()
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        # It throws away whether it succeeded (https://sqlite.org/c3ref/wal_autocheckpoint.html).
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _migrate(self, component: str, migrations: Sequence[str]) -> None:
        with self.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version"
                " (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"
            )
            row = connection.execute(
                "SELECT version FROM schema_version WHERE component = ?", (component,)
            ).fetchone()
            version = 0 if row is None else row["version"]
            if version > len(migrations):
                raise ConfigError(
                    f"The {component} has schema version {version}; this Margins knows versions "
                    f"up to {len(migrations)}.",
                    place=str(self._path),
                    remedy="Install the newer Margins that made it, or give it another file.",
                )
            for script in migrations[version:]:
                # executescript() would commit first and leave a half-made schema behind.
                for statement in script.split(";\n"):
                    connection.execute(statement)
            connection.execute(
                "INSERT OR REPLACE INTO schema_version VALUES (?, ?)", (component, len(migrations))
            )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one statement.

        Raises:
            Unavailable
        """
        with self._lock, self._trusted():
            yield self._connection

    @contextmanager
    def _trusted(self) -> Iterator[None]:
        """Neither before nor after a failed fsync is the connection used."""
        if self._trust.doubted:
            self._trust.abandon(self._connection)
            self._trust.insist()
        with _reporting(self._path):
            try:
                yield
            except sqlite3.Error as error:
                self._look_at(error)
                raise

    def _look_at(self, error: sqlite3.Error) -> None:
        if unsynced(error):
            self._trust.doubt()
            self._trust.abandon(self._connection)

    def _checkpoint(self) -> None:
        """Copy the log into the database now and then; what was committed stands without it."""
        changes = self._connection.total_changes
        if changes - self._checkpointed < _CHANGES:
            return
        self._checkpointed = changes
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            _log.error("%s: the checkpoint failed: %s", self._path, error)
            self._look_at(error)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """The connection, in a transaction that is durable when the block ends without an error.

        Args:
            durable: False for what may be undone by a power cut, though not by a crash. The next
                durable transaction makes it durable too.

        Raises:
            Unavailable: nothing was changed.
        """
        with self._lock, self._trusted(), self._synchronous(durable):
            # IMMEDIATE: a transaction that reads first and writes later could not wait for another
            # writer, and would fail at once with SQLITE_BUSY.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._checkpoint()

    @contextmanager
    def _synchronous(self, durable: bool) -> Iterator[None]:
        if not durable:
            self._connection.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            if not durable:
                self._connection.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Close the connection; every later use raises Unavailable."""
        with self._lock, _reporting(self._path):
            if not self._trust.doubted:
                self._connection.close()
            self._trust.leave()
