"""Accounts, and the addresses that may write to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from margins.clients.sqlite import Database
from margins.errors import InputError
from margins.gate import Policy, Sender
from margins.mail.address import Address
from margins.senders import Account, known_already, new_account, taken
from margins.senders.sqlite.access import SqliteAccess
from margins.senders.sqlite.account import ACCOUNTS, MIGRATIONS, find_account, to_account

__all__ = ["SqliteSenders"]


class SqliteSenders:
    """margins.senders.Registry. Threads may share it.

    Accounts are named by name or id. Every method raises Unavailable when the file does not answer.

    Attributes:
        access: policies, secret import addresses, the block list and aliases, in the same file.

    Raises:
        ConfigError: the file was made by a newer Margins.
        Unavailable: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, component="senders", migrations=MIGRATIONS)
        self.access = SqliteAccess(self._database)

    def find(self, address: Address) -> Sender | None:
        """Who may write from exactly this address; see margins.ports.Senders."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT account.id, enabled, paused, policy FROM address"
                " JOIN account ON account.id = address.account WHERE address.address = ?",
                (str(address),),
            ).fetchone()
        if row is None:
            return None
        return Sender(
            account=row["id"],
            address=address,
            enabled=bool(row["enabled"]),
            paused=bool(row["paused"]),
            policy=Policy(row["policy"]),
        )

    def accounts(self) -> Sequence[Account]:
        """Every account, in the order they were made."""
        with self._database.reading() as connection:
            return [to_account(row) for row in connection.execute(ACCOUNTS.format(where=""))]

    def account(self, name: str) -> Account:
        """The account of this name or id.

        Raises:
            InputError: there is none.
        """
        with self._database.reading() as connection:
            return find_account(connection, name)

    def create(self, name: str, *, now: float, id_: str = "") -> Account:
        """A new account; see margins.senders.registry.Registry."""
        account = new_account(name, id_, now=now)
        with self._database.transaction() as connection:
            made = connection.execute(
                "INSERT INTO account (id, name, enabled, created) VALUES (?, ?, 1, ?)"
                " ON CONFLICT DO NOTHING RETURNING id",
                (account.id, account.name, now),
            ).fetchall()
            if not made:
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
            account = find_account(connection, name)
            connection.execute(
                f"UPDATE account SET {column} = ? WHERE id = ?",  # noqa: S608  one of two constants
                (int(value), account.id),
            )
            return find_account(connection, account.id)

    def add(self, name: str, address: Address, *, now: float) -> Account:
        """Let an address write to the account; adding it again does nothing.

        Raises:
            InputError: there is no such account, or the address writes to another one.
        """
        with self._database.transaction() as connection:
            account = find_account(connection, name)
            connection.execute(
                "INSERT INTO address VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (str(address), account.id, now),
            )
            owner = connection.execute(
                "SELECT account FROM address WHERE address = ?", (str(address),)
            ).fetchone()["account"]
            if owner != account.id:
                raise taken(address, find_account(connection, owner).name)
            return find_account(connection, account.id)

    def remove(self, address: Address) -> Account:
        """Stop an address from writing; the account it wrote to, without it.

        Raises:
            InputError: nobody registered it.
        """
        with self._database.transaction() as connection:
            removed = connection.execute(
                "DELETE FROM address WHERE address = ? RETURNING account", (str(address),)
            ).fetchall()
            if not removed:
                raise InputError(
                    f"{address} is not registered.", remedy="List the accounts to see what is."
                )
            return find_account(connection, removed[0]["account"])

    def close(self) -> None:
        """Close the file."""
        self._database.close()
