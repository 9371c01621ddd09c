"""The ledger in a PostgreSQL database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from margins.errors import Unavailable
from margins.ledger.postgres import PostgresLedger, statements
from margins.ledger.postgres import ledger as module
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Entry, Letter, Status
from margins.testing.contracts import ApprovalsContract, LedgerContract

NOW = 1_700_000_000.0


@pytest.fixture
def ledger(database: str) -> Iterator[PostgresLedger]:
    """An empty ledger."""
    made = PostgresLedger(database)
    with made._database.statement() as connection:
        connection.execute("TRUNCATE mail, turn, letter")
    yield made
    made.close()


class TestContract(LedgerContract, ApprovalsContract):
    """What every ledger promises."""

    @pytest.fixture
    def ledger(self, ledger: PostgresLedger) -> PostgresLedger:
        return ledger


def _mail(number: int, status: Status = Status.ACCEPTED, **other: str) -> Acceptance:
    known = {"account": f"account-{number}", "digest": f"{number:064x}"}
    return Acceptance(
        status=status,
        fingerprint=f"{number:064x}",
        size=1,
        envelope=Envelope(reverse_path="", forward_paths=("import@notes.example",)),
        author="ada@example.org",
        subject="",
        reason="",
        **known | other,
    )


def _delivered(ledger: PostgresLedger, entry: Entry, *, now: float = NOW) -> Entry:
    taken = ledger.lease(now=now, seconds=60, only=entry.id)
    assert taken is not None
    return ledger.settle(taken, Status.DELIVERED, now=now, reason="")


def test_only_the_newest_rejected_mails_are_kept(
    ledger: PostgresLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can send mail that is rejected; nobody can fill the disk with it."""
    monkeypatch.setattr(module, "REJECTED_KEPT", 5)
    accepted, _ = ledger.record(_mail(0), now=NOW)
    ids = [ledger.record(_mail(n, Status.REJECTED), now=NOW + n)[0].id for n in range(9)]
    assert [entry.id for entry in ledger.entries(status=Status.REJECTED)] == ids[:3:-1]
    assert ledger.get(accepted.id) == accepted


def test_one_address_gets_thirty_letters_an_hour(ledger: PostgresLedger) -> None:
    """Also when eight ask at once; the mails are settled all the same (RFC 3834 s2)."""
    letter = Letter(to="ada@example.org", content=b"Subject: done\r\n\r\n")
    with ThreadPoolExecutor(8) as pool:
        put = list(pool.map(lambda n: ledger.outbox.put(f"n{n}", letter, now=NOW), range(40)))
    assert sum(put) == 30
    assert ledger.outbox.put("later", letter, now=NOW + 3601)
    assert not ledger.outbox.put("later", letter, now=NOW + 7300)


def test_every_commit_reaches_the_disk(database: str) -> None:
    """Whatever the server's own default: a 250 is a promise. What is stronger stays so."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    for configured, used in (("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")):
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = {configured}")
        ledger = PostgresLedger(database)
        with ledger._database.statement() as connection:
            row = connection.execute("SHOW synchronous_commit").fetchone()
        ledger.close()
        assert row == {"synchronous_commit": used}
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


@pytest.mark.slow
def test_the_next_mail_is_found_by_index(ledger: PostgresLedger) -> None:
    """With ten thousand waiting, no statement of a worker walks over the table."""
    ledger.record_many([_mail(number) for number in range(10_000)], now=NOW)
    values = {"now": NOW, "seconds": 60.0, "only": "x", "replay": True}
    with ledger._database.statement() as connection:
        connection.execute("ANALYZE")
        for statement in (statements.TAKE_NEXT, statements.TAKE_ONE):
            plan = connection.execute(f"EXPLAIN {statement}", values).fetchall()
            steps = [row["QUERY PLAN"].strip() for row in plan]
            assert not [step for step in steps if "Seq Scan on mail" in step], steps
            assert not [step for step in steps if "Sort" in step], steps


def test_a_lost_connection_is_unavailable_and_then_made_anew(
    ledger: PostgresLedger, database: str
) -> None:
    """What breaks off in the middle is undone; what broke off while idle is not even noticed."""
    entry, _ = ledger.record(_mail(1), now=NOW)

    def change() -> None:
        with ledger._database.transaction() as connection:
            connection.execute("UPDATE mail SET reason = 'half'")
            _hang_up(database)
            connection.execute("UPDATE mail SET reason = 'done'")

    with pytest.raises(Unavailable):
        change()
    assert ledger.get(entry.id) == entry
    _hang_up(database)
    assert ledger.get(entry.id) == entry


def _hang_up(database: str) -> None:
    with psycopg.connect(database) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND usename = current_user"
        )


def test_nobody_there_is_unavailable(ledger: PostgresLedger) -> None:
    """Neither a server that does not listen nor a ledger that is closed loses or invents mail."""
    with pytest.raises(Unavailable, match="database"):
        PostgresLedger("postgresql://margins@127.0.0.1:9/margins")
    ledger.close()
    with pytest.raises(Unavailable):
        ledger.record(_mail(1), now=NOW)
    with pytest.raises(Unavailable):
        ledger.lease(now=NOW, seconds=60)


def test_a_password_is_not_told(ledger: PostgresLedger) -> None:
    """Errors name the server and the database alone."""
    with pytest.raises(Unavailable) as raised:
        PostgresLedger("postgresql://margins:hush@127.0.0.1:9/notes")
    assert "hush" not in str(raised.value)
    assert "127.0.0.1/notes" in str(raised.value)


def test_a_batch_that_fails_records_nothing(ledger: PostgresLedger) -> None:
    """One transaction: neither its good members nor their turns are seen."""
    with pytest.raises(psycopg.errors.NotNullViolation):
        ledger.record_many([_mail(1), replace(_mail(2), size=None)], now=NOW)  # type: ignore[arg-type]
    assert ledger.entries() == []


def test_batches_with_the_same_mails_do_not_block_one_another(ledger: PostgresLedger) -> None:
    """Two front doors get the same mails in opposite order: each mail is new to one of them."""
    mails = [_mail(number) for number in range(60)]
    with ThreadPoolExecutor(4) as pool:
        batches = [mails, mails[::-1]] * 6
        done = list(pool.map(lambda batch: ledger.record_many(batch, now=NOW), batches))
    assert sum(new for batch in done for _, new in batch) == 60


def test_a_mail_taken_for_a_replay_keeps_its_raw_message(ledger: PostgresLedger) -> None:
    """Of two mails with one raw message, one is replayed: the message stays for both."""
    shared = "d" * 64
    first, second = (
        ledger.record(_mail(1, account=name, digest=shared), now=NOW)[0] for name in ("a", "b")
    )
    for entry in (first, second):
        _delivered(ledger, entry)
    assert ledger.lease(now=NOW + 9, seconds=60, only=second.id) is not None
    assert ledger.release(ended_before=NOW + 5) == []
    assert ledger.unknown([shared]) == set()


_WORKER = """
import sys
from margins.ledger.postgres import PostgresLedger
from margins.ports import Status
ledger, now = PostgresLedger(sys.argv[1]), float(sys.argv[2])
while entry := ledger.lease(now=now, seconds=60):
    others = [e for e in ledger.entries(status=Status.DELIVERING) if e.account == entry.account]
    assert [e.id for e in others] == [entry.id], others
    ledger.settle(entry, Status.DELIVERED, now=now, reason="done")
    print(entry.id)
"""


def test_processes_share_a_database(ledger: PostgresLedger, database: str) -> None:
    """Four workers at once: each mail is delivered by one, no account ever has two in hand."""
    mails = [_mail(number, account=f"account-{number % 7}") for number in range(200)]
    ledger.record_many(mails, now=NOW)
    command = [sys.executable, "-c", _WORKER, database, str(NOW)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    ids = [line for worker in workers for line in worker.communicate(timeout=60)[0].split()]
    assert [worker.returncode for worker in workers] == [0] * 4
    # A worker may find nothing free while the others hold every account; then they do the rest.
    assert len(ids) == len(set(ids)) == 200
    assert {entry.status for entry in ledger.entries(limit=500)} == {Status.DELIVERED}
