"""The store on a disk whose power is cut: nothing that was acknowledged is ever lost."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from margins.clients.disk import File
from margins.store.fs import FileStore
from margins.testing.fakes.disk import MemoryDisk, PowerCut

MAIL = Path("/var/mail")


def _work(store: FileStore, chance: Random, kept: dict[str, bytes]) -> None:
    """Put and remove until the power goes. `kept` is what a peer was told is safe."""
    while True:
        contents = [chance.randbytes(chance.randrange(20)) for _ in range(chance.randrange(1, 4))]
        if kept and chance.random() < 0.2:
            digest = chance.choice(sorted(kept))
            # Told to forget it, the store may have done so even when the power goes meanwhile.
            del kept[digest]
            store.remove(digest)
        elif chance.random() < 0.5:
            kept.update(zip(store.put_many(contents), contents, strict=True))
        else:
            kept[store.put(contents[0])] = contents[0]


def _losses(disk: MemoryDisk, seed: int) -> int:
    """Acknowledged contents missing after three power cuts; fails on any partial content."""
    chance = Random(seed)
    kept: dict[str, bytes] = {}
    lost = 0
    for _ in range(3):
        disk.steps_left = chance.randrange(80)
        with pytest.raises(PowerCut):
            _work(FileStore(MAIL, disk=disk), chance, kept)
        disk.power_on(chance)
        store = FileStore(MAIL, disk=disk)
        there = {digest: store.get(digest) for digest in store.digests()}
        lost += len(kept.keys() - there.keys())
        kept = {digest: content for digest, content in kept.items() if digest in there}
        assert disk.names(MAIL / "tmp") == []
    return lost


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_no_power_cut_loses_an_acknowledged_mail(start: int) -> None:
    """A hundred seeds each: whatever the moment, and whatever half-written things survive."""
    assert sum(_losses(MemoryDisk(), seed) for seed in range(start, start + 100)) == 0


@pytest.mark.slow
def test_no_power_cut_loses_an_acknowledged_mail_ten_thousand_times() -> None:
    """The same for ten thousand seeds."""
    assert sum(_losses(MemoryDisk(), seed) for seed in range(10_000)) == 0


class _Careless(MemoryDisk):
    """Forgets one kind of sync, as a careless store would."""

    def __init__(self, forgets: str) -> None:
        super().__init__()
        self.forgets = forgets

    def create(self, path: Path) -> File:
        file = super().create(path)
        return _Unsynced(file) if self.forgets == "file" else file

    def sync_directory(self, path: Path) -> None:
        level = len(path.relative_to(MAIL).parts) if path.is_relative_to(MAIL) else -1
        if self.forgets != f"directory {level}":
            super().sync_directory(path)


class _Unsynced:
    def __init__(self, file: File) -> None:
        self.write, self.close = file.write, file.close

    def sync(self) -> None:
        """Returns as if it had."""


@pytest.mark.parametrize("level", [-1, 0, 1])
def test_the_harness_notices_a_missing_directory_sync(level: int) -> None:
    """Without the sync of the root's parent, of the root or of its folders, mail is lost."""
    assert sum(_losses(_Careless(f"directory {level}"), seed) for seed in range(100)) > 0


def test_the_harness_notices_a_missing_file_sync() -> None:
    """Without it a name outlives its bytes, and the store says that they are damaged."""
    with pytest.raises(Exception, match="damaged"):
        sum(_losses(_Careless("file"), seed) for seed in range(100))
