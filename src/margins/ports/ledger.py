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

__all__ = [
    "ALLOWED",
    "Acceptance",
    "BatchLedger",
    "Counts",
    "Entry",
    "Inbox",
    "Ledger",
    "Letter",
    "Status",
    "Upkeep",
]


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

    @property
    def admitted(self) -> str:
        """Why the mail was let in, as the row keeps it; empty unless it was."""
        return self.reason if self.status is Status.ACCEPTED else ""


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
        admitted: why it was let in, with what proved its author, or that somebody approved it;
            kept whatever becomes of it. Empty when it was not, or before this was kept.
        formats: "name/version" of each format that read an attachment.
        digest: emptied when the retention time is over and the raw message is no longer kept.
        begun_at: when it arrived or was last replayed: the time to give up counts from there.
        takeovers: how many leases in a row ran out without an outcome.
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
    begun_at: float = 0.0
    takeovers: int = 0
    admitted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A reply to the reader.

    Attributes:
        to: an address without brackets.
        content: the whole message.
    """

    to: str
    content: bytes


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

    def lease(
        self, *, now: float, seconds: float, only: str | None = None, replay: bool = True
    ) -> Entry | None:
        """Take one mail that is due (ACCEPTED, DEFERRED past its time, DELIVERING past its lease).

        It becomes DELIVERING with its lease ending at now + seconds and attempts one higher. With
        `only`, that mail alone and, unless `replay` is False, also when FAILED or DELIVERED: a
        replay, which counts in `replays` and starts `attempts` anew. Two callers never get the same
        mail within one lease, nor two mails of one account: an import reads what is stored before
        it writes, and another one in between would be written over or doubled.
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
        formats: Sequence[str] | None = None,
        counts: Counts | None = None,
        letter: Letter | None = None,
    ) -> Entry:
        """End the lease held by `entry` in DELIVERED, FAILED or DEFERRED.

        Args:
            formats: None keeps what an earlier reading of the mail said; so for counts.
            letter: put into the outbox in the same step, unless this mail has had one.

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

    def entries(
        self,
        *,
        status: Status | None = None,
        format: str = "",  # noqa: A002
        before: str = "",
        limit: int = 100,
    ) -> Sequence[Entry]:
        """The newest first.

        Args:
            status: only mails in this state.
            format: only mails read by this format: "name/version", or "name" for any version.
            before: only mails whose id sorts before this one.
        """
        ...


class Upkeep(Protocol):
    """What keeping raw messages no longer than needed asks of a ledger."""

    def release(self, *, ended_before: float, limit: int = 1000) -> Sequence[str]:
        """Give up raw messages, and return their digests; no row names them any more.

        Only those of which every mail has ended before that moment.
        """
        ...

    def unknown(self, digests: Sequence[str]) -> set[str]:
        """Those of the digests that no row names."""
        ...


class Approvals(Protocol):
    """A ledger in which somebody decides about held mails."""

    def decide(
        self,
        id: str,  # noqa: A002
        status: Status,
        *,
        account: str,
        now: float,
        reason: str,
    ) -> Entry | None:
        """Move a HELD mail to ACCEPTED, for this account, or to REJECTED.

        When accepted, the reason is also what it was admitted for.

        None when it is not held, or when the account has the same mail already.

        Raises:
            ValueError: the move is not in ALLOWED.
        """
        ...
