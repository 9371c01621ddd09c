"""The state of every mail: one row each, moved only along the table below.

Rule 1: a row is durable before the peer hears 250. Rule 2: a row leaves DELIVERING by an outcome
or by the expiry of its lease, never by being forgotten. Rule 3: end states keep their reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from margins.mail.envelope import Envelope

__all__ = ["ALLOWED", "Acceptance", "BatchLedger", "Counts", "Entry", "Inbox", "Ledger", "Status"]


class Status(StrEnum):
    """Where a mail stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    DELIVERING = "delivering"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    FAILED = "failed"


ALLOWED: Mapping[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.ACCEPTED, Status.HELD, Status.REJECTED, Status.DEFERRED}),
    Status.HELD: frozenset({Status.ACCEPTED, Status.REJECTED}),
    Status.ACCEPTED: frozenset({Status.DELIVERING}),
    Status.DEFERRED: frozenset({Status.DELIVERING}),
    # To itself: a lease that ran out is taken over by another worker.
    Status.DELIVERING: frozenset(
        {Status.DELIVERING, Status.DELIVERED, Status.DEFERRED, Status.FAILED}
    ),
    Status.FAILED: frozenset({Status.DELIVERING}),
    Status.DELIVERED: frozenset({Status.DELIVERING}),
    Status.REJECTED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one import came to. `found` counts entries of the exports, the others annotations."""

    found: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A mail as it enters the ledger.

    Attributes:
        status: ACCEPTED, HELD or REJECTED.
        account: empty only when rejected.
        digest: name of the raw content in the store; empty when it was not kept.
        fingerprint: `margins.mail.envelope.fingerprint`; unique per account.
        size: bytes of the raw content.
        reason: why it was accepted, held or rejected, one sentence.
    """

    status: Status
    account: str
    digest: str
    fingerprint: str
    size: int
    envelope: Envelope
    author: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger. Times are seconds since 1970, UTC.

    Attributes:
        id: of the mail, for people and commands; sorts by time of arrival.
        attempts: deliveries begun since it arrived or was last replayed.
        replays: times it was taken up again after DELIVERED or FAILED. Together with the id it
            is the idempotency key of what is written.
        next_try_at: when a DEFERRED mail may be tried again, or a DELIVERING one's lease ends.
        reason: the last outcome as a sentence.
        formats: "name/version" of each format that read an attachment.
    """

    id: str
    status: Status
    account: str
    digest: str
    fingerprint: str
    size: int
    envelope: Envelope
    author: str
    subject: str
    reason: str
    received_at: float
    changed_at: float
    attempts: int = 0
    replays: int = 0
    next_try_at: float = 0.0
    formats: tuple[str, ...] = ()
    counts: Counts = Counts()


class Ledger(Protocol):
    """Writing side. Every method is durable when it returns."""

    def record(self, acceptance: Acceptance, *, now: float) -> tuple[Entry, bool]:
        """The mail's row, and True when it is new.

        The same (account, fingerprint) again returns the row it already has, and False. Rejected
        mails are never duplicates of anything.

        Raises:
            Unavailable: nothing was recorded.
        """
        ...

    def lease(self, *, now: float, seconds: float, only: str | None = None) -> Entry | None:
        """Take one mail that is due (ACCEPTED, DEFERRED past its time, DELIVERING past its lease).

        It becomes DELIVERING with its lease ending at now + seconds and attempts one higher. With
        `only`, that mail alone and also when FAILED or DELIVERED: a replay, which counts in
        `replays` and starts `attempts` anew. Two callers never get the same mail within one lease.
        """
        ...

    def settle(
        self,
        entry: Entry,
        status: Status,
        *,
        now: float,
        reason: str,
        next_try_at: float = 0.0,
        formats: Sequence[str] = (),
        counts: Counts = Counts(),
    ) -> Entry:
        """End the lease held by `entry` in DELIVERED, FAILED or DEFERRED.

        Raises:
            ValueError: the move is not in ALLOWED.
            LookupError: the lease was lost to another worker; nothing was changed.
        """
        ...


class BatchLedger(Ledger, Protocol):
    """A ledger that records many mails for little more than the price of one."""

    def record_many(
        self, acceptances: Sequence[Acceptance], *, now: float
    ) -> list[tuple[Entry, bool]]:
        """What `record` returns for each, in order; all of them or none.

        Raises:
            Unavailable: nothing was recorded.
        """
        ...


class Inbox(Protocol):
    """Reading side, for people."""

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """The mail with this id, or whose id begins with it when only one does."""
        ...

    def entries(self, *, status: Status | None = None, limit: int = 100) -> Sequence[Entry]:
        """The newest first."""
        ...
