"""One import of an account at a time, among all workers that share a directory.

A lease cannot promise that: an import of thousands of notes into a slow API may outlive it, and
whoever takes the mail over would send what is still being sent.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from margins.clients.disk import reporting
from margins.errors import Unavailable

__all__ = ["turn"]


@contextmanager
def turn(directory: Path, account: str) -> Iterator[None]:
    """Hold the account's turn; it ends with this context, or with the process.

    Args:
        directory: of the lock files, made when there is none.

    Raises:
        Unavailable: somebody else has it, or there can be no lock.
    """
    path = directory / quote(account, safe="")
    with reporting(path):
        directory.mkdir(mode=0o700, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                "Notes of this account are still being sent by another worker.",
                remedy="Raise lease_seconds if this happens often.",
            ) from None
        yield
    finally:
        os.close(file)
