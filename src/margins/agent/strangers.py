"""Mail that waits for somebody to decide about it: how much of it, and how long.

Whoever has a domain can prove to be somebody at it, as often as he likes. What is held for him lies
on the same disk as everybody's mail, so there is an end to it.
"""

from __future__ import annotations

from typing import Protocol

from margins.agent.pages import every
from margins.gate import PAUSED
from margins.ports import Approvals, Entry, Inbox, Status

__all__ = ["HELD_DAYS", "HELD_MAILS", "HELD_MEBIBYTES", "Undecided", "expire", "has_room"]

HELD_MAILS = 1000
"""Mails beyond which no further one is held."""

HELD_MEBIBYTES = 1024
"""What they may take together before no further one is held."""

HELD_DAYS = 30
"""Days after which a mail nobody has decided about is rejected."""

_DAY = 86_400.0


class Undecided(Inbox, Approvals, Protocol):
    """A ledger in which mails wait for a decision."""


def _undecided(entry: Entry) -> bool:
    """What a pause holds is a reader's own, and waits for its end."""
    return not entry.reason.startswith(PAUSED)


def has_room(inbox: Inbox) -> bool:
    """True while another mail may be held for a decision.

    Raises:
        Unavailable
    """
    waiting = list(filter(_undecided, inbox.entries(status=Status.HELD, limit=HELD_MAILS)))
    taken = sum(entry.size for entry in waiting)
    return len(waiting) < HELD_MAILS and taken < HELD_MEBIBYTES * 1024 * 1024


def expire(ledger: Undecided, *, now: float) -> int:
    """Reject what nobody has decided about in time; how many mails. Safe to stop anywhere.

    Raises:
        Unavailable
    """
    before = now - HELD_DAYS * _DAY
    decided = [
        ledger.decide(
            entry.id,
            Status.REJECTED,
            account=entry.account,
            now=now,
            reason=f"Nobody decided about it in {HELD_DAYS} days. {entry.reason}",
        )
        for entry in every(ledger, Status.HELD)
        if entry.received_at < before and _undecided(entry)
    ]
    return sum(entry is not None for entry in decided)
