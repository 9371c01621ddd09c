"""Two connections of one process and one of another share a file without losing a commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from margins.clients.sqlite import Database

_VISIT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM thing").fetchone()[0])
connection.close()
"""


def _count_from_outside(path: Path) -> int:
    """What another process counts; as the last to leave it would clear the write-ahead log."""
    visit = [sys.executable, "-c", _VISIT, str(path)]
    return int(subprocess.run(visit, capture_output=True, text=True, check=True).stdout)


def test_a_visitor_does_not_clear_a_log_in_use(tmp_path: Path) -> None:
    """Opening the file a second time keeps the locks of the first: its commits are seen."""
    path = tmp_path / "shared.db"
    first = Database(path, component="a", migrations=("CREATE TABLE thing (n INTEGER) STRICT",))
    second = Database(path, component="a", migrations=("CREATE TABLE thing (n INTEGER) STRICT",))
    counts = []
    for n in range(3):
        with first.transaction() as connection:
            connection.execute("INSERT INTO thing VALUES (?)", (n,))
        counts.append(_count_from_outside(path))
    assert counts == [1, 2, 3]
    second.close()
    first.close()
