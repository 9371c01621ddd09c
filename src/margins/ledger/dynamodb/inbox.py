"""What people and upkeep ask of the rows: finding, deciding, giving up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from margins.clients.dynamodb import Cancelled, Table
from margins.ledger import check_end
from margins.ledger.dynamodb.rows import (
    ENDED,
    due_at,
    mail_key,
    seen_key,
    setting,
    storable,
    to_entry,
)
from margins.ports import Entry, Status

__all__ = ["DynamoInbox"]


class DynamoInbox:
    """margins.ports.Inbox, Approvals and Upkeep. Threads may share it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """The one mail whose id is or begins with this; see margins.ports.Inbox."""
        if not id:
            return None
        found = self._table.query(
            "pk = :pk AND begins_with(sk, :id)", {"pk": "mail", "id": id.upper()}, page=2
        )
        rows = list(islice(found, 2))
        return to_entry(rows[0]) if len(rows) == 1 else None

    def at(self, id: str) -> Entry | None:  # noqa: A002
        """The one mail whose id this is, by its key alone: not every role may query the table."""
        row = self._table.get(mail_key(id))
        return None if row is None else to_entry(row)

    def entries(
        self,
        *,
        status: Status | None = None,
        format: str = "",  # noqa: A002
        before: str = "",
        limit: int = 100,
    ) -> Sequence[Entry]:
        """The newest first; see margins.ports.Inbox."""
        rows = self._table.query(
            "pk = :pk AND sk < :before",
            {"pk": "mail", "before": before or "~"},
            backwards=True,
        )
        chosen = (
            entry
            for entry in map(to_entry, rows)
            if status in {None, entry.status}
            and (not format or any(format in {f, f.partition("/")[0]} for f in entry.formats))
        )
        return list(islice(chosen, limit))

    def decide(
        self,
        id: str,  # noqa: A002
        status: Status,
        *,
        account: str,
        now: float,
        reason: str,
    ) -> Entry | None:
        """What the owner says about a held mail; see margins.ports.Approvals."""
        check_end(Status.HELD, status)
        row = self._table.get(mail_key(id))
        if row is None or row["status"] != Status.HELD:
            return None
        accepted, said = status is Status.ACCEPTED, storable(reason)
        new = {
            "status": str(status),
            "account": account,
            "reason": said,
            "admitted": said if accepted else "",
            "changed_at": now,
            "next_try_at": now,
            **({"queue": "due", "due": due_at(now, id)} if accepted else {"kept": "kept"}),
        }
        change = self._table.update(
            mail_key(id), setting(new), new | {"held": "held"}, only_if="#status = :held"
        )
        try:
            self._table.write(change, *self._renamed(row, account if accepted else None))
        except Cancelled:
            return None
        return to_entry(row | new)

    def _renamed(self, row: dict[str, Any], account: str | None) -> list[Any]:
        """The steps that make a mail unique in another account than before, or in none."""
        if account == row["account"]:
            return []
        id_, fingerprint = row["sk"], row["fingerprint"]
        before = seen_key(row["account"], fingerprint)
        steps: list[Any] = [self._table.delete(before, {"mail": id_}, only_if="mail = :mail")]
        if account is not None:
            after = {**seen_key(account, fingerprint), "mail": id_}
            steps.append(self._table.put(after, unless="pk"))
        return steps

    def release(self, *, ended_before: float, limit: int = 1000) -> Sequence[str]:
        """Give up raw messages that ended long ago; see margins.ports.Upkeep."""
        released: list[str] = []
        condition = "kept = :kept AND changed_at < :before"
        values = {"kept": "kept", "before": ended_before}
        for key in self._table.query(condition, values, index="ended"):
            row = self._table.get(mail_key(key["sk"]))
            digest = (row or {}).get("digest", "")
            if not digest or digest in released:
                continue
            rows = self._having(digest)
            ended = all(r.status in ENDED and r.changed_at < ended_before for r in rows)
            if rows and ended and self._give_up(rows):
                released.append(digest)
            if len(released) == limit:
                break
        return released

    def _give_up(self, rows: Sequence[Entry]) -> bool:
        """Take the digest out of all these rows, unless one has changed since it was read."""
        change, unchanged = "REMOVE kept, digest", "changed_at = :was"
        steps = (
            self._table.update(mail_key(row.id), change, {"was": row.changed_at}, only_if=unchanged)
            for row in rows
        )
        try:
            self._table.write(*steps)
        except Cancelled:
            return False
        return True

    def _having(self, digest: str) -> list[Entry]:
        keys = self._table.query("digest = :digest", {"digest": digest}, index="digest")
        rows = (self._table.get(mail_key(key["sk"])) for key in keys)
        return [to_entry(row) for row in rows if row]

    def unknown(self, digests: Sequence[str]) -> set[str]:
        """Those that no row names; see margins.ports.Upkeep."""
        return {digest for digest in digests if not self._having(digest)}
