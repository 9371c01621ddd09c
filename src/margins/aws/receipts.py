"""What SES found out about a mail, passed from the gate to the parser through the ledger's table.

The header SES writes on top of the message says the same, but there a sender can write as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from margins.aws.events import Arrival
from margins.clients.dynamodb import Table
from margins.mail.receipt import Verdict

__all__ = ["Passed", "Receipts"]

_KEPT_SECONDS = 14 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What the gate passed on.

    Attributes:
        recipients: of the envelope, those that matched the rule.
        dmarc: None when SES gave no verdict.
    """

    reverse_path: str
    recipients: tuple[str, ...]
    dmarc: Verdict | None


def _key(id_: str) -> dict[str, str]:
    return {"pk": f"receipt#{id_}", "sk": "receipt"}


class Receipts:
    """Receipts by the id SES gave the mail. Every method raises Unavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, arrival: Arrival, *, now: float) -> None:
        """Pass it on; the table forgets it after two weeks."""
        row = {
            **_key(arrival.id),
            "reverse_path": arrival.reverse_path,
            "recipients": arrival.recipients,
            "dmarc": str(arrival.receipt.dmarc or ""),
            "expires": int(now) + _KEPT_SECONDS,
        }
        self._table.write(self._table.put(row))

    def find(self, id_: str) -> Passed | None:
        """What was passed on; None when the gate could not."""
        row = self._table.get(_key(id_))
        if row is None:
            return None
        return Passed(
            reverse_path=row["reverse_path"],
            recipients=tuple(row["recipients"]),
            dmarc=Verdict(row["dmarc"]) if row["dmarc"] else None,
        )
