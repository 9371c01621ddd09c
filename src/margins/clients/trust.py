"""Whether an SQLite file may be believed: not after a failed fsync, until its log is written anew.

Linux forgets what it could not write: the next fsync says that all is well, while there is a hole
in the log, and recovery ends at a hole. So after a failed fsync nobody uses the file any more, and
the next who finds nobody else at it writes the whole log again before SQLite reads it
(docs/decisions/0030-after-a-failed-fsync.md).
"""

from __future__ import annotations

import ctypes
import logging
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Event

from margins.clients.disk import LocalDisk, write_again
from margins.errors import Unavailable

__all__ = ["DOUBT", "Held", "Trust", "unsynced"]

DOUBT = Event()
"""Set once a file that this process uses is in doubt: it can do nothing better than end."""

_log = logging.getLogger("margins.clients.sqlite")
_PAGES = 1000  # between checkpoints: what SQLite itself would wait for
_UNSYNCED = (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)


def unsynced(error: BaseException) -> bool:
    """True when this says that an fsync failed.

    Any other error of a file fails the call that met it, and takes nothing away that was written.
    """
    return getattr(error, "sqlite_errorcode", None) in _UNSYNCED


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


class Trust:
    """What the users of one SQLite file, in every process, know of it.

    Args:
        path: the file. Beside it stand `-lock`, which every user holds, and `-doubt`, which is
            there from a failed fsync until the log has been written anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._doubt = _beside(path, "-doubt")
        self._disk = LocalDisk()
        self._doubted = False
        self._written = 0

    def join(self) -> None:
        """Become a user, before SQLite opens the file; the first one writes the log again.

        Whether or not there is doubt: the process that had it may have been unable to say so.

        Raises:
            OSError: it cannot be made durable.
            Unavailable: it is in doubt, and others still use it.
        """
        with self._disk.join(_beside(self._path, "-lock")) as alone:
            if alone:
                with suppress(FileNotFoundError):
                    write_again(_beside(self._path, "-wal"))
                self._doubt.unlink(missing_ok=True)
        self.insist()

    def leave(self) -> None:
        """Be no user any more, after SQLite has closed the file."""
        self._disk = LocalDisk()

    @property
    def doubted(self) -> bool:
        """True once an fsync has failed, here or in another process."""
        return self._doubted or self._doubt.exists()

    def insist(self) -> None:
        """Refuse to go on with a file that is in doubt.

        Raises:
            Unavailable
        """
        if self.doubted:
            DOUBT.set()
            raise Unavailable(
                "The disk failed to keep what was written; nothing is written on top of it.",
                place=str(self._path),
                remedy="Look after the disk, then restart every part of Margins that uses it.",
            )

    def doubt(self) -> None:
        """An fsync has failed: from now on nobody believes the file."""
        self._doubted = True
        DOUBT.set()
        with suppress(OSError):
            self._doubt.touch(mode=0o600)
        _log.critical("%s could not be synced, and is not used again before a restart", self._path)

    def look_at(self, error: BaseException, connection: sqlite3.Connection) -> None:
        """The connection met this error: if it says so, the file is in doubt."""
        if unsynced(error):
            self.doubt()
            self.abandon(connection)

    def checkpoint(self, connection: sqlite3.Connection, pages: int) -> None:
        """Copy the log into the database now and then; what was committed stands without it.

        SQLite would do so by itself, and throw away whether it succeeded
        (https://sqlite.org/c3ref/wal_autocheckpoint.html).

        Args:
            connection: one of the file, in no transaction.
            pages: about as many as it has written since it was last given to this method.
        """
        self._written += pages
        if self._written < _PAGES:
            return
        self._written = 0
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            _log.error("%s: the checkpoint failed: %s", self._path, error)
            self.look_at(error, connection)

    @staticmethod
    def abandon(connection: sqlite3.Connection) -> None:
        """Keep the connection from ever being closed.

        Closing it would copy the log into the database: from a log with a hole, and a power cut
        half-way would leave a mixture (https://sqlite.org/wal.html s2.2, checkpoint on close).
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))

    @staticmethod
    def take_back(connection: sqlite3.Connection) -> None:
        """Undo one `abandon`: the connection has been closed after all."""
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(connection))


class Held(sqlite3.Connection):
    """A connection that ends by `close` alone, and not even so once its file is in doubt.

    Those of a pool are let go by whoever comes first, the pool, the garbage collector or the end of
    the process, and each would have the log copied.
    """

    _trust: Trust | None = None

    def hold(self, trust: Trust) -> None:
        """Hold it, as long as this trusts the file."""
        self._trust = trust
        trust.abandon(self)

    def close(self) -> None:
        """Close it, unless the file is in doubt."""
        trust = self._trust
        if trust is None or not trust.doubted:
            super().close()
            self._trust = None
            if trust is not None:
                trust.take_back(self)
