"""An SQLite file shared by several processes, durable at every commit."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TypeVar

from margins.clients.disk import LocalDisk, make_directory
from margins.clients.trust import Trust
from margins.errors import ConfigError, InputError, NoSpace, Unavailable

__all__ = ["Database", "check", "connect", "joined", "snapshot"]

_BUSY_SECONDS = 10.0
_PAGES_A_CHANGE = 4  # that of a row and those of its indexes
_Connection = TypeVar("_Connection", bound=sqlite3.Connection)


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


def joined(path: Path) -> Trust:
    """What its users know of the file, as one of them; it is made where it lacks, with mode 0600.

    Args:
        path: absolute.

    Raises:
        Unavailable: it cannot be made durable, or is in doubt.
    """
    disk = LocalDisk()
    trust = Trust(path)
    with _reporting(path):
        make_directory(disk, path.parent)
        # Only ever opened here when it is new: closing any descriptor of a file drops all locks
        # this process holds on it, those of SQLite's other connections too, and then another
        # process throws their write-ahead log away (https://sqlite.org/howtocorrupt.html s2.2).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        disk.sync_directory(path.parent)  # SQLite does so for its log alone
        trust.join()
    return trust


def connect(
    path: Path, trust: Trust, kind: Callable[..., _Connection], *, seconds: float
) -> _Connection:
    """A connection of this kind to a file that was joined; its user begins the transactions.

    Args:
        seconds: to wait for another writer.

    Raises:
        sqlite3.Error
    """
    connection = kind(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # `Trust.checkpoint` does it
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error as error:
        trust.look_at(error, connection)
        if not trust.doubted:
            connection.close()
        raise
    return connection


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
        self._trust = joined(self._path)
        with _reporting(self._path):
            self._connection = connect(
                self._path, self._trust, sqlite3.Connection, seconds=_BUSY_SECONDS
            )
        self._connection.row_factory = sqlite3.Row
        self._migrate(component, migrations)

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
                self._trust.look_at(error, self._connection)
                raise

    def _checkpoint(self) -> None:
        changes, before = self._connection.total_changes, self._checkpointed
        self._checkpointed = changes
        self._trust.checkpoint(self._connection, _PAGES_A_CHANGE * (changes - before))

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
