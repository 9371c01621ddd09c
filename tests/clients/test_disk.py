"""The disk: what is done to make something durable."""

from __future__ import annotations

import errno
import os
import stat
import time
from functools import partial
from pathlib import Path
from random import Random
from threading import Semaphore

import pytest

from margins.clients.disk import (
    LocalDisk,
    alone_in,
    make_directory,
    replace,
    reporting,
    write_all,
)
from margins.errors import NoSpace, Unavailable
from margins.testing.fakes.disk import MemoryDisk, PowerCut


def test_syncs_reach_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fsync of the file before it is renamed, fsync of its directory after."""
    done: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watch_fsync(descriptor: int) -> None:
        mode = os.fstat(descriptor).st_mode
        done.append("fsync directory" if stat.S_ISDIR(mode) else "fsync file")
        fsync(descriptor)

    def watch_rename(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", watch_fsync)
    monkeypatch.setattr(Path, "rename", watch_rename)
    replace(LocalDisk(), tmp_path / "file", b"content")
    assert done == ["fsync file", "rename", "fsync directory"]
    assert (tmp_path / "file").read_bytes() == b"content"


def test_new_directories_are_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one's parent is synced, and nothing when they are there."""
    synced: list[Path] = []
    monkeypatch.setattr(LocalDisk, "sync_directory", lambda _, path: synced.append(path))
    make_directory(LocalDisk(), tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]
    make_directory(LocalDisk(), tmp_path / "a" / "b")
    assert len(synced) == 2


def test_a_name_that_is_taken_is_not_overwritten(tmp_path: Path) -> None:
    """create() makes new files only, and follows no link."""
    (tmp_path / "taken").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("taken", "link"):
        with pytest.raises(FileExistsError):
            LocalDisk().create(tmp_path / name)
    assert (tmp_path / "taken").read_bytes() == b"mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_replaced_file_is_old_or_new_after_a_power_cut() -> None:
    """At every step of five hundred seeds: never half, and new once it was said to be."""
    path = Path("/file")
    for seed in range(500):
        chance, disk = Random(seed), MemoryDisk()
        replace(disk, path, b"the old content")
        disk.steps_left = chance.randrange(12)
        done = False
        try:
            replace(disk, path, b"the new")
            done = True
            disk.steps_left = 0
            disk.read(path)
        except PowerCut:
            disk.power_on(chance)
        content = disk.read(path)
        assert content in {b"the old content", b"the new"}
        assert content == b"the new" or not done


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, NoSpace), (errno.EDQUOT, NoSpace), (errno.EIO, Unavailable)],
)
def test_errors_say_what_to_do(number: int, error: type[Unavailable]) -> None:
    """A full disk is told from a broken one; both name the place and the remedy."""
    with pytest.raises(Unavailable) as raised, reporting(Path("/var/mail")):
        raise OSError(number, os.strerror(number))
    assert type(raised.value) is error
    assert raised.value.place == "/var/mail"
    assert raised.value.remedy


def test_a_disk_that_takes_nothing_is_an_error() -> None:
    """Rather than a loop without end."""

    class Stuck:
        def write(self, data: memoryview, /) -> int:
            return len(data[:0])

        def sync(self) -> None: ...

        def close(self) -> None: ...

    with pytest.raises(OSError, match="nothing was written"):
        write_all(Stuck(), b"x")


def test_only_the_first_user_is_alone(tmp_path: Path) -> None:
    """Later ones are told that they are not, until all have gone."""
    lock = tmp_path / "lock"
    first, second = LocalDisk(), LocalDisk()
    with first.join(lock) as alone:
        assert alone
    with second.join(lock) as alone:
        assert not alone
    del first
    with LocalDisk().join(lock) as alone:
        assert not alone
    del second
    with LocalDisk().join(lock) as alone:
        assert alone


def test_a_directory_can_be_had_alone(tmp_path: Path) -> None:
    """Also by one who had it before, and after an error inside."""
    with pytest.raises(KeyError), alone_in(tmp_path):
        raise KeyError
    with alone_in(tmp_path):
        pass


def test_steps_taken_together_have_all_ended() -> None:
    """None is left out, however many there are, and none runs on after the return."""
    for count in (0, 1, 7, 8, 9, 100):
        done: list[int] = []
        LocalDisk().together([partial(done.append, number) for number in range(count)])
        assert sorted(done) == list(range(count))


@pytest.mark.parametrize("bad", range(20))
def test_an_error_of_one_step_is_raised_once_the_others_have_ended(bad: int) -> None:
    """Whichever lane it happens in; nobody may close a file that another thread still syncs."""
    running = Semaphore(20)

    def step(number: int) -> None:
        with running:
            if number == bad:
                raise OSError(errno.EIO, "no")
            time.sleep(0.001)

    with pytest.raises(OSError, match="no"):
        LocalDisk().together([partial(step, number) for number in range(20)])
    assert all(running.acquire(blocking=False) for _ in range(20))
