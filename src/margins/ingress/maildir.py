"""The way in from a Maildir: what a delivery agent puts into `new` (https://cr.yp.to/proto/maildir.html).

A mail that is done with is moved to `cur`, with the flag S (seen) when it was taken and F (flagged)
when it was refused. Whoever moves it back to `new` has it judged again.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from stat import S_ISREG
from threading import Event

from margins.agent.fetching import Glance, Stopped
from margins.clients.disk import reporting
from margins.errors import ConfigError
from margins.mail.reply import Filing

__all__ = ["Maildir", "Rules", "open_maildir"]

_FLAGS = {Filing.DONE: "S", Filing.REFUSED: "F"}
_POLL_SECONDS = 1.0
_MOST_OF_HEADER = 1 << 20
_LONGEST_NAME = 240  # bytes, which leaves room for the flag
_NOT_OURS = frozenset({errno.ENOENT, errno.ELOOP, errno.ENXIO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's choices; see margins.agent.fetching.Fetching."""

    path: Path
    addresses: Sequence[str]
    max_bytes: int = 64 * 1024 * 1024
    seconds: float = 60.0
    retry_seconds: float = 2.0

    @property
    def place(self) -> str:
        """The Maildir, for people."""
        return str(self.path)

    folder = place


class Maildir:
    """An open one; keys are names in `new`. See margins.agent.fetching.Folder."""

    ingress = "maildir"
    validity = None

    def __init__(self, rules: Rules, stop: Event) -> None:
        self._max_bytes = rules.max_bytes
        self._stop = stop
        self._new, self._cur = rules.path / "new", rules.path / "cur"
        self._seen: frozenset[str] = frozenset()

    def _names(self) -> list[str]:
        with reporting(self._new):
            return sorted(name for name in os.listdir(self._new) if not name.startswith("."))

    def search(self) -> list[str]:
        """What is in `new`, in the order of the names, which begin with the time of delivery."""
        found = self._names()
        self._seen = frozenset(found)
        return found

    def look(self, keys: Sequence[str]) -> dict[str, Glance]:
        """A glance at each; what is no regular file is no mail, and left alone."""
        glances = {}
        for key in keys:
            with reporting(self._new):
                try:
                    found = os.lstat(self._new / key)
                except FileNotFoundError:
                    continue
            if S_ISREG(found.st_mode):
                fields = self._header(key)
                size, arrived = found.st_size, found.st_mtime
                glances[key] = Glance(size=size, arrived=arrived, fields=fields)
        return glances

    def _header(self, key: str) -> bytes:
        """The header; nothing when it is too long, or unreadable, which the content will tell."""
        try:
            with _opened(self._new / key) as descriptor:
                head = _read(descriptor, _MOST_OF_HEADER)
        except OSError:
            return b""
        ends = (at for blank in (b"\r\n\r\n", b"\n\n") if (at := head.find(blank)) >= 0)
        end = min(ends, default=-1)
        if end < 0:
            return head if len(head) < _MOST_OF_HEADER else b""
        return head[: end + 2]

    def content(self, key: str) -> bytes | None:
        """The whole mail; None when it is gone, or no file of its own."""
        path = self._new / key
        with reporting(path):
            try:
                with _opened(path) as descriptor:
                    # One byte more, so that a file that has grown is found too large.
                    return _read(descriptor, self._max_bytes + 1)
            except OSError as error:
                if error.errno in _NOT_OURS:
                    return None
                raise

    def file(self, key: str, filing: Filing) -> bool:
        """Move it to `cur`; it never takes the place of another one."""
        base = os.fsdecode(os.fsencode(key.partition(":")[0])[:_LONGEST_NAME])
        flag = _FLAGS[filing]
        names = (f"{base}{'' if n == 0 else f'.{n}'}:2,{flag}" for n in count())
        target = next(path for name in names if not os.path.lexists(path := self._cur / name))
        with reporting(self._cur):
            try:
                os.rename(self._new / key, target)
            except FileNotFoundError:
                if os.path.lexists(self._new / key):
                    raise
        self._seen -= {key}
        return True

    def wait(self, seconds: float) -> None:
        """Return when there is a name that was not there at the last search, or after so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stop.wait(min(left, _POLL_SECONDS)):
                raise Stopped
            if not self._seen.issuperset(self._names()):
                return


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Neither what a symbolic link names, nor waiting for the writer of a pipe."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags)
    try:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENXIO, "no regular file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int, most: int) -> bytes:
    blocks = []
    while most > 0 and (block := os.read(descriptor, min(most, 1 << 20))):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks)


@contextmanager
def open_maildir(rules: Rules, stop: Event) -> Iterator[Maildir]:
    """The Maildir; nothing is held open.

    Raises:
        ConfigError: it is none, or mail cannot be moved in it.
        Stopped: while waiting, when `stop` is set.
    """
    for name in ("new", "cur"):
        folder = rules.path / name
        if not folder.is_dir():
            raise ConfigError(
                f"{folder} is no folder.",
                place="maildir",
                remedy="Name a Maildir: a folder that has new, cur and tmp in it.",
            )
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise ConfigError(
                f"Mail in {folder} may not be moved.",
                place="maildir",
                remedy="Let the user that runs Margins read and write it.",
            )
    yield Maildir(rules, stop)
