"""The state of every mail, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from threading import RLock

from margins.ledger import DUE, REPLAYABLE, Ulids, check_end, check_entry
from margins.ports import Acceptance, Counts, Entry, Status
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemoryLedger"]


_NOTHING = Counts()


class MemoryLedger(Breakable):
    """margins.ports.BatchLedger and Inbox. Threads may share it."""

    def __init__(self, *, rejected_kept: int = 10_000) -> None:
        super().__init__()
        self._rows: dict[str, Entry] = {}
        self._rejected_kept = rejected_kept
        self._ids = Ulids()
        self._lock = RLock()

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
            id=self._ids.next(now),
            received_at=now,
            changed_at=now,
            next_try_at=now,
        )
        self._rows[entry.id] = entry
        return entry, True

    def lease(self, *, now: float, seconds: float, only: str | None = None) -> Entry | None:
        """See margins.ports.Ledger."""
        with self._lock:
            self.answer_or_fail()
            due = [
                row
                for row in self._rows.values()
                if row.status is Status.ACCEPTED or (row.status in DUE and row.next_try_at <= now)
            ]
            if only is not None:
                due = [r for r in self._rows.values() if r in due or r.status in REPLAYABLE]
                due = [row for row in due if row.id == only]
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
            )
            self._rows[row.id] = taken
            return taken

    def settle(
        self,
        entry: Entry,
        status: Status,
        *,
        now: float,
        reason: str,
        next_try_at: float = 0.0,
        formats: Sequence[str] = (),
        counts: Counts = _NOTHING,
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
                formats=tuple(formats),
                counts=counts,
            )
            self._rows[entry.id] = settled
            return settled

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """See margins.ports.Inbox."""
        self.answer_or_fail()
        found = [row for row in self._rows.values() if id and row.id.startswith(id.upper())]
        return found[0] if len(found) == 1 else None

    def entries(self, *, status: Status | None = None, limit: int = 100) -> Sequence[Entry]:
        """See margins.ports.Inbox."""
        self.answer_or_fail()
        rows = sorted(self._rows.values(), key=lambda row: row.id, reverse=True)
        chosen = [row for row in rows if status in {None, row.status}]
        return chosen if limit < 0 else chosen[:limit]
