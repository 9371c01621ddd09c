"""A disk in memory whose power can be cut: what was not synced may then be there, or not, or half.

Stricter than any real file system: what survives is chosen for each name and each file on its own,
so that nothing is durable but what POSIX promises to be (fsync(2), rename(2)).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

from margins.clients.disk import File

__all__ = ["MemoryDisk", "PowerCut"]


class PowerCut(BaseException):
    """The power went. Nothing that catches exceptions may go on as if it had not."""


@dataclass(slots=True, eq=False)
class _Inode:
    """A file: what it holds, and what of it is on the platter."""

    content: bytes = b""
    synced: bytes = b""

    def after_power_cut(self, chance: Random) -> None:
        if self.content != self.synced:
            whole, cut = self.content, chance.randrange(len(self.content) + 1)
            choices = [self.synced, whole, whole[:cut], whole[:cut] + bytes(len(whole) - cut)]
            self.content = chance.choice(choices)
        self.synced = self.content


@dataclass(slots=True, eq=False)
class _Directory:
    """A directory: its names, and what is on the platter of them."""

    names: dict[str, _Node] = field(default_factory=dict)
    synced: dict[str, _Node] = field(default_factory=dict)

    def after_power_cut(self, chance: Random) -> None:
        for name in sorted(self.names.keys() | self.synced.keys()):
            survivor = chance.choice([self.names, self.synced]).get(name)
            self.names.pop(name, None)
            if survivor is not None:
                self.names[name] = survivor
        for node in self.names.values():
            node.after_power_cut(chance)
        self.synced = dict(self.names)


_Node: TypeAlias = "_Inode | _Directory"


@dataclass(slots=True)
class _Open:
    disk: MemoryDisk
    inode: _Inode

    def write(self, data: memoryview, /) -> int:
        self.disk.step()
        taken = bytes(data[: max(1, len(data) // 2)])
        self.inode.content += taken
        return len(taken)

    def sync(self) -> None:
        self.disk.step()
        self.inode.synced = self.inode.content

    def close(self) -> None:
        self.disk.step()


class MemoryDisk:
    """margins.clients.disk.Disk.

    Attributes:
        steps_left: operations until the power goes; None means never.
    """

    def __init__(self) -> None:
        self.steps_left: int | None = None
        self._root = _Directory()

    def step(self) -> None:
        """Called first by every operation."""
        if self.steps_left is not None:
            if self.steps_left <= 0:
                raise PowerCut
            self.steps_left -= 1

    def power_on(self, chance: Random) -> None:
        """Come back with what survived."""
        self.steps_left = None
        self._root.after_power_cut(chance)

    def _directory(self, path: Path) -> _Directory:
        node: _Node = self._root
        for name in path.parts[1:]:
            found = node.names.get(name) if isinstance(node, _Directory) else None
            if found is None:
                raise FileNotFoundError(errno.ENOENT, "no such directory", str(path))
            node = found
        if not isinstance(node, _Directory):
            raise NotADirectoryError(errno.ENOTDIR, "not a directory", str(path))
        return node

    def _file(self, path: Path) -> _Inode:
        node = self._directory(path.parent).names.get(path.name)
        if not isinstance(node, _Inode):
            raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
        return node

    def create(self, path: Path) -> File:
        """See margins.clients.disk.Disk, as for all that follow."""
        self.step()
        names = self._directory(path.parent).names
        if path.name in names:
            raise FileExistsError(errno.EEXIST, "exists", str(path))
        inode = names[path.name] = _Inode()
        return _Open(self, inode)

    def read(self, path: Path) -> bytes:
        self.step()
        return self._file(path).content

    def rename(self, old: Path, new: Path) -> None:
        self.step()
        self._directory(new.parent).names[new.name] = self._file(old)
        del self._directory(old.parent).names[old.name]

    def remove(self, path: Path) -> None:
        self.step()
        self._file(path)
        del self._directory(path.parent).names[path.name]

    def make_directory(self, path: Path) -> bool:
        self.step()
        names = self._directory(path.parent).names
        if path.name in names:
            return False
        names[path.name] = _Directory()
        return True

    def sync_directory(self, path: Path) -> None:
        self.step()
        directory = self._directory(path)
        directory.synced = dict(directory.names)

    def together(self, steps: Sequence[Callable[[], None]]) -> None:
        """One after another, so that chance decides nothing but what survives."""
        for step in steps:
            step()

    def names(self, path: Path) -> list[str]:
        self.step()
        try:
            return sorted(self._directory(path).names)
        except FileNotFoundError:
            return []

    def modified(self, path: Path) -> float:
        """Nothing here knows the time: every file is old."""
        self.step()
        self._file(path)
        return 0.0

    @contextmanager
    def alone_in(self, directory: Path) -> Iterator[None]:
        self.step()
        self._directory(directory)
        yield

    @contextmanager
    def join(self, lock: Path) -> Iterator[bool]:
        self.step()
        self._directory(lock.parent)
        yield True
