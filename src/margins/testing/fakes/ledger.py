"""The state of every mail, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from threading import RLock

from margins.ledger import DUE, REPLAYABLE, Ulids, check_end, check_entry
from margins.ports import Acceptance, Counts, Entry, Letter, Outgoing, Status
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemoryLedger", "MemoryOutbox"]

_MOST_PER_HOUR = 30

_ENDED = {Status.DELIVERED, Status.FAILED, Status.REJECTED}


class MemoryOutbox:
    """margins.ports.Outbox.

    Attributes:
        closed: the reason each letter was closed with, by mail.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[float, Outgoing]] = {}
        self._written: dict[str, list[float]] = {}
        self.closed: dict[str, str] = {}

    def put(self, name: str, letter: Letter, *, now: float) -> bool:
        """See margins.ports.Outbox; settling a mail does the same, under its id."""
        if name in self._waiting or name in self.closed or not self._share(letter.to, now):
            return False
        queued = Outgoing(mail=name, letter=letter, queued_at=now, attempts=0)
        self._waiting[name] = now, queued
        return True

    def _share(self, to: str, now: float) -> bool:
        """Count one letter to the address, unless it has had its share of the hour."""
        lately = [at for at in self._written.get(to, []) if at > now - 3600]
        self._written[to] = lately
        if len(lately) >= _MOST_PER_HOUR:
            return False
        lately.append(now)
        return True

    def take(self, *, now: float, seconds: float) -> Outgoing | None:
        """See margins.ports.Outbox."""
        due = [(at, mail) for mail, (at, _) in self._waiting.items() if at <= now]
        if not due:
            return None
        mail = min(due)[1]
        known = self._waiting[mail][1]
        taken = replace(known, attempts=known.attempts + 1)
        self._waiting[mail] = now + seconds, taken
        return taken

    def postpone(self, outgoing: Outgoing, *, until: float, reason: str) -> None:  # noqa: ARG002
        """See margins.ports.Outbox."""
        self._waiting[outgoing.mail] = until, outgoing

    def close(self, outgoing: Outgoing, *, now: float, reason: str) -> None:  # noqa: ARG002
        """See margins.ports.Outbox."""
        self._waiting.pop(outgoing.mail, None)
        self.closed[outgoing.mail] = reason


class MemoryLedger(Breakable):
    """margins.ports.BatchLedger, Inbox and Upkeep. Threads may share it."""

    def __init__(self, *, rejected_kept: int = 10_000) -> None:
        super().__init__()
        self._rows: dict[str, Entry] = {}
        self._rejected_kept = rejected_kept
        self._ids = Ulids()
        self._lock = RLock()
        self.outbox = MemoryOutbox()

    def record(self, acceptance: Acceptance, *, now: float) -> tuple[Entry, bool]:
        """See margins.ports.Ledger."""
        return self.record_many([acceptance], now=now)[0]

    def record_many(
        self, acceptances: Sequence[Acceptance], *, now: float
    ) -> list[tuple[Entry, bool]]:
        """See margins.ports.BatchLedger."""
        for acceptance in acceptances:
            check_entry(acceptance.status)
        with self._lock:
            self.answer_or_fail()
            recorded = [self._record(acceptance, now) for acceptance in acceptances]
            for old in self.entries(status=Status.REJECTED, limit=-1)[self._rejected_kept :]:
                del self._rows[old.id]
        return recorded

    def _record(self, acceptance: Acceptance, now: float) -> tuple[Entry, bool]:
        if acceptance.status is not Status.REJECTED:
            for row in self._rows.values():
                same = (row.account, row.fingerprint) == (
                    acceptance.account,
                    acceptance.fingerprint,
                )
                if same and row.status is not Status.REJECTED:
                    return row, False
        entry = Entry(
            **{f.name: getattr(acceptance, f.name) for f in fields(acceptance)},
            admitted=acceptance.admitted,
            id=self._ids.next(now),
            received_at=now,
            changed_at=now,
            next_try_at=now,
            begun_at=now,
        )
        self._rows[entry.id] = entry
        return entry, True

    def decide(
        self,
        id: str,  # noqa: A002
        status: Status,
        *,
        account: str,
        now: float,
        reason: str,
    ) -> Entry | None:
        """See margins.ports.Approvals."""
        check_end(Status.HELD, status)
        with self._lock:
            self.answer_or_fail()
            held = self._rows.get(id)
            if held is None or held.status is not Status.HELD:
                return None
            if status is Status.ACCEPTED and self._has(account, held):
                return None
            self._rows[id] = replace(
                held,
                status=status,
                account=account,
                reason=reason,
                admitted=reason if status is Status.ACCEPTED else "",
                changed_at=now,
                next_try_at=now,
            )
            return self._rows[id]

    def _has(self, account: str, mail: Entry) -> bool:
        """The account has this mail under another id."""
        return any(
            (row.account, row.fingerprint) == (account, mail.fingerprint)
            and row.id != mail.id
            and row.status is not Status.REJECTED
            for row in self._rows.values()
        )

    def lease(
        self, *, now: float, seconds: float, only: str | None = None, replay: bool = True
    ) -> Entry | None:
        """See margins.ports.Ledger."""
        with self._lock:
            self.answer_or_fail()
            due = [
                row
                for row in self._rows.values()
                if row.status is Status.ACCEPTED or (row.status in DUE and row.next_try_at <= now)
            ]
            if only is not None:
                ended = {*REPLAYABLE} if replay else set()
                due = [r for r in self._rows.values() if r in due or r.status in ended]
                due = [row for row in due if row.id == only]
            due = [row for row in due if not self._busy(row, now)]
            if not due:
                return None
            row = min(due, key=lambda row: (row.next_try_at, row.id))
            again = row.status in REPLAYABLE
            taken = replace(
                row,
                status=Status.DELIVERING,
                changed_at=now,
                next_try_at=now + seconds,
                attempts=1 if again else row.attempts + 1,
                replays=row.replays + again,
                begun_at=now if again else row.begun_at,
                takeovers=row.takeovers + 1 if row.status is Status.DELIVERING else 0,
            )
            self._rows[row.id] = taken
            return taken

    def _busy(self, row: Entry, now: float) -> bool:
        """True while another mail of its account is in hand."""
        return any(
            other.account == row.account
            and other.status is Status.DELIVERING
            and other.next_try_at > now
            and other.id != row.id
            for other in self._rows.values()
        )

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
        """See margins.ports.Ledger."""
        check_end(entry.status, status)
        with self._lock:
            self.answer_or_fail()
            row = self._rows.get(entry.id, entry)
            if (row.status, row.attempts, row.replays) != (
                Status.DELIVERING,
                entry.attempts,
                entry.replays,
            ):
                raise LookupError(f"the lease on {entry.id} was lost")
            settled = replace(
                row,
                status=status,
                changed_at=now,
                reason=reason,
                next_try_at=next_try_at,
                formats=row.formats if formats is None else tuple(formats),
                counts=row.counts if counts is None else counts,
            )
            self._rows[entry.id] = settled
            if letter is not None:
                self.outbox.put(entry.id, letter, now=now)
            return settled

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """See margins.ports.Inbox."""
        self.answer_or_fail()
        found = [row for row in self._rows.values() if id and row.id.startswith(id.upper())]
        return found[0] if len(found) == 1 else None

    def entries(
        self,
        *,
        status: Status | None = None,
        format: str = "",  # noqa: A002
        before: str = "",
        limit: int = 100,
    ) -> Sequence[Entry]:
        """See margins.ports.Inbox."""
        self.answer_or_fail()
        rows = sorted(self._rows.values(), key=lambda row: row.id, reverse=True)
        chosen = [
            row
            for row in rows
            if status in {None, row.status}
            and row.id < (before or "~")
            and (not format or any(format in {f, f.partition("/")[0]} for f in row.formats))
        ]
        return chosen if limit < 0 else chosen[:limit]

    def release(self, *, ended_before: float, limit: int = 1000) -> Sequence[str]:
        """See margins.ports.Upkeep."""
        with self._lock:
            rows = [row for row in self._rows.values() if row.digest]
            needed = {
                r.digest for r in rows if r.status not in _ENDED or r.changed_at >= ended_before
            }
            released = sorted({row.digest for row in rows} - needed)[:limit]
            for row in rows:
                if row.digest in released:
                    self._rows[row.id] = replace(row, digest="")
        return released

    def unknown(self, digests: Sequence[str]) -> set[str]:
        """See margins.ports.Upkeep."""
        with self._lock:
            return set(digests) - {row.digest for row in self._rows.values()}
