"""The registry in an SQLite file: accounts, and the addresses that may write to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from margins.clients.sqlite import Database
from margins.errors import InputError
from margins.gate import Sender
from margins.mail.address import Address, parse_addr_spec

__all__ = ["Account", "SqliteSenders"]

_MIGRATIONS = (
    """
    CREATE TABLE account (
        id      TEXT PRIMARY KEY,
        name    TEXT NOT NULL UNIQUE,
        enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
        created REAL NOT NULL
    ) STRICT;
    CREATE TABLE address (
        address TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        created REAL NOT NULL
    ) STRICT;
    CREATE INDEX address_by_account ON address (account)
    """,
)
_ACCOUNTS = """
    SELECT account.*, group_concat(address.address, ' ') AS addresses
    FROM account LEFT JOIN address ON address.account = account.id
    {where} GROUP BY account.id ORDER BY account.created, account.name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody whose notes are kept.

    Attributes:
        id: the `sub` of every token minted for the account; never changes.
        name: for people and commands; unique.
        created: seconds since 1970, UTC.
        addresses: that may write to it, in their normal form, sorted.
    """

    id: str
    name: str
    enabled: bool
    created: float
    addresses: tuple[Address, ...] = ()


def _account(row: sqlite3.Row) -> Account:
    parsed = (parse_addr_spec(text) for text in sorted((row["addresses"] or "").split()))
    return Account(
        id=row["id"],
        name=row["name"],
        enabled=bool(row["enabled"]),
        created=row["created"],
        addresses=tuple(address for address in parsed if address is not None),
    )


def _find(connection: sqlite3.Connection, name: str) -> Account:
    where = "WHERE account.name = :name OR account.id = :name"
    row = connection.execute(_ACCOUNTS.format(where=where), {"name": name}).fetchone()
    if row is None:
        raise InputError(
            f"There is no account {name!r}.", remedy="List the accounts to see their names."
        )
    return _account(row)


class SqliteSenders:
    """margins.ports.Senders, and the commands that keep the registry. Threads may share it.

    Accounts are named by name or id. Every method raises Unavailable when the file does not answer.

    Raises:
        ConfigError: the file was made by a newer Margins.
        Unavailable: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, component="senders", migrations=_MIGRATIONS)

    def find(self, address: Address) -> Sender | None:
        """Who may write from exactly this address; see margins.ports.Senders."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT account.id, account.enabled FROM address"
                " JOIN account ON account.id = address.account WHERE address.address = ?",
                (str(address),),
            ).fetchone()
        if row is None:
            return None
        return Sender(account=row["id"], address=address, enabled=bool(row["enabled"]))

    def accounts(self) -> Sequence[Account]:
        """Every account, in the order they were made."""
        with self._database.reading() as connection:
            return [_account(row) for row in connection.execute(_ACCOUNTS.format(where=""))]

    def account(self, name: str) -> Account:
        """The account of this name or id.

        Raises:
            InputError: there is none.
        """
        with self._database.reading() as connection:
            return _find(connection, name)

    def create(self, name: str, *, now: float) -> Account:
        """A new, enabled account without addresses.

        Raises:
            InputError: the name is empty or taken.
        """
        if not name.strip():
            raise InputError("An account needs a name.", remedy="Give it one.")
        with self._database.transaction() as connection:
            made = connection.execute(
                "INSERT INTO account VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING RETURNING id",
                (str(uuid4()), name.strip(), now),
            ).fetchall()
            if not made:
                raise InputError(
                    f"There is an account {name.strip()!r} already.",
                    remedy="Choose another name, or add the address to that account.",
                )
            return _find(connection, made[0]["id"])

    def enable(self, name: str, enabled: bool) -> Account:
        """Switch the account on or off; mail to an account that is off is refused.

        Raises:
            InputError: there is no such account.
        """
        with self._database.transaction() as connection:
            account = _find(connection, name)
            connection.execute(
                "UPDATE account SET enabled = ? WHERE id = ?", (int(enabled), account.id)
            )
            return _find(connection, account.id)

    def add(self, name: str, address: Address, *, now: float) -> Account:
        """Let an address write to the account; adding it again does nothing.

        Raises:
            InputError: there is no such account, or the address writes to another one.
        """
        with self._database.transaction() as connection:
            account = _find(connection, name)
            connection.execute(
                "INSERT INTO address VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (str(address), account.id, now),
            )
            owner = connection.execute(
                "SELECT account FROM address WHERE address = ?", (str(address),)
            ).fetchone()["account"]
            if owner != account.id:
                raise InputError(
                    f"{address} already writes to the account {_find(connection, owner).name!r}.",
                    remedy="Remove it there first: an address writes to one account.",
                )
            return _find(connection, account.id)

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
            return _find(connection, removed[0]["account"])

    def close(self) -> None:
        """Close the file."""
        self._database.close()
