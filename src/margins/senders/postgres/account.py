"""The tables of the registry, and an account out of them."""

from __future__ import annotations

from psycopg.rows import DictRow

from margins.clients.postgres import Connection
from margins.gate import Policy
from margins.mail.address import parse_addr_spec
from margins.senders import Account, no_account

__all__ = ["ACCOUNTS", "MIGRATIONS", "find_account", "hold_account", "to_account"]

# A secret and a code are kept as SHA-256; an address with a code is not verified yet.
MIGRATIONS = (
    """
    CREATE TABLE account (
        id          text PRIMARY KEY,
        name        text NOT NULL UNIQUE,
        enabled     boolean NOT NULL DEFAULT true,
        paused      boolean NOT NULL DEFAULT false,
        created     double precision NOT NULL,
        policy      text NOT NULL DEFAULT 'authenticated',
        secret      bytea UNIQUE,
        secret_made double precision NOT NULL DEFAULT 0
    );
    CREATE TABLE address (
        address text COLLATE "C" PRIMARY KEY,
        account text NOT NULL REFERENCES account ON DELETE CASCADE,
        created double precision NOT NULL
    );
    CREATE INDEX address_by_account ON address (account);
    CREATE TABLE alias (
        address text COLLATE "C" PRIMARY KEY,
        account text NOT NULL REFERENCES account ON DELETE CASCADE,
        code    bytea NOT NULL,
        tries   integer NOT NULL DEFAULT 0,
        expires double precision NOT NULL,
        codes   integer NOT NULL DEFAULT 1,
        since   double precision NOT NULL
    );
    CREATE TABLE blocked (
        account text NOT NULL,
        pattern text COLLATE "C" NOT NULL,
        created double precision NOT NULL,
        PRIMARY KEY (account, pattern)
    )
    """,
)
ACCOUNTS = """
    SELECT account.*, ARRAY(
        SELECT address FROM address WHERE address.account = account.id ORDER BY address
    ) AS addresses
    FROM account
"""
_NAMED = f"{ACCOUNTS} WHERE name = %(name)s OR id = %(name)s"


def to_account(row: DictRow) -> Account:
    """A row of ACCOUNTS."""
    parsed = map(parse_addr_spec, row["addresses"])
    return Account(
        id=row["id"],
        name=row["name"],
        enabled=row["enabled"],
        created=row["created"],
        policy=Policy(row["policy"]),
        secret_made=row["secret_made"],
        paused=row["paused"],
        addresses=tuple(address for address in parsed if address is not None),
    )


def find_account(connection: Connection, name: str, *, statement: str = _NAMED) -> Account:
    """The account of this name or id.

    Raises:
        InputError: there is none.
    """
    row = connection.execute(statement, {"name": name}).fetchone()
    if row is None:
        raise no_account(name)
    return to_account(row)


def hold_account(connection: Connection, name: str) -> Account:
    """The same, kept from being changed by anybody else until the transaction ends."""
    return find_account(connection, name, statement=f"{_NAMED} FOR UPDATE OF account")
