"""The agent: the ports it works through, as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from margins.agent.reading import Reading, read_message, read_through
from margins.formats import Format
from margins.mail import parse
from margins.ports import Aliases, BatchLedger, BatchStore, Clock, Outbox, Secrets, Senders, Sink
from margins.ports.resolver import Resolver

__all__ = ["Agent", "Reader"]


class Reader(Protocol):
    """Reads what mails say, in a process of its own perhaps."""

    def __call__(self, content: bytes) -> Reading:
        """See margins.agent.reading.read_message."""
        ...

    def examine(self, content: bytes) -> Reading:
        """See margins.agent.reading.read_through."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Everything receive, deliver and explain need of the world.

    Attributes:
        formats: gives the formats on offer; a callable, since loading them costs imports that
            accepting a mail does not need.
        resolver: for authentication of peers that are not trusted; without one nothing they send
            is ever proven.
        secrets: secret import addresses and the block list, of a registry that has them.
        aliases: addresses that wait for their code to come back, of a registry that has them.
        hold_unknown: whether one more mail of a proven author who is not registered may be held
            for somebody's decision; without it, or when it says no, the mail is rejected.
        reader: reads a message and its attachments; in this process unless given.
        sealers: domains of forwarders whose ARC seal is believed.
        writes_from: an address that takes mail here, which letters about mail to a secret address
            come from; empty sends none.
        outbox: where letters wait that answer no mail, or tell of one that has not ended.
        answers: readers get a receipt when their mail has come to its end.
        lease_seconds: how long one delivery may take before another worker takes it over.
        retry_seconds: the wait before the second try; it doubles from there.
        give_up_after: seconds after which temporary failures become a permanent one.
    """

    store: BatchStore
    ledger: BatchLedger
    senders: Senders
    sink: Sink
    clock: Clock
    formats: Callable[[], tuple[Format, ...]]
    resolver: Resolver | None = None
    secrets: Secrets | None = None
    aliases: Aliases | None = None
    hold_unknown: Callable[[], bool] | None = None
    reader: Reader | None = None
    sealers: frozenset[str] = frozenset()
    writes_from: str = ""
    outbox: Outbox | None = None
    answers: bool = False
    lease_seconds: float = 60.0
    retry_seconds: float = 2.0
    give_up_after: float = 5 * 86400.0

    def read(self, content: bytes) -> Reading:
        """What a mail says.

        Raises:
            MailError, NoNotes: see margins.agent.reading.read_message.
            Unavailable: there is no process to read it in.
        """
        if self.reader is None:
            return read_message(parse(content), self.formats())
        return self.reader(content)

    def examine(self, content: bytes) -> Reading:
        """What a mail says, for people to look at: no notes are no error.

        Raises:
            MailError: it cannot be read at all.
            Unavailable: there is no process to read it in.
        """
        if self.reader is None:
            return read_through(parse(content), self.formats())
        return self.reader.examine(content)
