"""The crash loop: a real service, real SMTP clients, SIGKILL at random times.

Where its rows and notes are in PostgreSQL, that crashes as well, under a service that goes on.

Afterwards the inbox and the notes API are read through their front doors. A mail that got 250 and
is nowhere is lost; a note that stands twice is doubled; and what the rows of the inbox say was new
must be what the notes API holds.

    python tests/crash/loop.py --kills 200 --mails 20000 --seed 1
"""

from __future__ import annotations

import argparse
import os
import shutil
import smtplib
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

if __name__ == "__main__":
    _HERE = Path(__file__).parent
    sys.path[:0] = [str(_HERE), *(str(_HERE.parent / name) for name in ("e2e", "api"))]

import postgresql
import pytest
from exports import EDITIONS, Export
from inbox import Files, Inbox, Server
from proxy import FaultyProxy
from running import IMPORT, Running, wait_for

from margins.ports import Entry

_SETTINGS = {
    "MARGINS_LEASE_SECONDS": "4",
    "MARGINS_RETRY_SECONDS": "0.05",
    "MARGINS_API_SECONDS": "1",
}
MODES = {
    "notes API": {},
    "faulty notes API": {"faulty": True},
    "crashing PostgreSQL": {"on_server": True},
}
_NOTES = """
query Notes($after: String) {
  annotations(first: 100, after: $after) {
    nodes { quote } pageInfo { hasNextPage endCursor } totalCount } }
"""


@dataclass
class Verdict:
    """What one run of the loop came to."""

    seed: int
    kills: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    miscounted: int = 0
    resent: int = 0
    faults: int = 0
    taken_over: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing doubled, nothing miscounted."""
        return not (self.lost or self.doubled or self.miscounted)

    def row(self, name: str) -> str:
        """A line of the table."""
        return (
            f"| {name} | {self.seed} | {self.kills} | {self.acknowledged} | {len(self.lost)} "
            f"| {len(self.doubled)} | {self.miscounted} | {self.resent} | {self.faults} "
            f"| {self.taken_over} | {self.seconds:.0f} s |"
        )


HEAD = (
    "| mode | seed | kills | acknowledged | lost | doubled | miscounted | sent again | faults "
    "| taken over | time |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


class Reader(threading.Thread):
    """A mail program: one mail after another, each until it is acknowledged."""

    def __init__(self, port: int, numbers: count[int], readers: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[Export] = []
        self.resent = 0
        self.stopping = False
        self.pause = 0.0
        self._port = port
        self._numbers = numbers
        self._readers = readers

    def run(self) -> None:
        pending: tuple[Export, bytes] | None = None
        while not self.stopping:
            try:
                with smtplib.SMTP("127.0.0.1", self._port, timeout=5) as client:
                    while not self.stopping:
                        if pending is None:
                            export = Export(next(self._numbers), self._readers)
                            pending = export, export.content()
                        else:
                            self.resent += 1
                        client.sendmail(pending[0].reader, [IMPORT], pending[1])
                        self.acknowledged.append(pending[0])
                        pending = None
                        time.sleep(self.pause)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.02)


@dataclass
class CrashLoop:
    """One run.

    Attributes:
        kills: how often the service is killed.
        mails: go on killing until so many are acknowledged, too.
        faulty: the notes API is behind a faulty proxy.
        on_server: rows and notes are in a PostgreSQL that crashes in every other life.
        life: seconds after its start within which it is killed; some die while they start.
        workers: deliveries at a time.
        pause: seconds between two mails of a client once enough are acknowledged.
        unlucky: the notes API is mended for so many that are left, whose waits double every time.
        bug: one of planted.BUGS.
    """

    home: Path
    seed: int
    kills: int = 20
    mails: int = 0
    faulty: bool = False
    on_server: bool = False
    bug: str = ""
    life: float = 1.5
    clients: int = 4
    readers: int = 3
    workers: int = 2
    pause: float = 0.0
    unlucky: int = 3

    def run(self) -> Verdict:
        """Kill, start, kill ..., then let it finish and look."""
        if not self.on_server:
            return self._run(Files(self.home / "data"))
        with postgresql.running() as cluster:
            return self._run(Server(cluster))

    def _run(self, inbox: Inbox) -> Verdict:
        began = time.monotonic()
        settings = _SETTINGS | inbox.settings | {"MARGINS_WORKERS": str(self.workers)}
        service = Running(self.home / "data", settings=settings)
        proxy = FaultyProxy(service.api_port, Random(self.seed)) if self.faulty else None
        self._prepare(service, proxy)
        numbers = count()
        clients = [Reader(service.smtp_port, numbers, self.readers) for _ in range(self.clients)]
        for client in clients:
            client.start()
        verdict = Verdict(seed=self.seed)
        try:
            self._kill(service, inbox, clients, verdict)
            service.start()
            for client in clients:
                client.stopping = True
                client.join(10)
            verdict.resent = sum(client.resent for client in clients)
            rows = _finished(inbox, proxy, self.unlucky)
            self._judge(service, rows, [e for c in clients for e in c.acknowledged], verdict)
            verdict.faults = proxy.faults.happened.total() if proxy else inbox.crashes
        finally:
            if service.process is not None:
                service.process.kill()
                service.process.wait()
            if proxy is not None:
                proxy.shutdown()
        verdict.seconds = time.monotonic() - began
        return verdict

    @property
    def _names(self) -> list[str]:
        return [Export(EDITIONS * n, self.readers).reader for n in range(self.readers)]

    def _prepare(self, service: Running, proxy: FaultyProxy | None) -> None:
        if proxy is not None:
            service.settings["MARGINS_API_URL"] = f"http://127.0.0.1:{proxy.server_port}/graphql"
        if self.bug:
            planted = str(Path(__file__).with_name("planted.py"))
            service.wrapper = (sys.executable, planted, self.bug)
        for name in self._names:
            service.command("accounts", "add", name)

    def _kill(
        self, service: Running, inbox: Inbox, clients: list[Reader], verdict: Verdict
    ) -> None:
        chance = Random(self.seed)
        while verdict.kills < self.kills or self._sent(clients) < self.mails:
            self._live_and_die(service, chance, inbox if verdict.kills % 2 else None)
            verdict.kills += 1
            if self._sent(clients) >= self.mails:
                # Enough to deliver afterwards; what is killed from here on has work all the same.
                for client in clients:
                    client.pause = self.pause

    def _sent(self, clients: list[Reader]) -> int:
        return sum(len(client.acknowledged) for client in clients)

    def _live_and_die(self, service: Running, chance: Random, crashing: Inbox | None) -> None:
        if chance.random() < 0.15:
            service.spawn()
            time.sleep(chance.uniform(0, 1.5))
        else:
            service.start()
            wait_for(lambda: _greets(service.smtp_port), "a greeting", 60)
            life = chance.uniform(0.02, self.life)
            time.sleep(life / 2)
            if crashing is not None:
                crashing.crash()
            time.sleep(life / 2)
        assert service.process is not None
        service.process.kill()
        service.process.wait()
        service.process = None

    def _judge(
        self, service: Running, rows: list[Entry], sent: list[Export], verdict: Verdict
    ) -> None:
        verdict.acknowledged = len(sent)
        by_subject = Counter(row.subject for row in rows)
        good = {row.subject for row in rows if row.status == "delivered"}
        verdict.lost = [e.subject for e in sent if e.subject not in good]
        verdict.doubled = [subject for subject, times in by_subject.items() if times > 1]
        verdict.taken_over = sum(row.attempts > 1 for row in rows)
        found, notes = Counter[str](), 0
        for name in self._names:
            for quote in _quotes(service, name):
                found[quote.split(" ", 1)[0]] += 1
                notes += 1
        wanted = {word for export in sent for word in export.words}
        verdict.lost += sorted(wanted - found.keys())
        verdict.doubled += sorted(word for word, times in found.items() if times > 1)
        verdict.miscounted = abs(sum(row.counts.created for row in rows) - notes)


def _greets(port: int) -> bool:
    """The listening socket is there long before anybody answers at it."""
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=5).close()
    except (OSError, smtplib.SMTPException):
        return False
    return True


def _finished(inbox: Inbox, proxy: FaultyProxy | None, unlucky: int) -> list[Entry]:
    """All rows of the inbox once every mail has ended; how long that takes does not matter."""
    while waiting := inbox.waiting():
        if proxy is not None and waiting <= unlucky:
            proxy.mended = True
        wait_for(lambda before=waiting: inbox.waiting() < before, "a mail to end", 1800)
    return inbox.entries()


def _quotes(service: Running, name: str) -> list[str]:
    token, after, quotes = service.token(name), None, []
    while True:
        page = service.graphql(_NOTES, token=token, after=after)["annotations"]
        quotes += [node["quote"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(quotes) == page["totalCount"]
            return quotes
        after = page["pageInfo"]["endCursor"]


def main() -> int:
    """The long run, as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=70, help="of each mode")
    parser.add_argument("--mails", type=int, default=6_800, help="acknowledged, of each mode")
    parser.add_argument("--life", type=float, default=8.0, help="seconds between two kills at most")
    parser.add_argument("--only", choices=MODES, help="one of the modes")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    args = parser.parse_args()
    print(f"seed {args.seed}\n{HEAD}", flush=True)
    clean = True
    for name, mode in MODES.items():
        if args.only not in {None, name}:
            continue
        home = Path(tempfile.mkdtemp(prefix="margins-crash-"))
        loop = CrashLoop(
            home,
            args.seed,
            kills=args.kills,
            mails=args.mails,
            **mode,
            life=args.life,
            readers=12,  # a reader's mails go one after another, and each fault costs up to seconds
            workers=8,
            pause=0.1,
        )
        try:
            verdict = loop.run()
        except pytest.skip.Exception as missing:
            print(f"| {name} | {missing} |")
            continue
        print(verdict.row(name), flush=True)
        if verdict.clean:
            shutil.rmtree(home)
        else:
            print(f"  what it left is kept in {home}")
        for what in (*verdict.lost[:5], *verdict.doubled[:5]):
            print(f"  {what}")
        clean = clean and verdict.clean
    return not clean


if __name__ == "__main__":
    sys.exit(main())
