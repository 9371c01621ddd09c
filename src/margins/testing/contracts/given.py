"""Mails for the ledger contracts, and a ledger to put them in."""

from __future__ import annotations

from secrets import token_hex
from typing import Any, Protocol

from margins.mail.envelope import Envelope
from margins.ports import (
    Acceptance,
    BatchLedger,
    Entry,
    Inbox,
    Outbox,
    Status,
    Upkeep,
)

__all__ = ["NOW", "AnyLedger", "leased", "mail"]

NOW = 1_700_000_000.0
_ENVELOPE = Envelope(
    reverse_path="ada@example.org",
    forward_paths=("import@notes.example", "other@notes.example"),
    peer="192.0.2.7",
    helo="mail.example.org",
    ingress="smtp",
    trusted=True,
)


class AnyLedger(BatchLedger, Inbox, Upkeep, Protocol):
    """All sides."""

    @property
    def outbox(self) -> Outbox:
        """Where letters wait."""
        ...


def mail(status: Status = Status.ACCEPTED, **other: Any) -> Acceptance:
    """A mail nobody has seen before, of an account of its own unless one is named."""
    known: dict[str, Any] = {
        "status": status,
        "account": "" if status is Status.REJECTED else f"account-{token_hex(8)}",
        "digest": token_hex(32),
        "fingerprint": token_hex(32),
        "size": 1234,
        "envelope": _ENVELOPE,
        "author": "ada@example.org",
        "subject": "Notes on \u201cDune\u201d",
        "reason": "ada@example.org is registered",
    }
    return Acceptance(**known | other)


def leased(ledger: AnyLedger, *, now: float = NOW, seconds: float = 60.0) -> Entry:
    """A new mail, taken."""
    entry, _ = ledger.record(mail(), now=now)
    taken = ledger.lease(now=now, seconds=seconds, only=entry.id)
    assert taken is not None
    return taken
