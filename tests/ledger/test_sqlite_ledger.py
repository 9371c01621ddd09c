"""The ledger in an SQLite file."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from margins.errors import ConfigError, Unavailable
from margins.ledger.sqlite import SqliteLedger, statements
from margins.ledger.sqlite import ledger as module
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Status
from margins.testing.contracts import LedgerContract

NOW = 1_700_000_000.0


class TestContract(LedgerContract):
    """What every ledger promises."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> SqliteLedger:
        return SqliteLedger(tmp_path / "new" / "ledger.db")


def _mail(number: int, status: Status = Status.ACCEPTED) -> Acceptance:
    return Acceptance(
        status=status,
        account=f"account-{number}",
        digest=f"{number:064x}",
        fingerprint=f"{number:064x}",
        size=1,
        envelope=Envelope(reverse_path="", forward_paths=("import@notes.example",)),
        author="ada@example.org",
        subject="",
        reason="",
    )


def test_only_the_newest_rejected_mails_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can send mail that is rejected; nobody can fill the disk with it."""
    monkeypatch.setattr(module, "REJECTED_KEPT", 5)
    ledger = SqliteLedger(tmp_path / "ledger.db")
    accepted, _ = ledger.record(_mail(0), now=NOW)
    ids = [ledger.record(_mail(n, Status.REJECTED), now=NOW + n)[0].id for n in range(9)]
    assert [entry.id for entry in ledger.entries(status=Status.REJECTED)] == ids[:3:-1]
    assert ledger.get(accepted.id) == accepted


def test_a_power_cut_takes_no_more_than_a_lease(tmp_path: Path) -> None:
    """What was on the disk when the mail was acknowledged is enough to deliver it."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    accepted, _ = ledger.record(_mail(0), now=NOW)
    on_disk = {file.name: file.read_bytes() for file in tmp_path.glob("ledger.db*")}
    leased = ledger.lease(now=NOW, seconds=60)
    assert leased is not None
    ledger.settle(leased, Status.DELIVERED, now=NOW, reason="3 new")
    (tmp_path / "after").mkdir()
    for name in ("ledger.db", "ledger.db-wal"):
        (tmp_path / "after" / name).write_bytes(on_disk[name])
    again = SqliteLedger(tmp_path / "after" / "ledger.db").lease(now=NOW + 1, seconds=60)
    assert again is not None
    assert (again.id, again.replays) == (accepted.id, leased.replays)


def test_the_file_is_private(tmp_path: Path) -> None:
    """It holds subjects and addresses; so does its log."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.record(_mail(1), now=NOW)
    files = list(tmp_path.iterdir())
    assert len(files) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    """A write-ahead log with synchronous=FULL: with NORMAL a power cut takes the last commits."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    with ledger._database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


@pytest.mark.slow
def test_a_start_with_ten_thousand_waiting_is_immediate(tmp_path: Path) -> None:
    """Opening, leasing and settling do not depend on how long the queue is."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.record_many([_mail(number) for number in range(10_000)], now=NOW)
    ledger.close()
    began = time.process_time()
    ledger = SqliteLedger(tmp_path / "ledger.db")
    for _ in range(10):
        entry = ledger.lease(now=NOW, seconds=60)
        assert entry is not None
        ledger.settle(entry, Status.DELIVERED, now=NOW, reason="done")
    assert time.process_time() - began < 0.5


def test_the_next_mail_is_found_by_index(tmp_path: Path) -> None:
    """No statement of a worker walks over the table; only over the few mails in hand."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    values = {"now": 0, "seconds": 0, "only": "", "replay": True}
    with ledger._database.reading() as connection:
        for statement in (statements.TAKE_NEXT, statements.TAKE_ONE):
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            steps = [row["detail"] for row in rows if "mail_in_hand" not in row["detail"]]
            assert not [s for s in steps if s.startswith("SCAN ") or "TEMP B-TREE" in s], steps


def test_a_file_of_an_older_version_is_brought_up(tmp_path: Path) -> None:
    """Why a waiting mail was let in is its reason; of one that has moved on it is not known."""
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        for script in statements.MIGRATIONS[:2]:
            connection.executescript(script)
        connection.execute("CREATE TABLE schema_version (component TEXT PRIMARY KEY, version INT)")
        connection.execute("INSERT INTO schema_version VALUES ('ledger', 2)")
        connection.executemany(
            "INSERT INTO mail (id, status, account, digest, fingerprint, size, envelope, author,"
            " subject, reason, received_at, changed_at, next_try_at)"
            """ VALUES (?, ?, '', '', ?, 1, '{"reverse_path": "", "forward_paths": []}', '', '',"""
            " ?, 1, 1, 1)",
            [("1", "accepted", "f1", "is registered"), ("2", "delivered", "f2", "2 new")],
        )
    ledger = SqliteLedger(path)
    assert [e.admitted for e in ledger.entries()] == ["", "is registered"]


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """Going back to an older Margins is refused with a remedy, not tried."""
    SqliteLedger(tmp_path / "ledger.db").close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(ConfigError, match="newer"):
        SqliteLedger(tmp_path / "ledger.db")


def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    """Mail is deferred, never lost and never let in, while the file is not what it should be."""
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(Unavailable):
        SqliteLedger(tmp_path / "ledger.db")


def test_a_closed_ledger_is_unavailable(tmp_path: Path) -> None:
    """Every sqlite3 error comes out as Unavailable."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    ledger.close()
    with pytest.raises(Unavailable):
        ledger.record(_mail(1), now=NOW)
    with pytest.raises(Unavailable):
        ledger.lease(now=NOW, seconds=60)
    with pytest.raises(Unavailable):
        ledger.entries()


def test_a_batch_that_fails_records_nothing(tmp_path: Path) -> None:
    """One transaction: a second reader never sees half of it."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    with ledger._database.reading() as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON mail WHEN new.size = 2 "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    from dataclasses import replace

    with pytest.raises(Unavailable):
        ledger.record_many([_mail(1), replace(_mail(2), size=2)], now=NOW)
    assert SqliteLedger(tmp_path / "ledger.db").entries() == []


_WORKER = """
import sys
from pathlib import Path
from margins.ledger.sqlite import SqliteLedger
from margins.ports import Status
ledger = SqliteLedger(Path(sys.argv[1]))
while entry := ledger.lease(now=float(sys.argv[2]), seconds=60):
    ledger.settle(entry, Status.DELIVERED, now=float(sys.argv[2]), reason="done")
    print(entry.id)
"""


def test_processes_share_a_file(tmp_path: Path) -> None:
    """Four workers, started at once on one file: each mail is delivered by exactly one."""
    path = tmp_path / "ledger.db"
    ledger = SqliteLedger(path)
    ledger.record_many([_mail(number) for number in range(200)], now=NOW)
    command = [sys.executable, "-c", _WORKER, str(path), str(NOW)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    done = [line for worker in workers for line in worker.communicate()[0].split()]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(done) == len(set(done)) == 200
    assert len(ledger.entries(status=Status.DELIVERED, limit=999)) == 200


_OPENER = """
import sys
from pathlib import Path
from margins.ledger.sqlite import SqliteLedger
from margins.senders.sqlite import SqliteSenders
SqliteLedger(Path(sys.argv[1]))
SqliteSenders(Path(sys.argv[1]))
"""


def test_a_first_start_may_happen_several_times_at_once(tmp_path: Path) -> None:
    """Four processes make the same new file, and the ledger shares it with the senders."""
    command = [sys.executable, "-c", _OPENER, str(tmp_path / "margins.db")]
    starts = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    errors = [start.communicate()[1] for start in starts]
    assert errors == [""] * 4
