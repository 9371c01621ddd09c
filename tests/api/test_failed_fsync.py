"""A disk that fails to write once: what the notes API acknowledged is kept, and it says no more."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from margins.clients.answer import Response, judge
from margins.errors import Unavailable

from ..clients.failing_disk import after_a_power_cut, failing_disk
from .documents import IMPORT, highlight, notebooks

_BEGIN = """
import json, os, sys
from pathlib import Path
from margins.api.database import Database
from margins.errors import Unavailable

acknowledged, refused = [], []

def put(*numbers):
    for n in numbers:
        try:
            with database.transaction("", writes=True) as connection:
                connection.exec_driver_sql("INSERT INTO thing VALUES (?, randomblob(64000))", (n,))
        except Unavailable:
            refused.append(n)
        else:
            acknowledged.append(n)

def count():
    return connection.exec_driver_sql("SELECT count(*) FROM thing").scalar()

def fail(ending):
    Path(os.environ["FAILING"]).write_text(ending)

database = Database("sqlite:///" + sys.argv[1], statement_seconds=10)
with database.transaction("", writes=True) as connection:
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS thing (n INTEGER, filler BLOB) STRICT")
"""
_END = """
print(json.dumps([acknowledged, refused]), flush=True)
"""
_KILLED = "os._exit(0)"


class _Machine:
    """Processes that open one file of notes, and the disk under it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "notes.db"
        self._environment = failing_disk(folder)

    def start(self, *steps: str) -> subprocess.Popen[str]:
        """A process that takes these steps."""
        line = [sys.executable, "-c", "\n".join(steps), str(self.file)]
        return subprocess.Popen(
            line, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *steps: str) -> tuple[list[int], list[int]]:
        """What a process acknowledged, and what it refused."""
        said, _ = self.start(_BEGIN, *steps[:-1], _END, steps[-1]).communicate()
        acknowledged, refused = json.loads(said)
        return acknowledged, refused

    def after_a_power_cut(self) -> set[int]:
        """The numbers that are on the platter."""
        with closing(sqlite3.connect(after_a_power_cut(self.file))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return {n for (n,) in connection.execute("SELECT n FROM thing")}

    @property
    def log(self) -> Path:
        """Where what was committed stands until it is copied into the database."""
        return self.file.with_name("notes.db-wal")


@pytest.fixture
def machine(tmp_path: Path) -> _Machine:
    """A machine whose disk can be told to fail."""
    return _Machine(tmp_path)


def test_the_next_process_builds_on_no_hole(machine: _Machine) -> None:
    """Nothing follows the failure; then what memory still has of the log is written anew."""
    before = machine.run("put(1)", "fail('-wal')", "put(2)", "put(3)", _KILLED)
    after = machine.run("put(4)", _KILLED)
    assert (before, after) == (([1], [2, 3]), ([4], []))
    assert {1, 4} <= machine.after_a_power_cut()


@pytest.mark.slow
def test_who_reads_meanwhile_is_refused_too(machine: _Machine) -> None:
    """What was read may be what the disk has lost; and no pool copies that into the database."""
    _, refused = machine.run(
        "put(1)",
        "reading = database.transaction('', writes=False)",
        "connection = reading.__enter__()",
        "assert count() == 1",
        "fail('-wal')",
        "put(2)",
        "try: reading.__exit__(None, None, None)",
        "except Unavailable: refused.append('reading')",
        "database.close()",
    )
    assert refused == [2, "reading"]
    assert machine.log.stat().st_size > 0


@pytest.mark.slow
def test_ending_does_not_copy_the_log_into_the_database(machine: _Machine) -> None:
    """Nor does the end of a process; one that has met no failure closes what it has opened."""
    machine.run("put(1)", "fail('-wal')", "put(2)", "")
    assert machine.log.stat().st_size > 0
    machine.run("put(3)", "database.close()")
    assert not machine.log.exists()


@pytest.mark.slow
def test_a_checkpoint_that_fails_is_noticed(machine: _Machine) -> None:
    """Of what it copied earlier, while somebody read, it is not known either what the disk has."""
    acknowledged, refused = machine.run(
        "put(*range(40))",
        "reading = database.transaction('', writes=False)",
        "connection = reading.__enter__()",
        "count()",
        "put(*range(40, 80))",
        "reading.__exit__(None, None, None)",
        "fail('.db')",
        "put(*range(80, 200))",
        _KILLED,
    )
    assert (acknowledged + refused, len(refused) > 10) == ([*range(200)], True)
    again, _ = machine.run("put(*range(200, 300))", _KILLED)
    assert again == [*range(200, 300)]
    assert set(acknowledged + again) <= machine.after_a_power_cut()


@pytest.mark.slow
def test_other_processes_hear_of_it(machine: _Machine) -> None:
    """They have the same log open, and whoever comes while they do must not believe it either."""
    steps = (_BEGIN, "print('ready', flush=True)", "input()", "put(7)", _END, _KILLED)
    with machine.start(*steps) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        machine.run("put(1)", "fail('-wal')", "put(2)", _KILLED)
        with machine.start(_BEGIN, "put(3)") as newcomer:
            newcomer.communicate()
        assert newcomer.returncode != 0
        said, _ = other.communicate("go on\n")
    assert json.loads(said) == [[], [7]]
    assert machine.run("put(8)", _KILLED) == ([8], [])


_ASK = """
import json, os, sys, time
from pathlib import Path
from starlette.testclient import TestClient
from margins.api import Settings, create_app
from margins.clients.token import NOTES, claims
from margins.testing.fakes import MemorySigner

signer = MemorySigner()
said = claims(
    "ada", issuer="margins", audience="notes", scope=NOTES, now=time.time(), jti="1"
)
settings = Settings(
    database="sqlite:///" + sys.argv[1], issuers={"margins": signer.jwks()}, audience="notes"
)
client = TestClient(create_app(settings), headers={"authorization": "Bearer " + signer.sign(said)})
Path(os.environ["FAILING"]).write_text("-wal")
for request in json.load(sys.stdin):
    answer = client.post("/graphql", json=request)
    print(json.dumps([answer.status_code, dict(answer.headers), answer.text]))
"""


def test_an_import_is_to_be_tried_again(machine: _Machine) -> None:
    """The mail is deferred, not failed; and until the next start nothing is read either."""
    sent = {"query": IMPORT, "variables": notebooks(highlight("The tide"))}
    with machine.start(_ASK) as process:
        said, _ = process.communicate(
            json.dumps([sent, sent, {"query": "{ tags { totalCount } }"}])
        )
    for line in said.splitlines():
        status, headers, body = json.loads(line)
        judged = judge(Response(status=status, headers=headers, body=body.encode()), now=0.0)
        assert (status, type(judged)) == (503, Unavailable)
        assert isinstance(judged, Unavailable)
        assert judged.retry_after
        assert str(machine.file) not in body
    assert len(said.splitlines()) == 3
