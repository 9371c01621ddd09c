"""Raw mail in a directory: `ab/cd/abcd...`, named by SHA-256.

Safe for several processes, and for a power cut at any moment: a content is written and synced under
`tmp/`, renamed into place, and the directories that lead to it are synced, before `put` returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from secrets import token_hex

from margins.clients.disk import Disk, LocalDisk, make_directory, reporting, write_all
from margins.errors import Unavailable
from margins.mail.envelope import digest as digest_of

__all__ = ["FileStore"]

_HEX = frozenset("0123456789abcdef")
_FILES_AT_ONCE = 64  # open descriptors of one batch


def _is_digest(name: str) -> bool:
    return len(name) == 64 and _HEX.issuperset(name)


class FileStore:
    """A store in one directory of a local file system. Threads may share it.

    Raises:
        Unavailable: the directory cannot be used.
    """

    def __init__(self, directory: Path, *, disk: Disk | None = None) -> None:
        self._root = directory.absolute()
        self._drafts = self._root / "tmp"
        self._disk = disk or LocalDisk()
        # Directories whose own name this process has synced. Another process may have created one
        # and not synced it yet, so being there is not enough.
        self._anchored: set[Path] = {self._root}
        with reporting(self._root):
            make_directory(self._disk, self._root)
            self._disk.make_directory(self._drafts)
            self._clean()

    def _clean(self) -> None:
        """Remove what a crash left half-written, unless another process is writing."""
        with self._disk.join(self._root / "lock") as alone:
            for name in self._disk.names(self._drafts) if alone else ():
                self._disk.remove(self._drafts / name)

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest

    def put(self, content: bytes) -> str:
        """Keep the content; see margins.ports.Store."""
        return self.put_many([content])[0]

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Keep every content; see margins.ports.BatchStore."""
        digests = [digest_of(content) for content in contents]
        distinct = list(dict(zip(digests, contents, strict=True)).items())
        with reporting(self._root):
            for start in range(0, len(distinct), _FILES_AT_ONCE):
                self._keep(dict(distinct[start : start + _FILES_AT_ONCE]))
        return digests

    def _keep(self, contents: dict[str, bytes]) -> None:
        """Make these durable.

        A content that is already there is written again rather than believed: another writer may
        not have synced its name yet, and a damaged copy is mended on the way.
        """
        with ExitStack() as undo:
            drafts = self._write(contents.values(), undo)
            folders: set[Path] = set()
            with self._disk.alone_in(self._drafts):
                for digest, draft in zip(contents, drafts, strict=True):
                    path = self._path(digest)
                    folders |= self._prepare(path.parent)
                    self._disk.rename(draft, path)
            undo.pop_all()
            for folder in sorted(folders):
                self._disk.sync_directory(folder)
        self._anchored |= folders

    def _write(self, contents: Iterable[bytes], undo: ExitStack) -> list[Path]:
        """Each content in a synced draft; `undo` removes them again."""
        drafts, files = [], []
        for content in contents:
            draft = self._drafts / token_hex(16)
            file = self._disk.create(draft)
            undo.callback(self._discard, draft)
            undo.callback(file.close)
            write_all(file, content)
            drafts.append(draft)
            files.append(file)
        # Synced only once all are written, so that the first sync carries most of the others.
        for file in files:
            file.sync()
            file.close()
        return drafts

    def _discard(self, draft: Path) -> None:
        with suppress(OSError):
            self._disk.remove(draft)

    def _prepare(self, folder: Path) -> set[Path]:
        """The folder, made if need be, and those above it whose names are not known durable."""
        pending = {folder}
        for each in (folder.parent, folder):
            if each not in self._anchored:
                self._disk.make_directory(each)
                pending.add(each.parent)
        return pending

    def get(self, digest: str) -> bytes:
        """The content; see margins.ports.Store."""
        if not _is_digest(digest):
            raise KeyError(digest)
        path = self._path(digest)
        with reporting(path):
            try:
                content = self._disk.read(path)
            except FileNotFoundError:
                raise KeyError(digest) from None
        if digest_of(content) != digest:
            raise Unavailable(
                "The bytes do not match their digest: the file is damaged.",
                place=str(path),
                remedy="Restore it from a backup, or have the mail sent again.",
            )
        return content

    def digests(self) -> Iterator[str]:
        """Every digest, ascending; see margins.ports.Retention."""
        with reporting(self._root):
            for outer in self._disk.names(self._root):
                if len(outer) != 2:
                    continue
                for inner in self._disk.names(self._root / outer):
                    names = self._disk.names(self._root / outer / inner)
                    yield from (name for name in names if _is_digest(name))

    def remove(self, digest: str, *, before: float | None = None) -> bool:
        """Forget the content; see margins.ports.Retention."""
        if not _is_digest(digest):
            return False
        path = self._path(digest)
        with reporting(path):
            # Nobody may put it between the look at its age and its removal.
            with self._disk.alone_in(self._drafts):
                try:
                    if before is not None and self._disk.modified(path) >= before:
                        return False
                    self._disk.remove(path)
                except FileNotFoundError:
                    return False
            self._disk.sync_directory(path.parent)
        return True
