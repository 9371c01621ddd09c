"""A front door, a notes API and three workers, each a process, over PostgreSQL and S3."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from running import Running, mail, notebook_html, wait_for

pytest.importorskip("moto")

from margins.ledger.postgres import PostgresLedger
from margins.local.cloud import Cloud
from margins.mail.address import Address
from margins.ports import Status
from margins.senders.postgres import PostgresSenders

from ..api.postgresql import cluster

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ACCOUNTS, EACH, WORKERS, THREADS = 8, 25, 3, 2
COUNT = "{ annotations(first: 1) { totalCount } }"


class Site:
    """Processes that share a database, a bucket and, but for the front door, the signing keys."""

    def __init__(self, folder: Path, database: str, cloud: Cloud) -> None:
        self.folder, self.database = folder, database
        self.ledger, self.senders = PostgresLedger(database), PostgresSenders(database)
        self.common = Running(folder / "operator")
        self.common.settings = {
            **cloud.environ,
            "MARGINS_DATABASE": database,
            "MARGINS_STORE": "s3://raw-mail",
            "MARGINS_KEYS": str(folder / "keys"),
            "MARGINS_API_URL": f"http://127.0.0.1:{self.common.api_port}/graphql",
            "MARGINS_API_PRIVATE": "1",
            "MARGINS_WORKERS": str(THREADS),
            "MARGINS_LEASE_SECONDS": "6",
            "MARGINS_API_SECONDS": "4",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, role: str, **settings: str) -> None:
        """Start a process with a data directory and a log of its own."""
        environ = {**self.common.environ, "MARGINS_DATA": str(self.folder / name), **settings}
        with self.log(name).open("wb") as log:
            command = [sys.executable, "-m", "margins.cli", "serve", "--only", role]
            self.processes[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=log)

    def log(self, name: str) -> Path:
        """What the process says."""
        return self.folder / f"{name}.log"

    def delivered_by(self, name: str) -> int:
        """Mails the process says it has delivered."""
        return len(re.findall(r"mail \w+ delivered", self.log(name).read_text()))

    def number(self, status: Status) -> int:
        """Mails in this state."""
        return len(self.ledger.entries(status=status, limit=1000))

    def hang_up(self) -> None:
        """Break every connection to the database but this one."""
        with psycopg.connect(self.database) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND usename = current_user"
            )

    def close(self) -> None:
        """End every process."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(30)
        self.ledger.close()
        self.senders.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The front door and the notes API; workers are the test's to start."""
    with ExitStack() as stack:
        database = stack.enter_context(cluster()).replace("+psycopg", "")
        cloud = stack.enter_context(Cloud())
        where = {"LocationConstraint": cloud.region}
        cloud.client("s3").create_bucket(Bucket="raw-mail", CreateBucketConfiguration=where)
        site = Site(tmp_path, database, cloud)
        stack.callback(site.close)
        site.start("api", "api")
        site.start("door", "smtp", MARGINS_KEYS=str(tmp_path / "no keys here"))
        for port in (site.common.api_port, site.common.smtp_port):
            wait_for(lambda port=port: _answers(port), "the site to answer", 60)
        yield site


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _reader(number: int) -> str:
    return f"reader{number}@example.org"


def _fill(site: Site) -> None:
    """Every reader sends the same book again and again, with a note more each time."""
    for number in range(ACCOUNTS):
        account = site.senders.create(_reader(number), now=time.time())
        address = Address(f"reader{number}", "example.org")
        site.senders.add(account.id, address, now=time.time())

    def send(job: tuple[int, int]) -> int:
        reader, notes = job
        content = mail(notebook_html(notes), sender=_reader(reader))
        return site.common.send(content, sender=_reader(reader))[0]

    jobs = [(reader, notes) for notes in range(1, EACH + 1) for reader in range(ACCOUNTS)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, jobs)) == {250}


def test_workers_share_the_mail_and_one_may_be_killed(site: Site) -> None:
    """200 mails of 8 readers: each is delivered, no note is doubled, every worker did its part.

    One worker is killed while it has mails in hand, and another takes them over; then every
    connection to the database breaks.
    """
    total = ACCOUNTS * EACH
    names = [f"worker{number}" for number in range(WORKERS)]
    for name in names:
        site.start(name, "worker")
    for name in names:
        wait_for(lambda name=name: "running" in site.log(name).read_text(), f"{name} to start", 60)
        site.processes[name].send_signal(signal.SIGSTOP)
    _fill(site)
    assert site.number(Status.ACCEPTED) == total
    for name in names:
        site.processes[name].send_signal(signal.SIGCONT)
    wait_for(
        lambda: (
            site.number(Status.DELIVERED) >= total // 4
            and site.number(Status.DELIVERING) == WORKERS * THREADS
            and all(map(site.delivered_by, names))
        ),
        "every worker to be at work",
        120,
    )
    site.processes[names[0]].kill()
    assert site.processes[names[0]].wait(10) == -signal.SIGKILL
    site.hang_up()
    wait_for(lambda: site.number(Status.DELIVERED) == total, "every mail to be delivered", 120)
    entries = site.ledger.entries(limit=1000)
    assert len(entries) == total
    assert any(entry.attempts > 1 for entry in entries)
    shares = [site.delivered_by(name) for name in names]
    # Who is cut off between writing a row and saying so has not said so.
    assert total - 2 * WORKERS * THREADS <= sum(shares) <= total
    assert min(shares[1:]) > total // 10
    for number in range(ACCOUNTS):
        token = site.common.token(_reader(number))
        assert site.common.graphql(COUNT, token=token)["annotations"]["totalCount"] == EACH


def test_the_front_door_holds_no_key_and_no_mail(site: Site) -> None:
    """What the whole world can reach keeps nothing on its disk, and could not write a note."""
    _fill(site)
    assert not (site.folder / "no keys here").exists()
    assert not (site.folder / "door").exists()
    health = site.common.command("health", "--only", "smtp,api,worker")
    assert health.stdout.split() == ["smtp:", "well", "api:", "well", "worker:", "well"]
