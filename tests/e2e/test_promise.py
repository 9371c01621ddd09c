"""A mail that got 250 is delivered once: full disks, stops, crowds, long queues."""

from __future__ import annotations

import os
import smtplib
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running import IMPORT, READER, Running, mail, notebook_html, wait_for

from margins.ledger.sqlite import SqliteLedger
from margins.mail.envelope import Envelope, fingerprint
from margins.ports import Acceptance, Status
from margins.store.fs import FileStore

pytestmark = pytest.mark.slow

COUNT = "{ annotations(first: 1) { totalCount } }"
QUEUED = 10_000


def _notes(service: Running) -> int:
    return service.graphql(COUNT)["annotations"]["totalCount"]


def _peak_mebibytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


@pytest.fixture
def small_disk(service: Running) -> Iterator[Running]:
    """The service with one mebibyte for its raw mail."""
    if os.geteuid() != 0:
        pytest.skip("not root")
    service.stop()
    raw = service.data / "mail"
    raw.mkdir(exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(raw)])
    if made.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        service.start()
        yield service
        service.stop()
    finally:
        subprocess.run(["umount", str(raw)], check=True)


def test_a_full_disk_defers_and_recovers(small_disk: Running) -> None:
    """452 while a mail does not fit, nothing partial, small ones still fit, and then it goes on."""
    large = mail(notebook_html(1)) + (b"y" * 76 + b"\r\n") * 4000
    replies = [small_disk.send(large + b"%d" % n) for n in range(6)]
    taken = [n for n, (code, _) in enumerate(replies) if code == 250]
    assert 0 < len(taken) < 6
    assert {text[:5] for code, text in replies if code != 250} == {"4.3.1"}
    assert {code for code, _ in replies} == {250, 452}
    assert small_disk.send(mail(notebook_html(2, title="Small")))[0] == 250
    assert list((small_disk.data / "mail" / "tmp").iterdir()) == []
    store = FileStore(small_disk.data / "mail")
    assert all(store.get(digest) for digest in store.digests())
    assert len(list(store.digests())) == len(taken) + 1
    raw = str(small_disk.data / "mail")
    subprocess.run(["mount", "-o", "remount,size=8m", raw], check=True)
    assert small_disk.send(large + b"again")[0] == 250
    assert len(small_disk.settled(len(taken) + 2)) == len(taken) + 2


def test_the_same_mail_a_hundred_times_at_once(service: Running) -> None:
    """A hundred connections with one message: all hear 250 and one id; one set of notes."""
    message = mail(notebook_html(20))
    together = threading.Barrier(100)

    def send(number: int) -> str:
        with smtplib.SMTP("127.0.0.1", service.smtp_port, timeout=60) as client:
            client.ehlo()
            client.mail(READER)
            client.rcpt(IMPORT)
            together.wait()
            relayed = b"Received: by relay%d; Sun, 1 Nov 2026 10:00:01 +0000\r\n" % number
            code, text = client.data(relayed + message)
            return f"{code} {text.decode()}"

    with ThreadPoolExecutor(100) as pool:
        replies = sorted(pool.map(send, range(100)))
    [(id_, state, _)] = service.settled()
    assert state == "delivered"
    assert replies[0] == f"250 2.6.0 Message accepted as {id_}"
    assert replies[1:] == [f"250 2.6.0 Message already accepted as {id_}"] * 99
    assert _notes(service) == 20


def test_a_stop_while_mail_arrives_loses_nothing(service: Running) -> None:
    """SIGTERM drains: it ends in time with status 0, and every 250 is kept and delivered later."""
    acknowledged: list[str] = []
    numbers = iter(range(100_000))

    def send() -> None:
        try:
            with smtplib.SMTP("127.0.0.1", service.smtp_port, timeout=10) as client:
                while True:
                    title = f"Book {next(numbers)}"
                    client.sendmail(READER, [IMPORT], mail(notebook_html(1, title=title)))
                    acknowledged.append(title)
        except (OSError, smtplib.SMTPException):
            return

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(acknowledged) > 20, "mails to be sent", 30)
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < 15
    for thread in threads:
        thread.join(20)
    service.start()
    rows = service.settled(len(acknowledged), seconds=60)
    assert {state for _, state, _ in rows} == {"delivered"}
    assert len(rows) == _notes(service) >= len(acknowledged)


def test_a_start_with_ten_thousand_waiting_is_immediate(service: Running) -> None:
    """It takes mail as soon as with an empty queue, delivers at once, in little memory."""
    service.stop()
    empty = _start_seconds(service)
    service.stop()
    account = service.command("accounts", "list").stdout.split()[0]
    _queue(service.data, account, QUEUED)
    full = _start_seconds(service)
    assert service.process is not None
    wait_for(lambda: _delivered(service.data) > 20, "deliveries", 60)
    peak = _peak_mebibytes(service.process.pid)
    print(f"start: {empty:.2f} s empty, {full:.2f} s with {QUEUED} waiting; peak {peak:.0f} MiB")
    assert full < empty + 3
    assert peak < 400


def _start_seconds(service: Running) -> float:
    began = time.monotonic()
    service.start()
    with smtplib.SMTP("127.0.0.1", service.smtp_port, timeout=60):
        return time.monotonic() - began


def _queue(data: Path, account: str, count: int) -> None:
    contents = [
        mail(notebook_html(1, title=f"Book {n % 50}"), subject=f"{n}") for n in range(count)
    ]
    store, ledger = FileStore(data / "mail"), SqliteLedger(data / "ledger.db")
    for start in range(0, count, 500):
        batch = contents[start : start + 500]
        acceptances = [
            Acceptance(
                status=Status.ACCEPTED,
                account=account,
                digest=digest,
                fingerprint=fingerprint(content),
                size=len(content),
                envelope=Envelope(reverse_path=READER, forward_paths=(IMPORT,)),
                author=READER,
                subject="",
                reason="",
            )
            for content, digest in zip(batch, store.put_many(batch), strict=True)
        ]
        ledger.record_many(acceptances, now=time.time())
    ledger.close()


def _delivered(data: Path) -> int:
    ledger = SqliteLedger(data / "ledger.db")
    try:
        return len(ledger.entries(status=Status.DELIVERED, limit=1000))
    finally:
        ledger.close()
