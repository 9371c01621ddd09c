"""What is measured only now and then still starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"


@pytest.mark.slow
def test_a_service_on_a_disk_that_promises_nothing() -> None:
    """Everything it replaces is still there to be replaced."""
    command = [sys.executable, str(BENCH / "servers" / "nosync.py"), "margins.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
