"""Accounts, and the addresses that may write to them."""

from __future__ import annotations

from collections.abc import Sequence

from margins.clients.postgres import Database
from margins.errors import InputError
from margins.gate import Policy, Sender
from margins.mail.address import Address
from margins.senders import Account, known_already, new_account, taken
from margins.senders.postgres.access import PostgresAccess
from margins.senders.postgres.account import (
    ACCOUNTS,
    MIGRATIONS,
    find_account,
    hold_account,
    to_account,
)

__all__ = ["PostgresSenders"]


class PostgresSenders:
    """margins.senders.registry.Registry. Threads may share it.

    Accounts are named by name or id. Every method raises Unavailable when the database is silent.

    Attributes:
        access: policies, secret import addresses, the block list and aliases, beside it.

    Raises:
        ConfigError: the URL is none, or the tables were made by a newer Margins.
        Unavailable: the database does not answer.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, component="senders", migrations=MIGRATIONS)
        self.access = PostgresAccess(self._database)

    def find(self, address: Address) -> Sender | None:
        """Who may write from exactly this address; see margins.ports.Senders."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT account.id, enabled, paused, policy FROM address"
                " JOIN account ON account.id = address.account WHERE address.address = %s",
                (str(address),),
            ).fetchone()
        if row is None:
            return None
        return Sender(
            account=row["id"],
            address=address,
            enabled=row["enabled"],
            paused=row["paused"],
            policy=Policy(row["policy"]),
        )

    def accounts(self) -> Sequence[Account]:
        """Every account, in the order they were made."""
        with self._database.statement() as connection:
            rows = connection.execute(f"{ACCOUNTS} ORDER BY created, name")
            return [to_account(row) for row in rows]

    def account(self, name: str) -> Account:
        """The account of this name or id.

        Raises:
            InputError: there is none.
        """
        with self._database.statement() as connection:
            return find_account(connection, name)

    def create(self, name: str, *, now: float, id_: str = "") -> Account:
        """A new account; see margins.senders.registry.Registry."""
        account = new_account(name, id_, now=now)
        with self._database.transaction() as connection:
            made = connection.execute(
                "INSERT INTO account (id, name, created) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING RETURNING id",
                (account.id, account.name, now),
            ).fetchone()
            if made is None:
                raise known_already(account)
        return account

    def enable(self, name: str, enabled: bool) -> Account:
        """Open or close the account; see margins.senders.registry.Registry."""
        return self._set(name, "enabled", enabled)

    def pause(self, name: str, paused: bool) -> Account:
        """Have its mail held, or taken again; see margins.senders.registry.Registry."""
        return self._set(name, "paused", paused)

    def _set(self, name: str, column: str, value: bool) -> Account:
        with self._database.transaction() as connection:
            account = hold_account(connection, name)
            connection.execute(
                f"UPDATE account SET {column} = %s WHERE id = %s",  # noqa: S608  two constants
                (value, account.id),
            )
            return find_account(connection, account.id)

    def add(self, name: str, address: Address, *, now: float) -> Account:
        """Let an address write to the account; adding it again does nothing.

        Raises:
            InputError: there is no such account, or the address writes to another one.
        """
        with self._database.transaction() as connection:
            account = hold_account(connection, name)
            connection.execute(
                "INSERT INTO address VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (str(address), account.id, now),
            )
            row = connection.execute(
                "SELECT account FROM address WHERE address = %s", (str(address),)
            ).fetchone()
            if row is not None and row["account"] != account.id:
                raise taken(address, find_account(connection, row["account"]).name)
            return find_account(connection, account.id)

    def remove(self, address: Address) -> Account:
        """Stop an address from writing; the account it wrote to, without it.

        Raises:
            InputError: nobody registered it.
        """
        with self._database.transaction() as connection:
            removed = connection.execute(
                "DELETE FROM address WHERE address = %s RETURNING account", (str(address),)
            ).fetchone()
            if removed is None:
                raise InputError(
                    f"{address} is not registered.", remedy="List the accounts to see what is."
                )
            return find_account(connection, removed["account"])

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
