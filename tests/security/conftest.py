"""One file per weakness that others had."""

from __future__ import annotations

import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS / name) for name in ("ingress", "e2e", "security")]

from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402
from running import READER, Running  # noqa: E402


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """The whole service on free ports of loopback, its data in a fresh directory."""
    running = Running(tmp_path / "data")
    running.command("accounts", "add", READER)
    running.start()
    yield running
    if running.process is not None:
        running.stop()
