"""A running service for each test, with one registered reader."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running import READER, Running


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """The whole service on free ports of loopback, its data in a fresh directory."""
    running = Running(tmp_path / "data")
    running.command("accounts", "add", READER)
    running.start()
    yield running
    if running.process is not None:
        running.stop()
