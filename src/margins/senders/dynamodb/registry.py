"""Accounts, and the addresses that may write to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from margins.clients.dynamodb import Cancelled, Table
from margins.errors import InputError
from margins.gate import Policy, Sender
from margins.mail.address import Address
from margins.senders import Account, known_already, new_account, taken
from margins.senders.dynamodb.access import DynamoAccess
from margins.senders.dynamodb.rows import (
    account_key,
    address_key,
    find_account,
    let_write,
    name_key,
    policy_of,
    to_accounts,
)

__all__ = ["DynamoSenders"]


class DynamoSenders:
    """margins.senders.registry.Registry. Threads may share it.

    Every method raises Unavailable when the table is silent.

    Attributes:
        access: policies, secret import addresses, the block list and aliases, in the same table.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.access = DynamoAccess(table)

    def find(self, address: Address) -> Sender | None:
        """Who may write from exactly this address; see margins.ports.Senders."""
        row = self._table.get(address_key(address))
        if row is None:
            return None
        account = self._table.get(account_key(row["owner_id"])) or {}
        return Sender(
            account=row["owner_id"],
            address=address,
            enabled=row["active"] and account.get("enabled", True),
            paused=account.get("paused", False),
            policy=policy_of(account),
        )

    def accounts(self) -> Sequence[Account]:
        """Every account, in the order they were made."""
        return to_accounts(self._table.scan())

    def account(self, name: str) -> Account:
        """The account of this name or id."""
        return find_account(self._table, name)

    def create(self, name: str, *, now: float, id_: str = "") -> Account:
        """A new account; see margins.senders.registry.Registry."""
        account = new_account(name, id_, now=now)
        row = {
            **account_key(account.id),
            "name": account.name,
            "enabled": True,
            "created": now,
            "policy": str(Policy.AUTHENTICATED),
        }
        try:
            self._table.write(
                self._table.put(row, unless="address"),
                self._table.put(
                    {**name_key(account.name), "owner_id": account.id}, unless="address"
                ),
            )
        except Cancelled:
            raise known_already(account) from None
        return account

    def enable(self, name: str, enabled: bool) -> Account:
        """Switch the account on or off; see margins.senders.registry.Registry."""
        account = find_account(self._table, name)
        change = "SET enabled = :enabled"
        self._table.write(self._table.update(account_key(account.id), change, {"enabled": enabled}))
        if enabled:
            for address in account.addresses:
                self.register(account.id, address)
        return replace(account, enabled=enabled)

    def pause(self, name: str, paused: bool) -> Account:
        """Have its mail held, or taken again; see margins.senders.registry.Registry."""
        account = find_account(self._table, name)
        change = "SET paused = :paused"
        self._table.write(self._table.update(account_key(account.id), change, {"paused": paused}))
        return replace(account, paused=paused)

    def add(self, name: str, address: Address, *, now: float) -> Account:  # noqa: ARG002
        """Let an address write to the account; see margins.senders.registry.Registry."""
        account = find_account(self._table, name)
        self.register(account.id, address)
        addresses = {*account.addresses, address}
        return replace(account, addresses=tuple(sorted(addresses, key=str)))

    def register(self, account: str, address: Address) -> None:
        """Let an address write to the account with this id, made elsewhere or here.

        Raises:
            InputError: the address writes to another account.
        """
        try:
            self._table.write(*let_write(self._table, address, account))
        except Cancelled:
            raise taken(address, self._name_of_owner(address)) from None

    def _name_of_owner(self, address: Address) -> str:
        """By keys: who only registers may not read the whole table."""
        owner = (self._table.get(address_key(address)) or {}).get("owner_id", "")
        row = self._table.get(account_key(owner)) or {}
        return str(row.get("name", owner))

    def _owner(self, address: Address) -> Account | None:
        return next((a for a in self.accounts() if address in a.addresses), None)

    def remove(self, address: Address) -> Account:
        """Stop an address from writing; see margins.senders.registry.Registry."""
        if (account := self._owner(address)) is None:
            raise InputError(
                f"{address} is not registered.", remedy="List the accounts to see what is."
            )
        left = tuple(each for each in account.addresses if each != address)
        gone = self._table.delete(address_key(address), {}, only_if="")
        self._table.write(gone, *self._moved(account, address, left))
        return replace(account, addresses=left)

    def _moved(self, account: Account, before: Address, left: Sequence[Address]) -> list[Any]:
        """The step after which the account's owner reads mail elsewhere, if one is needed."""
        row = self._table.get(account_key(account.id)) or {}
        if row.get("mailbox") != str(before):
            return []
        change = "SET mailbox = :other" if left else "REMOVE mailbox"
        values = {"other": str(left[0])} if left else {}
        return [self._table.update(account_key(account.id), change, values)]
