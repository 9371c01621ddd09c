"""The tables of the registry, and an account out of them."""

from __future__ import annotations

import sqlite3

from margins.gate import Policy
from margins.mail.address import parse_addr_spec
from margins.senders import Account, no_account

__all__ = ["ACCOUNTS", "MIGRATIONS", "find_account", "to_account"]

MIGRATIONS = (
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
    # A secret and a code are kept as SHA-256; an address with a code is not verified yet.
    """
    ALTER TABLE account ADD COLUMN policy TEXT NOT NULL DEFAULT 'authenticated';
    ALTER TABLE account ADD COLUMN secret BLOB;
    ALTER TABLE account ADD COLUMN secret_made REAL NOT NULL DEFAULT 0;
    CREATE UNIQUE INDEX account_by_secret ON account (secret) WHERE secret IS NOT NULL;
    CREATE TABLE alias (
        address TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        code    BLOB NOT NULL,
        tries   INTEGER NOT NULL DEFAULT 0,
        expires REAL NOT NULL
    ) STRICT;
    CREATE TABLE blocked (
        account TEXT NOT NULL,
        pattern TEXT NOT NULL,
        created REAL NOT NULL,
        PRIMARY KEY (account, pattern)
    ) STRICT
    """,
    """
    ALTER TABLE account ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE alias ADD COLUMN codes INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE alias ADD COLUMN since REAL NOT NULL DEFAULT 0
    """,
)
ACCOUNTS = """
    SELECT account.*, group_concat(address.address, ' ') AS addresses
    FROM account LEFT JOIN address ON address.account = account.id
    {where} GROUP BY account.id ORDER BY account.created, account.name
"""


def to_account(row: sqlite3.Row) -> Account:
    """A row of ACCOUNTS."""
    parsed = (parse_addr_spec(text) for text in sorted((row["addresses"] or "").split()))
    return Account(
        id=row["id"],
        name=row["name"],
        enabled=bool(row["enabled"]),
        created=row["created"],
        policy=Policy(row["policy"]),
        secret_made=row["secret_made"],
        paused=bool(row["paused"]),
        addresses=tuple(address for address in parsed if address is not None),
    )


def find_account(connection: sqlite3.Connection, name: str) -> Account:
    """The account of this name or id.

    Raises:
        InputError: there is none.
    """
    where = "WHERE account.name = :name OR account.id = :name"
    row = connection.execute(ACCOUNTS.format(where=where), {"name": name}).fetchone()
    if row is None:
        raise no_account(name)
    return to_account(row)
