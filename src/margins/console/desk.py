"""What the console works with: the parts of the service, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from margins.agent.agent import Agent
from margins.console.library import Library
from margins.errors import InputError
from margins.ports import Approvals, Inbox, Outbox
from margins.senders import Account
from margins.senders.registry import Registry

__all__ = ["Desk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the pages show and do goes through these.

    Attributes:
        outbox: None where letters cannot be sent.
        library: None where the notes do not go to a notes API of Margins.
        addresses: that take mail: `name@domain`, or `@domain`.
        smtp: host and port of the SMTP server, for the sentence that tells how to send.
    """

    agent: Agent
    inbox: Inbox
    approvals: Approvals
    registry: Registry
    outbox: Outbox | None
    library: Library | None
    addresses: tuple[str, ...]
    smtp: tuple[str, int]

    def owner(self, account: str) -> Account | None:
        """The account of this id, or None when it is not registered any more."""
        try:
            return self.registry.account(account) if account else None
        except InputError:
            return None
