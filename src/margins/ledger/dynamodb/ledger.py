"""Rows of mails in DynamoDB: in, out, and along the transition table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from random import shuffle
from typing import Any

from margins.clients.dynamodb import Cancelled, Table
from margins.errors import Unavailable
from margins.ledger import DUE, REPLAYABLE, Ulids, check_end, check_entry
from margins.ledger.dynamodb.inbox import DynamoInbox
from margins.ledger.dynamodb.outbox import DynamoOutbox
from margins.ledger.dynamodb.rows import (
    ENDED,
    UNCHANGED,
    account_key,
    due_at,
    mail_key,
    new_row,
    seen_key,
    setting,
    storable,
    to_entry,
)
from margins.ports import Acceptance, Counts, Entry, Letter, Status

__all__ = ["DynamoLedger"]

_PAGE = 25
_AT_ONCE = 50  # mails in a transaction of at most 100 items


class DynamoLedger(DynamoInbox):
    """margins.ports.BatchLedger, and all that DynamoInbox is. Threads may share it.

    More than 50 mails recorded at once are several transactions: when a later one fails the
    earlier ones stand, and recording the whole batch again returns their rows.

    Attributes:
        outbox: the replies to readers, in the same table.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._ids = Ulids()
        self.outbox = DynamoOutbox(table)

    def record(self, acceptance: Acceptance, *, now: float) -> tuple[Entry, bool]:
        """The mail's row, and True when it is new; see margins.ports.Ledger."""
        return self.record_many([acceptance], now=now)[0]

    def record_many(
        self, acceptances: Sequence[Acceptance], *, now: float
    ) -> list[tuple[Entry, bool]]:
        """Record them; see margins.ports.BatchLedger."""
        for acceptance in acceptances:
            check_entry(acceptance.status)
        recorded: list[tuple[Entry, bool]] = []
        for start in range(0, len(acceptances), _AT_ONCE):
            recorded += self._record(acceptances[start : start + _AT_ONCE], now)
        return recorded

    def _record(self, acceptances: Sequence[Acceptance], now: float) -> list[tuple[Entry, bool]]:
        """One transaction; again without those that turn out to be known."""
        known: dict[tuple[str, str], Entry] = {}
        while True:
            rows, steps, owners = self._insertions(acceptances, known, now)
            try:
                if steps:
                    self._table.write(*steps)
            except Cancelled as cancelled:
                found = dict(filter(None, (self._known(owners[n]) for n in cancelled.failed)))
                if not found.keys() - known.keys():
                    raise Unavailable("Another writer is at the same mail.") from cancelled
                known |= found
                continue
            return rows

    def _insertions(
        self, acceptances: Sequence[Acceptance], known: dict[tuple[str, str], Entry], now: float
    ) -> tuple[list[tuple[Entry, bool]], list[Any], list[Acceptance]]:
        """The answers, the steps that make them true, and whose step each is."""
        rows: list[tuple[Entry, bool]] = []
        steps: list[Any] = []
        owners: list[Acceptance] = []
        first: dict[tuple[str, str], Entry] = dict(known)
        for acceptance in acceptances:
            key = (acceptance.account, acceptance.fingerprint)
            unique = acceptance.status is not Status.REJECTED
            if unique and key in first:
                rows.append((first[key], False))
                continue
            row = new_row(acceptance, self._ids.next(now), now)
            rows.append((to_entry(row), True))
            steps.append(self._table.put(row, unless="pk"))
            if unique:
                first[key] = rows[-1][0]
                steps.append(self._table.put({**seen_key(*key), "mail": row["sk"]}, unless="pk"))
            owners += [acceptance] * (len(steps) - len(owners))
        return rows, steps, owners

    def _known(self, acceptance: Acceptance) -> tuple[tuple[str, str], Entry] | None:
        key = (acceptance.account, acceptance.fingerprint)
        seen = self._table.get(seen_key(*key))
        row = self._table.get(mail_key(seen["mail"])) if seen else None
        return (key, to_entry(row)) if row else None

    def lease(
        self, *, now: float, seconds: float, only: str | None = None, replay: bool = True
    ) -> Entry | None:
        """Take one mail that is due; see margins.ports.Ledger."""
        if only is not None:
            row = self._table.get(mail_key(only))
            return None if row is None else self._take(row, now, seconds, replay=replay)
        for ids in self._waiting(now):
            while ids:
                row = self._table.get(mail_key(ids.pop(0)))
                taken = None if row is None else self._take(row, now, seconds)
                if taken is not None:
                    return taken
                # Somebody else is at the oldest; whoever goes on in order meets them again.
                shuffle(ids)
        return None

    def _waiting(self, now: float) -> Iterator[list[str]]:
        """Ids of what is due, the oldest first; then what was accepted by a clock set back."""
        values = {"queue": "due", "limit": due_at(now, "~")}
        for condition in ("queue = :queue AND due < :limit", "queue = :queue AND due > :limit"):
            found = self._table.query(condition, values, index="due", page=_PAGE)
            while page := [key["sk"] for key in islice(found, _PAGE)]:
                yield page

    def _take(
        self, row: dict[str, Any], now: float, seconds: float, *, replay: bool = False
    ) -> Entry | None:
        """Lease this mail, unless it is not due or its account is busy."""
        status = Status(row["status"])
        again = replay and status in REPLAYABLE
        late = status is Status.ACCEPTED or (status in DUE and row["next_try_at"] <= now)
        if not (again or late):
            return None
        id_, until = row["sk"], now + seconds
        new: dict[str, Any] = {
            "status": str(Status.DELIVERING),
            "changed_at": now,
            "next_try_at": until,
            "attempts": 1 if again else row["attempts"] + 1,
            "replays": row["replays"] + again,
            "begun_at": now if again else row["begun_at"],
            "takeovers": row["takeovers"] + 1 if status is Status.DELIVERING else 0,
            "queue": "due",
            "due": due_at(until, id_),
        }
        was = {f"was_{name}": row[name] for name in ("status", "attempts", "replays")}
        lock = {**account_key(row["account"]), "mail": id_, "until": until}
        free = "attribute_not_exists(pk) OR #until <= :now OR mail = :mail"
        try:
            self._table.write(
                self._table.update(
                    mail_key(id_), setting(new) + " REMOVE kept", new | was, only_if=UNCHANGED
                ),
                self._table.put_if(lock, free, {"now": now, "mail": id_}, {"#until": "until"}),
            )
        except Cancelled:
            return None
        return to_entry(row | new)

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
        """End the lease; see margins.ports.Ledger."""
        check_end(entry.status, status)
        new: dict[str, Any] = {
            "status": str(status),
            "changed_at": now,
            "reason": storable(reason),
            "next_try_at": next_try_at,
        }
        if formats is not None:
            new["formats"] = list(formats)
        if counts is not None:
            new["counts"] = asdict(counts)
        steps = self._ending(entry, status, new)
        written = None if letter is None else self.outbox.step(entry.id, letter, now=now)
        try:
            self._settle(steps, written)
        except Cancelled:
            raise LookupError(f"the lease on {entry.id} was lost") from None
        row = self._table.get(mail_key(entry.id))
        if row is None:
            raise LookupError(f"{entry.id} is gone")
        return to_entry(row)

    def _ending(self, entry: Entry, status: Status, new: dict[str, Any]) -> list[Any]:
        """The steps that end a lease, if it is still this one, and free the account."""
        if status in ENDED:
            kept = {"kept": "kept"} if entry.digest else {}
            new, removed = new | kept, " REMOVE queue, due"
        else:
            new, removed = new | {"due": due_at(new["next_try_at"], entry.id)}, ""
        was = {"was_status": "delivering", "was_attempts": entry.attempts}
        return [
            self._table.update(
                mail_key(entry.id),
                setting(new) + removed,
                new | was | {"was_replays": entry.replays},
                only_if=UNCHANGED,
            ),
            self._table.delete(
                account_key(entry.account),
                {"mail": entry.id},
                only_if="attribute_not_exists(pk) OR mail = :mail",
            ),
        ]

    def _settle(self, steps: list[Any], letter: Any) -> None:
        try:
            self._table.write(*steps, *([] if letter is None else [letter]))
        except Cancelled as cancelled:
            if cancelled.failed != (len(steps),):
                raise
            self._table.write(*steps)  # this mail has had its letter
