"""Raw mail in a directory: `a/ab12...`, named by SHA-256.

Safe for several processes, and for a power cut at any moment: a content is written and synced under
`tmp/`, renamed into place, and the folder it is in is synced, before `put` returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from secrets import token_hex

from margins.clients.disk import Disk, File, LocalDisk, make_directory, reporting, write_all
from margins.errors import Unavailable
from margins.mail.envelope import digest as digest_of

__all__ = ["FileStore"]

_HEX = "0123456789abcdef"
_FILES_AT_ONCE = 64  # open descriptors of one batch


def _is_digest(name: str) -> bool:
    return len(name) == 64 and set(name) <= set(_HEX)


def _finish(file: File) -> None:
    file.sync()
    file.close()


class FileStore:
    """A store in one directory of a local file system. Threads may share it.

    Raises:
        Unavailable: the directory cannot be used.
    """

    def __init__(self, directory: Path, *, disk: Disk | None = None) -> None:
        self._root = directory.absolute()
        self._drafts = self._root / "tmp"
        # Few, so that a batch of mails has few to sync, and none holds more than a sixteenth.
        self._folders = {digit: self._root / digit for digit in _HEX}
        self._disk = disk or LocalDisk()
        with reporting(self._root):
            make_directory(self._disk, self._root)
            for folder in (self._drafts, *self._folders.values()):
                self._disk.make_directory(folder)
            # Another process may have made them and not synced their names yet.
            self._disk.sync_directory(self._root)
            self._clean()

    def _clean(self) -> None:
        """Remove what a crash left half-written, unless another process is writing."""
        with self._disk.join(self._root / "lock") as alone:
            for name in self._disk.names(self._drafts) if alone else ():
                self._disk.remove(self._drafts / name)

    def _path(self, digest: str) -> Path:
        return self._folders[digest[0]] / digest

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
            paths = [self._path(digest) for digest in contents]
            with self._disk.alone_in(self._drafts):
                for draft, path in zip(drafts, paths, strict=True):
                    self._disk.rename(draft, path)
            undo.pop_all()
        folders = sorted({path.parent for path in paths})
        self._disk.together([partial(self._disk.sync_directory, folder) for folder in folders])

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
        self._disk.together([partial(_finish, file) for file in files])
        return drafts

    def _discard(self, draft: Path) -> None:
        with suppress(OSError):
            self._disk.remove(draft)

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
            for folder in self._folders.values():
                yield from (name for name in self._disk.names(folder) if _is_digest(name))

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
