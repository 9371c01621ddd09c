"""An agent with every port in memory, and mails to give it."""

from __future__ import annotations

from dataclasses import dataclass, field

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.receive import Receipt, receive
from margins.catalogue import BUILT_IN
from margins.formats import Format
from margins.mail import Envelope, MailObject
from margins.ports import Entry
from margins.testing.fakes import (
    ManualClock,
    MemoryLedger,
    MemorySenders,
    MemorySink,
    MemoryStore,
)

READER = "reader@example.org"


@dataclass
class Desk:
    """The agent and its ports, each of which a test may break."""

    store: MemoryStore = field(default_factory=MemoryStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    senders: MemorySenders = field(default_factory=MemorySenders)
    sink: MemorySink = field(default_factory=MemorySink)
    clock: ManualClock = field(default_factory=ManualClock)
    formats: tuple[Format, ...] = BUILT_IN

    @property
    def agent(self) -> Agent:
        """The agent over these ports."""
        return Agent(
            store=self.store,
            ledger=self.ledger,
            senders=self.senders,
            sink=self.sink,
            clock=self.clock,
            formats=lambda: self.formats,
        )

    def receive(self, content: bytes, *, trusted: bool = True) -> Receipt:
        """Hand one mail over."""
        envelope = Envelope(
            reverse_path=READER, forward_paths=("import@localhost",), trusted=trusted
        )
        return receive(self.agent, MailObject(envelope=envelope, content=content))

    def deliver(self, only: str | None = None) -> Entry | None:
        """Deliver one mail that is due."""
        entry = self.ledger.lease(now=self.clock.now(), seconds=60, only=only)
        return None if entry is None else deliver(self.agent, entry)


def export(*quotes: str, title: str = "A Book of Tides", note: str = "") -> str:
    """A Kindle notebook with these highlights; the note is on the first."""
    head = (
        '<html><body><div class="bodyContainer"><div class="notebookFor">Notebook Export</div>'
        f'<div class="bookTitle">{title}</div><div class="authors">Ines Marlow</div>'
    )
    parts = [head]
    for n, quote in enumerate(quotes):
        parts.append(
            '<div class="noteHeading">Highlight(<span class="highlight_blue">blue</span>) - '
            f'Location {100 + 50 * n}</div><div class="noteText">{quote}</div>'
        )
        if note and n == 0:
            parts.append(
                '<div class="noteHeading">Note - Location 100</div>'
                f'<div class="noteText">{note}</div>'
            )
    return "".join([*parts, "</div></body></html>"])


def mail(*attachments: str, author: str = READER, subject: str = "Notes") -> bytes:
    """A message with these HTML files attached."""
    head = (
        f"From: {author}\r\nTo: import@localhost\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSent from my phone\r\n"
    )
    parts = [
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Disposition: attachment; "
        f'filename="book{n}.html"\r\n\r\n{html}\r\n'
        for n, html in enumerate(attachments)
    ]
    return "".join([head, *parts, "--b--\r\n"]).encode()
