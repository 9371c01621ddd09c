"""Mails accepted durably per second, beside Postfix and beside no fsync; and on to the notes.

    python bench/smtp.py

Postfix's own load generator (smtp-source) sends 10 KB mails to each in turn, over 1, 10 and 50
connections that are kept. Postfix accepts to its queue and discards; Margins accepts, and its
workers look at each mail meanwhile. A Margins that is not being measured is stopped. Five rounds,
the median; the ratios are what counts, and the first line says how busy the machine was besides.
"""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from postfix import greets, postfix  # noqa: E402
from running import IMPORT, READER, Running, mail, notebook_html, wait_for  # noqa: E402
from test_promise import QUEUED, _peak_mebibytes, _queue  # noqa: E402

from margins.ledger.sqlite import SqliteLedger  # noqa: E402

SIZE = 10_240
ROUNDS = 5
LOADS = {1: 300, 10: 1000, 50: 2000}
NOTES = 20


@contextmanager
def margins(home: Path, *, wrapper: tuple[str, ...] = ()) -> Iterator[Running]:
    """The service with one reader."""
    service = Running(home / f"data{len(list(home.iterdir()))}", wrapper=wrapper)
    service.command("accounts", "add", READER)
    service.start()
    wait_for(lambda: greets(service.smtp_port), "a greeting", 60)
    try:
        yield service
    finally:
        service.stop()


def accepted_per_second(port: int, connections: int) -> float:
    """Mails per second that smtp-source got 250 for."""
    count = LOADS[connections]
    began = time.perf_counter()
    subprocess.run(
        ["smtp-source", "-d", "-s", str(connections), "-m", str(count), "-l", str(SIZE),
         "-f", READER, "-t", IMPORT, f"127.0.0.1:{port}"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return count / (time.perf_counter() - began)


@contextmanager
def awake(service: Running) -> Iterator[None]:
    """Let a stopped service run meanwhile."""
    assert service.process is not None
    service.process.send_signal(signal.SIGCONT)
    yield
    service.process.send_signal(signal.SIGSTOP)


def acceptance(services: dict[str, Running], peers: dict[str, int]) -> None:
    """The table of acceptance."""
    names = [*services, *peers]
    print(f"| {SIZE // 1024} KB mails/s accepted | " + " | ".join(names) + " | of Postfix |")
    print("|---" * (len(names) + 2) + "|")
    for connections in LOADS:
        rates: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(ROUNDS):
            for name, service in services.items():
                with awake(service):
                    rates[name].append(accepted_per_second(service.smtp_port, connections))
            for name, port in peers.items():
                rates[name].append(accepted_per_second(port, connections))
        middle = {name: statistics.median(each) for name, each in rates.items()}
        cells = " | ".join(f"{rate:.0f}" for rate in middle.values())
        share = f"{middle['Margins'] / middle['Postfix']:.2f}" if peers else "-"
        print(f"| {connections} connections | {cells} | {share} |", flush=True)


def beside(services: dict[str, Running]) -> None:
    """Acceptance, beside Postfix where it is installed and may be started."""
    for service in services.values():
        assert service.process is not None
        service.process.send_signal(signal.SIGSTOP)
    try:
        if shutil.which("postfix") and os.geteuid() == 0:
            unlimited = "smtpd_client_connection_count_limit = 0"
            with postfix("discard:", unlimited) as peer:
                acceptance(services, {"Postfix": peer.port})
        else:
            acceptance(services, {})
    finally:
        for service in services.values():
            assert service.process is not None
            service.process.send_signal(signal.SIGCONT)


def _exports(count: int) -> list[bytes]:
    return [
        mail(notebook_html(NOTES, title=f"Book {n}"), sender=f"reader{n % 4}@example.org")
        for n in range(count)
    ]


def _send(service: Running, message: bytes) -> float:
    """When it was acknowledged."""
    with smtplib.SMTP("127.0.0.1", service.smtp_port, timeout=60) as client:
        client.sendmail(READER, [IMPORT], message)
        return time.time()


def to_the_notes(service: Running) -> None:
    """End to end: throughput under load, then delay at a gentle pace."""
    for n in range(4):
        service.command("accounts", "add", f"reader{n}@example.org")
    began = time.time()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda m: _send(service, m), _exports(300)))
    service.settled(300, seconds=300)
    rate = 300 / (time.time() - began)
    print(f"end to end, 10 connections, {NOTES} notes each: {rate:.1f} mails/s", flush=True)
    sent = []
    for message in _exports(400)[300:]:
        sent.append(_send(service, message))
        time.sleep(0.1)
    service.settled(400, seconds=60)
    ledger = SqliteLedger(service.data / "ledger.db")
    done = [entry.changed_at for entry in reversed(ledger.entries(limit=100))]
    ledger.close()
    waits = sorted(max(0.0, end - begin) for begin, end in zip(sent, done, strict=True))
    print(
        f"from 250 to the notes, 10 mails/s offered: p50 {waits[49] * 1000:.0f} ms, "
        f"p99 {waits[98] * 1000:.0f} ms"
    )


def memory(service: Running) -> None:
    """Peak memory of a start with a long queue."""
    service.stop()
    account = service.command("accounts", "list").stdout.split()[0]
    _queue(service.data, account, QUEUED)
    service.start()
    time.sleep(5)
    assert service.process is not None
    print(f"{QUEUED} queued: peak {_peak_mebibytes(service.process.pid):.0f} MiB")


def main() -> None:
    """All of it, in one run."""
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    nosync = (sys.executable, str(Path(__file__).parent / "servers" / "nosync.py"))
    with tempfile.TemporaryDirectory(prefix="margins-bench-") as folder:
        home = Path(folder)
        if shutil.which("smtp-source"):
            with margins(home) as ours, margins(home, wrapper=nosync) as careless:
                beside({"Margins": ours, "no fsync": careless})
        with margins(home) as service:
            to_the_notes(service)
        with margins(home) as service:
            memory(service)


if __name__ == "__main__":
    main()
