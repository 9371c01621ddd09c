"""Checks of the one process on this machine."""

from __future__ import annotations

import os
import socket
import threading
from collections import namedtuple
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from margins.config import Settings
from margins.doctor import Finding, Level, machine
from margins.doctor.checklists import on_machine
from margins.errors import Unavailable
from margins.ledger.sqlite import SqliteLedger
from margins.mail.envelope import Envelope
from margins.ports import Acceptance, Status
from margins.testing.resolver import FakeResolver


def _levels(found: Iterable[Finding]) -> list[Level]:
    return [finding.level for finding in found]


def test_a_directory_of_its_own(tmp_path: Path) -> None:
    """Private and writable is well; open to others is not; absent is a fresh installation."""
    tmp_path.chmod(0o700)
    assert _levels(machine.data(tmp_path)) == [Level.OK]
    assert list(tmp_path.iterdir()) == []
    tmp_path.chmod(0o755)
    assert _levels(machine.data(tmp_path)) == [Level.WARNING]
    assert _levels(machine.data(tmp_path / "none")) == [Level.WARNING]


def test_a_directory_that_cannot_be_written_to(tmp_path: Path) -> None:
    """Then no mail can be taken."""
    if os.geteuid() == 0:
        folder = Path("/proc/self")  # not even root writes there
    else:
        folder = tmp_path
        folder.chmod(0o500)
    assert _levels(machine.data(folder)) == [Level.FAILED]


@pytest.mark.parametrize(
    ("mib", "level"), [(100, Level.FAILED), (1000, Level.WARNING), (9000, Level.OK)]
)
def test_room_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mib: int, level: Level
) -> None:
    """Asked of the nearest directory that exists."""
    asked = []
    usage = namedtuple("usage", "free")

    def disk_usage(path: Path) -> usage:
        asked.append(path)
        return usage(mib * 1024 * 1024)

    monkeypatch.setattr(machine.shutil, "disk_usage", disk_usage)
    assert _levels(machine.disk(tmp_path / "not" / "there")) == [level]
    assert asked == [tmp_path]


def _record(ledger: SqliteLedger, number: int, end: Status | None) -> None:
    """A mail that has come to this end, or waits."""
    ledger.record(
        Acceptance(
            status=Status.ACCEPTED,
            account=f"account {number}",
            digest="",
            fingerprint=str(number),
            size=1,
            envelope=Envelope(reverse_path="", forward_paths=()),
            author="reader@example.org",
            subject="",
            reason="registered",
        ),
        now=1.0,
    )
    if end is not None:
        leased = ledger.lease(now=2.0, seconds=60)
        assert leased is not None
        ledger.settle(leased, end, now=3.0, reason="so it ended")


def test_mails_that_failed(tmp_path: Path) -> None:
    """They wait for a person, who should be told."""
    ledger = SqliteLedger(tmp_path / "ledger.db")
    _record(ledger, 1, Status.DELIVERED)
    assert _levels(machine.ledger(ledger)) == [Level.OK]
    _record(ledger, 2, Status.FAILED)
    _record(ledger, 3, None)
    [finding] = machine.ledger(ledger)
    assert (finding.level, finding.what) == (Level.WARNING, "1 of the last 3 mails failed.")
    ledger.close()


def test_only_what_this_process_is_for(tmp_path: Path) -> None:
    """Its roles decide which ports are looked at, its settings which stores."""
    worker = Settings(data=tmp_path, roles=("worker",), api_url="https://notes.example/graphql")
    assert {"smtp", "console", "ledger", "store"}.isdisjoint(on_machine(worker))
    assert "notes-api" in on_machine(worker)
    assert "notes-api" not in on_machine(replace(worker, api_url=""))
    many = replace(worker, database="postgresql://db.example/margins", store="s3://mail")
    assert {"ledger", "store"} <= on_machine(many).keys()
    (tmp_path / "ledger.db").touch()
    assert "ledger" in on_machine(worker)


def test_ports() -> None:
    """The service, another program, nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]

        def greet(text: bytes) -> None:
            with listener.accept()[0] as connection:
                connection.sendall(text)

        for text, level in ((b"220 localhost", Level.OK), (b"HTTP/1.1 400", Level.FAILED)):
            thread = threading.Thread(target=greet, args=(text,))
            thread.start()
            found = machine.port("127.0.0.1", number, "smtp", greets=b"220 ")
            assert _levels(found) == [level]
            thread.join()
    [finding] = machine.port("127.0.0.1", number, "smtp", greets=b"220 ")
    assert finding.level is Level.FAILED
    assert "margins serve" in finding.remedy


def test_names() -> None:
    """Domains of the addresses, each once; a name server that is silent is an error."""
    settings = Settings(addresses=("a@notes.example", "b@notes.example", "@lost.example", "c@host"))
    resolver = FakeResolver({"notes.example": [("MX", "10 mx.example")]}, silent=["dead.example"])
    found = list(machine.dns(settings, resolver))
    assert [(f.level, f.what.split()[0]) for f in found if f.level is not Level.OK] == [
        (Level.WARNING, "lost.example")
    ]
    assert len(found) == 3
    with pytest.raises(Unavailable):
        list(machine.dns(Settings(addresses=("@dead.example",)), resolver))
    assert _levels(machine.dns(settings, None)) == [Level.FAILED]


def test_keys_nobody_else_reads(tmp_path: Path) -> None:
    """One that others may read is named, with the command that closes it."""
    assert _levels(machine.key_files(tmp_path)) == [Level.WARNING]
    for name in ("000001.pem", "000002.pem"):
        (tmp_path / name).write_text("key")
        (tmp_path / name).chmod(0o600)
    assert _levels(machine.key_files(tmp_path)) == [Level.OK]
    (tmp_path / "000001.pem").chmod(0o640)
    [finding] = machine.key_files(tmp_path)
    assert finding.level is Level.FAILED
    assert finding.remedy.endswith(f"chmod 600 {tmp_path / '000001.pem'}")


def test_the_age_of_a_backup(tmp_path: Path) -> None:
    """Two days are the limit; no folder, no backup."""
    assert _levels(machine.backup(None)) == [Level.WARNING]
    assert _levels(machine.backup(tmp_path)) == [Level.FAILED]
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(b"")
    assert _levels(machine.backup(tmp_path)) == [Level.OK]
    os.utime(ledger, (1_700_000_000, 1_700_000_000))
    assert _levels(machine.backup(tmp_path)) == [Level.WARNING]


def test_the_relay_for_receipts() -> None:
    """None is fine, since then there are no receipts; one that is away is not."""
    assert _levels(machine.relay("")) == [Level.OK]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(Unavailable, match=place):
        list(machine.relay(place))
