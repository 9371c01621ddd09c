"""Starts the service on a disk that promises nothing: what durability costs is the difference.

`nosync.py python -m margins.cli serve`
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import patch

from margins.cli import main
from margins.clients import disk, sqlite
from margins.clients.trust import Trust

_connect = sqlite.connect


def _careless(
    path: Path, trust: Trust, kind: Callable[..., sqlite3.Connection], *, seconds: float
) -> sqlite3.Connection:
    connection = _connect(path, trust, kind, seconds=seconds)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _as_it_is(_: sqlite.Database, _durable: bool) -> AbstractContextManager[None]:
    return nullcontext()


def _nothing(*args: object) -> None:
    """Say that it is durable."""


if __name__ == "__main__":
    # A name that is no more is an error.
    patch.object(os, "fsync", _nothing).start()
    patch.object(disk.LocalDisk, "sync_directory", _nothing).start()
    patch.object(sqlite, "connect", _careless).start()
    patch.object(sqlite.Database, "_synchronous", _as_it_is).start()
    sys.exit(main(sys.argv[sys.argv.index("margins.cli") + 1 :]))
