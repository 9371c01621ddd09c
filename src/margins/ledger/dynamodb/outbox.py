"""Replies to readers that have not been sent yet, beside the rows of the mails they answer."""

from __future__ import annotations

from typing import Any

from margins.clients.dynamodb import Cancelled, Table
from margins.ledger.dynamodb.rows import due_at
from margins.ports import Letter, Outgoing

__all__ = ["DynamoOutbox"]

_MOST_PER_HOUR = 30  # to one address; what comes beyond is never written (RFC 3834 s2)


def _key(mail: str) -> dict[str, str]:
    return {"pk": "letter", "sk": mail}


class DynamoOutbox:
    """margins.ports.Outbox in the ledger's own table. Threads may share it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def step(self, mail: str, letter: Letter, *, now: float) -> dict[str, Any] | None:
        """What puts a letter in, as a step of the transaction that settles the mail.

        None when the address has had its share of the hour.
        """
        hour = {"pk": f"letters#{letter.to}", "sk": str(int(now // 3600))}
        count = self._table.update(
            hour,
            "ADD written :one SET expires = :expires",
            {"one": 1, "expires": int(now) + 7200, "most": _MOST_PER_HOUR},
            only_if="attribute_not_exists(written) OR written < :most",
        )
        try:
            self._table.write(count)
        except Cancelled:
            return None
        row = {
            **_key(mail),
            "recipient": letter.to,
            "content": letter.content,
            "queued_at": now,
            "attempts": 0,
            "queue": "letter",
            "due": due_at(now, mail),
        }
        return self._table.put(row, unless="pk")

    def put(self, name: str, letter: Letter, *, now: float) -> bool:
        """Put in a letter that answers no mail; see margins.ports.Outbox."""
        if (step := self.step(name, letter, now=now)) is None:
            return False
        try:
            self._table.write(step)
        except Cancelled:
            return False
        return True

    def take(self, *, now: float, seconds: float) -> Outgoing | None:
        """The next letter that is due; see margins.ports.Outbox."""
        condition = "queue = :queue AND due < :limit"
        values = {"queue": "letter", "limit": due_at(now, "~")}
        for key in self._table.query(condition, values, index="due", page=25):
            row = self._table.get(_key(key["sk"]))
            if row is None or row.get("due") != key["due"]:
                continue
            new = {"attempts": row["attempts"] + 1, "due": due_at(now + seconds, row["sk"])}
            if self._change(row["sk"], "SET attempts = :attempts, due = :due", new, row["due"]):
                return Outgoing(
                    mail=row["sk"],
                    letter=Letter(to=row["recipient"], content=row["content"]),
                    queued_at=row["queued_at"],
                    attempts=new["attempts"],
                )
        return None

    def _change(self, mail: str, change: str, values: dict[str, Any], was: str) -> bool:
        """Change a letter whose time is still the one that was read."""
        step = self._table.update(_key(mail), change, values | {"was": was}, only_if="due = :was")
        try:
            self._table.write(step)
        except Cancelled:
            return False
        return True

    def postpone(self, outgoing: Outgoing, *, until: float, reason: str) -> None:
        """Try it again then; see margins.ports.Outbox."""
        values = {"due": due_at(until, outgoing.mail), "reason": reason, "n": outgoing.attempts}
        self._end(outgoing, "SET due = :due, reason = :reason", values, "attempts = :n")

    def close(self, outgoing: Outgoing, *, now: float, reason: str) -> None:
        """Keep the reason, forget the content; see margins.ports.Outbox."""
        change = "SET changed_at = :now, reason = :reason REMOVE content, queue, due"
        self._end(outgoing, change, {"now": now, "reason": reason}, "attribute_exists(pk)")

    def _end(self, outgoing: Outgoing, change: str, values: dict[str, Any], only_if: str) -> None:
        try:
            self._table.write(
                self._table.update(_key(outgoing.mail), change, values, only_if=only_if)
            )
        except Cancelled:
            return  # another worker has it by now
