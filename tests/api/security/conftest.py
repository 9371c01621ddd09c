"""One file per weakness. The database makes no difference to most of them, so SQLite will do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'notes.db')}"
