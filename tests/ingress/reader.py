"""An agent with every port in memory that knows one reader, for mail that is fetched."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from domains import SILENT, zone
from signing import mail, rsa_key, sign

from margins.agent.agent import Agent
from margins.agent.receive import Receipt, receive
from margins.catalogue import BUILT_IN
from margins.gate import Sender
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
class Reader:
    """Ports, each of which a test may break.

    Attributes:
        now: of the clock that says when something is tried again.
    """

    store: MemoryStore = field(default_factory=MemoryStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: float = 1_000.0

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

    def submit(self, content: MailObject) -> Future[Receipt]:
        """What the group commit does in the service."""
        future: Future[Receipt] = Future()
        future.set_result(receive(self.agent, content))
        return future

    def rows(self) -> list[tuple[str, str]]:
        """State and author of every row, the oldest first."""
        return [(str(e.status), e.author) for e in reversed(self.ledger.entries())]
