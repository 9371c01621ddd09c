"""An agent with every port in memory that knows one reader, and looks into a mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from threading import Event

from domains import SILENT, zone
from dovecot import PASSWORD, Mailbox
from signing import mail, rsa_key, sign

from margins.agent.agent import Agent
from margins.agent.receive import Receipt, receive
from margins.catalogue import BUILT_IN
from margins.gate import Sender
from margins.ingress.imap import Collector, Rules, Session, Tally, open_session
from margins.mail import MailObject, parse_addr_spec
from margins.testing.fakes import (
    ManualClock,
    MemoryLedger,
    MemorySenders,
    MemorySink,
    MemoryStore,
)
from margins.testing.resolver import FakeResolver

ADA = "ada@legit.example"
TO = "notes@in.example"


def signed(body: str = "My notes.\n", *, to: str = TO, extra: tuple[str, ...] = ()) -> bytes:
    """A mail of Ada's, signed by her domain; `extra` fields are not signed."""
    content = sign(mail(ADA, to=to, body=body), rsa_key("legit"), "legit.example")
    return "".join(f"{line}\r\n" for line in extra).encode() + content


@dataclass
class Counter:
    """What mail is handed over at, and its ports, each of which a test may break."""

    mailbox: Mailbox
    store: MemoryStore = field(default_factory=MemoryStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: float = 1_000.0
    collector: Collector | None = None
    stop: Event = field(default_factory=Event)

    @property
    def agent(self) -> Agent:
        """It knows Ada, and asks the name servers of the authentication tests."""
        address = parse_addr_spec(ADA)
        assert address is not None
        return Agent(
            store=self.store,
            ledger=self.ledger,
            senders=MemorySenders([Sender(account="ada", address=address)]),
            sink=MemorySink(),
            clock=ManualClock(time.time()),
            formats=lambda: BUILT_IN,
            resolver=FakeResolver(zone(), silent=SILENT),
        )

    def rules(self, **changes: object) -> Rules:
        """For this mailbox."""
        chosen = {
            "host": "127.0.0.1",
            "port": self.mailbox.port,
            "user": self.mailbox.user,
            "password": PASSWORD,
            "addresses": (TO,),
            "tls": False,
            "max_bytes": 100_000,
        }
        return Rules(**{**chosen, **changes})

    def session(self, **changes: object) -> AbstractContextManager[Session]:
        """A session with the folder open."""
        return open_session(self.rules(**changes), self.stop)

    def look(
        self, hand_over: Callable[[MailObject], Receipt] | None = None, **changes: object
    ) -> Tally:
        """Look once into the mailbox."""
        rules = self.rules(**changes)
        hand_over = hand_over or partial(receive, self.agent)
        if self.collector is None:
            self.collector = Collector(rules, hand_over, now=lambda: self.now)
        with open_session(rules, self.stop) as session:
            return self.collector.collect(session)

    def restart(self) -> None:
        """Forget what a new process does not know."""
        self.collector = None

    def submit(self, content: MailObject) -> Future[Receipt]:
        """What the group commit does in the service."""
        future: Future[Receipt] = Future()
        future.set_result(receive(self.agent, content))
        return future

    def rows(self) -> list[tuple[str, str]]:
        """State and author of every row, the oldest first."""
        return [(str(e.status), e.author) for e in reversed(self.ledger.entries())]
