"""Raw mail in a directory."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from margins.clients.disk import File, LocalDisk
from margins.errors import NoSpace, Unavailable
from margins.mail.envelope import digest as digest_of
from margins.store.fs import FileStore
from margins.testing.contracts import StoreContract


class TestContract(StoreContract):
    """What every store promises."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> FileStore:
        return FileStore(tmp_path / "new" / "mail")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")


def test_a_content_lies_under_its_digest(tmp_path: Path) -> None:
    """In the folder of its first digit; nothing else is left."""
    digest = FileStore(tmp_path).put(b"mail")
    assert _files(tmp_path) == [tmp_path / digest[0] / digest]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Files are 0600 and directories 0700, whatever the umask."""
    before = os.umask(0)
    try:
        digest = FileStore(tmp_path / "mail").put(b"mail")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "mail").rglob("*") if p.is_dir()}
    assert modes == {0o700}
    path = tmp_path / "mail" / digest[0] / digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_damage_is_noticed_and_mended_by_the_next_copy(tmp_path: Path) -> None:
    """Bytes that do not match their name are never handed out; the same mail again heals it."""
    store = FileStore(tmp_path)
    digest = store.put(b"mail")
    (path,) = _files(tmp_path)
    path.write_bytes(b"mold")
    with pytest.raises(Unavailable, match="damaged"):
        store.get(digest)
    store.put(b"mail")
    assert store.get(digest) == b"mail"


def test_a_start_removes_what_a_crash_left(tmp_path: Path) -> None:
    """Half-written drafts do not pile up."""
    FileStore(tmp_path)
    (tmp_path / "tmp" / "half").write_bytes(b"ha")
    FileStore(tmp_path)
    assert _files(tmp_path) == []


def test_a_start_leaves_the_drafts_of_others(tmp_path: Path) -> None:
    """While another store is open on the directory, a draft may be its work in progress."""
    first = FileStore(tmp_path)
    (tmp_path / "tmp" / "theirs").write_bytes(b"th")
    FileStore(tmp_path)
    assert [path.name for path in _files(tmp_path)] == ["theirs"]
    del first


class _Failing(LocalDisk):
    """A disk on which one operation fails with one error."""

    def __init__(self, operation: str, number: int) -> None:
        super().__init__()
        self.operation = operation
        self.error = OSError(number, os.strerror(number))

    def _try(self, operation: str) -> None:
        if operation == self.operation:
            raise self.error

    def create(self, path: Path) -> File:
        self._try("create")
        return _FailingFile(super().create(path), self)

    def rename(self, old: Path, new: Path) -> None:
        self._try("rename")
        super().rename(old, new)

    def sync_directory(self, path: Path) -> None:
        self._try("sync_directory")
        super().sync_directory(path)


class _FailingFile:
    """Takes three bytes at a time, as the system may."""

    def __init__(self, file: File, disk: _Failing) -> None:
        self.file, self.disk = file, disk
        self.synced = 0

    def write(self, data: memoryview, /) -> int:
        self.disk._try("write")
        return self.file.write(data[:3])

    def sync(self) -> None:
        self.synced += 1
        assert self.synced == 1, "a failed fsync must never be tried again"
        self.disk._try("sync")
        self.file.sync()

    def close(self) -> None:
        self.file.close()
        self.disk._try("close")


def test_short_writes_are_completed(tmp_path: Path) -> None:
    """The system may take fewer bytes than it is given."""
    store = FileStore(tmp_path, disk=_Failing("", 0))
    assert store.get(store.put(b"0123456789")) == b"0123456789"


@pytest.mark.parametrize(
    "operation", ["create", "write", "sync", "close", "rename", "sync_directory"]
)
@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, NoSpace), (errno.EIO, Unavailable)])
def test_a_failing_disk_defers_the_mail(
    tmp_path: Path, operation: str, number: int, error: type[Unavailable]
) -> None:
    """Whatever fails: the error is temporary, no draft is left, and afterwards all works again."""
    disk = _Failing("", number)
    store = FileStore(tmp_path, disk=disk)
    disk.operation = operation
    with pytest.raises(Unavailable) as raised:
        store.put_many([b"one mail", b"another"])
    assert type(raised.value) is error
    assert raised.value.remedy
    assert list((tmp_path / "tmp").iterdir()) == []
    disk.operation = ""
    assert store.get(store.put(b"one mail")) == b"one mail"


class _Counting(LocalDisk):
    """Counts the directories it syncs."""

    def __init__(self) -> None:
        super().__init__()
        self.synced = 0

    def sync_directory(self, path: Path) -> None:
        self.synced += 1
        super().sync_directory(path)


def test_a_batch_shares_its_directory_syncs(tmp_path: Path) -> None:
    """Of 64 mails that are made durable together, at most sixteen folders are synced."""
    disk = _Counting()
    store = FileStore(tmp_path, disk=disk)
    disk.synced = 0
    contents = [b"mail %d" % number for number in range(640)]
    digests = store.put_many(contents)
    assert [store.get(digest) for digest in digests] == contents
    assert disk.synced <= 16 * 10


def test_a_directory_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    """A file in its place is an error with a remedy, at the start and not at the first mail."""
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(Unavailable, match="mail"):
        FileStore(tmp_path / "mail")


def test_files_of_others_are_not_listed(tmp_path: Path) -> None:
    """Only what is named like a digest is one."""
    store = FileStore(tmp_path)
    digest = store.put(b"mail")
    (tmp_path / digest[0] / "notes.txt").write_text("x")
    assert list(store.digests()) == [digest]


_KILLED = """
import sys
from pathlib import Path
from margins.store.fs import FileStore
store = FileStore(Path(sys.argv[1]))
for number in range(10**9):
    sys.stdout.write(store.put(b"mail %d" % number * 5000) + "\\n")
    sys.stdout.flush()
"""


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    """SIGKILL at any moment: every digest that was reported can be read."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    told = [writer.stdout.readline().strip() for _ in range(50)]
    writer.kill()
    told += [line for line in writer.stdout.read().split("\n") if len(line) == 64]
    writer.wait()
    writer.stdout.close()
    store = FileStore(tmp_path)
    assert all(digest_of(store.get(digest)) == digest for digest in told)
    assert list((tmp_path / "tmp").iterdir()) == []
