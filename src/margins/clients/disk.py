"""A disk, in the few operations durability is made of, and the order they must come in.

A file is durable once it *and its name* are: fsync the file, rename it into place, fsync the
directory. Linux does not write a directory back because a file in it was synced (fsync(2)).
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from io import FileIO
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from margins.errors import NoSpace, Unavailable

__all__ = [
    "Disk",
    "File",
    "LocalDisk",
    "alone_in",
    "make_directory",
    "replace",
    "reporting",
    "write_again",
    "write_all",
]

_LANES = 8
_BLOCK = 1 << 20


class File(Protocol):
    """A new file, open for writing."""

    def write(self, data: memoryview, /) -> int:
        """Write some of the data and return how many bytes; may be fewer than given."""
        ...

    def sync(self) -> None:
        """Make the bytes survive a power cut.

        An error is final: the kernel may have dropped the dirty pages, and a second fsync on the
        same descriptor would then report success for bytes that are gone.
        """
        ...

    def close(self) -> None:
        """Close it; closing again does nothing."""
        ...


class Disk(Protocol):
    """File operations. All raise OSError."""

    def create(self, path: Path) -> File:
        """A new file, mode 0600. Raises FileExistsError when the name is taken."""
        ...

    def read(self, path: Path) -> bytes:
        """The whole file."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give the file another name, replacing what had it."""
        ...

    def remove(self, path: Path) -> None:
        """Remove the file's name."""
        ...

    def make_directory(self, path: Path) -> bool:
        """Create a directory, mode 0700; False when it was there."""
        ...

    def sync_directory(self, path: Path) -> None:
        """Make the directory's names survive a power cut."""
        ...

    def together(self, steps: Sequence[Callable[[], None]]) -> None:
        """Take steps that do not depend on one another; all have ended when this returns.

        Syncs that wait side by side share one journal commit of the file system.
        """
        ...

    def names(self, path: Path) -> list[str]:
        """The names in the directory, sorted; none when there is no such directory."""
        ...

    def modified(self, path: Path) -> float:
        """When the file's content was written, in seconds since 1970."""
        ...

    def alone_in(self, directory: Path) -> AbstractContextManager[None]:
        """Keep every other thread and process that asks the same out of the directory meanwhile."""
        ...

    def join(self, lock: Path) -> AbstractContextManager[bool]:
        """Join the users of what the lock file stands for, until this object or process ends.

        The context's value is True when there was no user yet; nobody else joins inside it then.
        """
        ...


class _LocalFile(FileIO):
    def sync(self) -> None:
        os.fsync(self.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _each(steps: Sequence[Callable[[], None]]) -> None:
    for step in steps:
        step()


class LocalDisk:
    """The file system of this machine."""

    def __init__(self) -> None:
        self._locks: dict[Path, FileIO] = {}
        self._lanes = ThreadPoolExecutor(_LANES, thread_name_prefix="sync")

    def create(self, path: Path) -> File:
        return _LocalFile(path, "xb", opener=_private)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> None:
        path.unlink()

    def make_directory(self, path: Path) -> bool:
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if not path.is_dir():
                raise
            return False
        return True

    def sync_directory(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # some file systems cannot sync a directory
                raise
        finally:
            os.close(descriptor)

    def together(self, steps: Sequence[Callable[[], None]]) -> None:
        lanes = min(_LANES, len(steps))
        others = [self._lanes.submit(_each, steps[lane::lanes]) for lane in range(1, lanes)]
        try:
            _each(steps[:: max(lanes, 1)])
        finally:
            wait(others)
        for other in others:
            other.result()

    def names(self, path: Path) -> list[str]:
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    def modified(self, path: Path) -> float:
        return path.stat().st_mtime

    def alone_in(self, directory: Path) -> AbstractContextManager[None]:
        return alone_in(directory)

    @contextmanager
    def join(self, lock: Path) -> Iterator[bool]:
        file = self._locks[lock] = FileIO(lock, "ab", opener=_private)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield False
        else:
            yield True
            fcntl.flock(file, fcntl.LOCK_SH)


@contextmanager
def reporting(place: Path) -> Iterator[None]:
    """Turn OSError into Unavailable, and a full disk into NoSpace."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace(
                "There is no space left to write to.",
                place=str(place),
                remedy="Free some space; senders try again by themselves.",
            ) from error
        raise Unavailable(
            f"The disk answered: {error.strerror or error}.",
            place=str(place),
            remedy="Check that the disk is mounted and that Margins may write to it.",
        ) from error


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Keep every other thread and process that asks the same out of the directory meanwhile.

    Raises:
        OSError
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_all(file: File, content: bytes) -> None:
    """Write every byte, however few the system takes at a time.

    Raises:
        OSError
    """
    rest = memoryview(content)
    while rest:
        if (written := file.write(rest)) <= 0:
            raise OSError(errno.EIO, "nothing was written")
        rest = rest[written:]


def write_again(path: Path) -> None:
    """Write every byte of the file over itself, and sync it.

    What an earlier fsync failed to write may stand in memory as if it had been written; only what
    is written anew is looked at by the next one (fsync(2), errors).

    Raises:
        OSError
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        offset = 0
        while block := os.pread(descriptor, _BLOCK, offset):
            offset += os.pwrite(descriptor, block, offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(disk: Disk, path: Path) -> None:
    """Create the directory, and those above it where they lack, durably.

    Raises:
        OSError
    """
    try:
        created = disk.make_directory(path)
    except FileNotFoundError:
        make_directory(disk, path.parent)
        created = disk.make_directory(path)
    if created:
        disk.sync_directory(path.parent)


def replace(disk: Disk, path: Path, content: bytes) -> None:
    """Give the file this content: after a crash it has the old content or the new, never a mix.

    Raises:
        OSError
    """
    draft = path.with_name(f".{path.name}.{token_hex(8)}")
    file = disk.create(draft)
    try:
        try:
            write_all(file, content)
            file.sync()
        finally:
            file.close()
        disk.rename(draft, path)
    except BaseException:
        with suppress(OSError):
            disk.remove(draft)
        raise
    disk.sync_directory(path.parent)
