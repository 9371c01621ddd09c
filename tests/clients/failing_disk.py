"""The disk that fails, for processes that are started with this environment; and its platter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def failing_disk(folder: Path) -> dict[str, str]:
    """The environment of a process under which the disk can be told to fail; built in the folder.

    To tell it, the process writes how the path ends whose next fsync fails into the file FAILING.
    """
    compiler, library = shutil.which("gcc"), folder / "failing_disk.so"
    if compiler is None or sys.platform != "linux":
        pytest.skip("no compiler for the disk that fails")
    source = Path(__file__).with_name("failing_disk.c")
    line = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(line, check=True)
    return os.environ | {"LD_PRELOAD": str(library), "FAILING": str(folder / "failing")}


def after_a_power_cut(file: Path) -> Path:
    """A database as the platter has it, beside it."""
    cut = file.with_name("cut.db")
    for ending in ("", "-wal"):
        shutil.copy(f"{file}{ending}.platter", f"{cut}{ending}")
    return cut
