"""Starts the service on a disk that promises nothing: what durability costs is the difference.

`nosync.py python -m margins.cli serve`
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import AbstractContextManager, nullcontext

from margins.cli import main
from margins.clients import disk
from margins.clients.sqlite import Database

_open = Database._open  # noqa: SLF001


def _careless(self: Database) -> sqlite3.Connection:
    connection = _open(self)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _as_it_is(_: Database, _durable: bool) -> AbstractContextManager[None]:
    return nullcontext()


def _nothing(*args: object) -> None:
    """Say that it is durable."""


if __name__ == "__main__":
    os.fsync = _nothing
    disk.LocalDisk.sync_directory = _nothing  # type: ignore[method-assign]
    Database._open = _careless  # type: ignore[method-assign]  # noqa: SLF001
    Database._synchronous = _as_it_is  # type: ignore[method-assign]  # noqa: SLF001
    sys.exit(main(sys.argv[sys.argv.index("margins.cli") + 1 :]))
