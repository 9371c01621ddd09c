"""A full disk defers mail, keeps nothing by halves, and is forgotten once there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import READER, Running, mail, notebook_html


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Running]:
    """A service whose data directory is a disk of 16 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk of its own can only be mounted by root")
    running = Running(disk / "data")
    try:
        running.command("accounts", "add", READER)
        running.start()
        yield running
    finally:
        if running.process is not None:
            running.stop()
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        try:
            while filler.write(b"x" * 4096):
                pass
        except OSError:
            pass


@pytest.mark.slow
def test_a_full_disk_defers_and_recovers(small: Running) -> None:
    """452 or 451 while it is full, never 250 and never 5xx; the same mail is taken afterwards."""
    assert small.send(mail(notebook_html(1)))[0] == 250
    small.settled(1)
    filler = small.data.parent / "filler"
    _fill(filler)
    content = mail(notebook_html(200, title="A Long Book"))
    answers = {small.send(content)[0] for _ in range(5)}
    assert answers <= {451, 452}
    filler.unlink()
    assert len(small.inbox()) == 1
    assert small.send(content)[0] == 250
    assert [state for _, state, _ in small.settled(2)] == ["delivered"] * 2
