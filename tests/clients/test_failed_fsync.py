"""A disk that fails to write once, and a power cut later: nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from .failing_disk import after_a_power_cut, failing_disk

_TABLE = "CREATE TABLE thing (n INTEGER) STRICT"
_BEGIN = f"""
import json, os, sys
from pathlib import Path
from margins.clients.sqlite import Database
from margins.errors import Unavailable

acknowledged, refused = [], []

def put(*numbers, durable=True):
    try:
        with database.transaction(durable=durable) as connection:
            connection.executemany("INSERT INTO thing VALUES (?)", [(n,) for n in numbers])
    except Unavailable:
        refused.extend(numbers)
    else:
        acknowledged.extend(numbers if durable else ())

def fail(ending):
    Path(os.environ["FAILING"]).write_text(ending)

database = Database(Path(sys.argv[1]), component="things", migrations=({_TABLE!r},))
"""
_END = """
print(json.dumps([acknowledged, refused]), flush=True)
"""
_KILLED = "os._exit(0)"


class _Machine:
    """Processes that use one file, and the disk under it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "things.db"
        self._environment = failing_disk(folder)

    def start(self, *steps: str) -> subprocess.Popen[str]:
        """A process that takes these steps."""
        script = "\n".join([_BEGIN, *steps])
        line = [sys.executable, "-c", script, str(self.file)]
        return subprocess.Popen(
            line, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *steps: str) -> tuple[list[int], list[int]]:
        """What a process acknowledged, and what it refused."""
        said, _ = self.start(*steps[:-1], _END, steps[-1]).communicate()
        acknowledged, refused = json.loads(said)
        return acknowledged, refused

    def after_a_power_cut(self) -> list[int]:
        """The numbers that are on the platter."""
        with closing(sqlite3.connect(after_a_power_cut(self.file))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return [n for (n,) in connection.execute("SELECT n FROM thing ORDER BY n")]


@pytest.fixture
def machine(tmp_path: Path) -> _Machine:
    """A machine whose disk can be told to fail."""
    return _Machine(tmp_path)


def test_nothing_is_acknowledged_on_top_of_a_hole(machine: _Machine) -> None:
    """What waited for the fsync is gone; whatever came after it in the log would be gone too."""
    acknowledged, refused = machine.run(
        "put(1)", "put(2, durable=False)", "fail('-wal')", "put(3)", "put(4)", "put(5)", _KILLED
    )
    assert refused == [3, 4, 5]
    assert set(acknowledged) <= set(machine.after_a_power_cut())


def test_the_log_is_written_anew_by_the_next_process(machine: _Machine) -> None:
    """Without a power cut a restart still reads what the disk has not: then the disk has it."""
    before, _ = machine.run("put(1)", "put(2, durable=False)", "fail('-wal')", "put(3)", "")
    after, refused = machine.run("put(4)", _KILLED)
    assert (before, after, refused) == ([1], [4], [])
    assert {1, 2, 4} <= set(machine.after_a_power_cut())


def test_leaving_does_not_copy_the_log_into_the_database(machine: _Machine) -> None:
    """SQLite would, and then remove the log."""
    machine.run("put(1)", "fail('-wal')", "put(2)", "")
    assert machine.file.with_name("things.db-wal").stat().st_size > 0
    machine.run("put(3)", "database.close()")
    assert not machine.file.with_name("things.db-wal").exists()


def test_a_checkpoint_that_fails_is_noticed(machine: _Machine) -> None:
    """What was committed before stands in the log; nothing is put on top of it."""
    acknowledged, refused = machine.run(
        "fail('.db')", "put(*range(300))", "put(300)", "put(301)", _KILLED
    )
    assert (acknowledged, refused) == ([*range(300)], [300, 301])
    again, _ = machine.run("put(*range(301, 602))", "put(602)", _KILLED)
    assert again == [*range(301, 603)]
    assert set(acknowledged + again) <= set(machine.after_a_power_cut())


def test_other_processes_hear_of_it(machine: _Machine) -> None:
    """They have the same log open, and whoever comes while they do must not believe it either."""
    steps = ("print('ready', flush=True)", "input()", "put(7)", _END, _KILLED)
    with machine.start(*steps) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        machine.run("put(1)", "fail('-wal')", "put(2)", _KILLED)
        with machine.start("put(3)") as newcomer:
            newcomer.communicate()
        assert newcomer.returncode != 0
        said, _ = other.communicate("go on\n")
    assert json.loads(said) == [[], [7]]
    assert machine.run("put(8)", _KILLED) == ([8], [])
