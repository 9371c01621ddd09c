"""The registry in a DynamoDB table: one item per address, found with one request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from margins.clients.dynamodb import Cancelled, Table
from margins.errors import InputError
from margins.gate import Sender
from margins.mail.address import Address

__all__ = ["TABLE", "DynamoSenders"]

TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "address", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "address", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
"""The table's shape, as CreateTable takes it; the template of `deploy/aws` says the same."""


class DynamoSenders:
    """margins.ports.Senders. Threads may share it.

    An address writes to one account. Every method raises Unavailable when the table is silent.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, address: Address) -> Sender | None:
        """Who may write from exactly this address; see margins.ports.Senders."""
        row = self._table.get({"address": str(address)})
        if row is None:
            return None
        return Sender(account=row["owner_id"], address=address, enabled=row["active"])

    def add(self, account: str, address: Address, *, enabled: bool = True) -> None:
        """Let an address write to the account; adding it again sets whether it is enabled.

        Raises:
            InputError: the address writes to another account.
        """
        new = {"owner_id": account, "active": enabled}
        step = self._table.update(
            {"address": str(address)},
            "SET owner_id = :owner_id, active = :active",
            new,
            only_if="attribute_not_exists(address) OR owner_id = :owner_id",
        )
        try:
            self._table.write(step)
        except Cancelled:
            raise InputError(
                f"{address} already writes to another account.",
                remedy="Remove it there first: an address writes to one account.",
            ) from None

    def remove(self, address: Address) -> None:
        """Stop an address from writing.

        Raises:
            InputError: nobody registered it.
        """
        step = self._table.delete(
            {"address": str(address)}, {}, only_if="attribute_exists(address)"
        )
        try:
            self._table.write(step)
        except Cancelled:
            raise InputError(f"{address} is not registered.") from None
