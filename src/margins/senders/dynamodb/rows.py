"""What is in the table, and under which key.

| address                   | what                                                              |
|---------------------------|-------------------------------------------------------------------|
| an address                | the account it writes to, and whether it may                      |
| `account:ID`              | an account: name, policy, state, mailbox, digest of its secret    |
| `name:NAME`               | the account that has the name                                     |
| `secret:DIGEST`           | the account whose secret import address this is                   |
| `blocked:ACCOUNT:PATTERN` | one entry of the block list; without an account it is for all     |
| `alias:ADDRESS`           | the account an address may write to once its code has come back   |

No address has a colon. A mail finds what it needs by these keys; commands read the whole table,
which is small. An address alone is enough: its account then has the defaults, and is named by its
id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from margins.clients.dynamodb import Table
from margins.gate import Policy
from margins.mail.address import Address, parse_addr_spec
from margins.senders import Account, no_account

__all__ = [
    "ALIAS",
    "BLOCKED",
    "TABLE",
    "account_key",
    "address_key",
    "alias_key",
    "blocked_key",
    "find_account",
    "let_write",
    "name_key",
    "policy_of",
    "secret_key",
    "to_accounts",
]

TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "address", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "address", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
"""The table's shape, as CreateTable takes it; the template of `deploy/aws` says the same."""

_ACCOUNT, ALIAS, BLOCKED = "account:", "alias:", "blocked:"


def address_key(address: Address) -> dict[str, str]:
    """Of an address that may write."""
    return {"address": str(address)}


def account_key(id_: str) -> dict[str, str]:
    """Of an account."""
    return {"address": _ACCOUNT + id_}


def name_key(name: str) -> dict[str, str]:
    """Of what makes a name unique."""
    return {"address": f"name:{name}"}


def secret_key(digest: str) -> dict[str, str]:
    """Of a secret import address, by its SHA-256 in hexadecimal digits."""
    return {"address": f"secret:{digest}"}


def blocked_key(account: str, pattern: str) -> dict[str, str]:
    """Of an entry of the block list."""
    return {"address": f"{BLOCKED}{account}:{pattern}"}


def alias_key(address: Address) -> dict[str, str]:
    """Of an address that is not verified yet."""
    return {"address": f"{ALIAS}{address}"}


def let_write(table: Table, address: Address, account: str) -> tuple[dict[str, Any], ...]:
    """The steps that let an address write to an account, unless it writes to another one.

    An account's first address is where its owner reads mail.
    """
    return (
        table.update(
            address_key(address),
            "SET owner_id = :owner_id, active = :active",
            {"owner_id": account, "active": True},
            only_if="attribute_not_exists(address) OR owner_id = :owner_id",
        ),
        table.update(
            account_key(account),
            "SET mailbox = if_not_exists(mailbox, :address)",
            {"address": str(address)},
        ),
    )


def policy_of(row: Mapping[str, Any] | None) -> Policy:
    """What an account asks, by its row."""
    return Policy((row or {}).get("policy", Policy.AUTHENTICATED))


def _to_account(id_: str, row: Mapping[str, Any], addresses: Mapping[Address, bool]) -> Account:
    return Account(
        id=id_,
        name=row.get("name", id_),
        enabled=row.get("enabled", True) and (not addresses or any(addresses.values())),
        created=row.get("created", 0.0),
        policy=policy_of(row),
        secret_made=row.get("secret_made", 0.0),
        paused=row.get("paused", False),
        addresses=tuple(sorted(addresses, key=str)),
    )


def to_accounts(rows: Iterable[Mapping[str, Any]]) -> list[Account]:
    """The accounts of a whole table, in the order they were made."""
    found: dict[str, Mapping[str, Any]] = {}
    addresses: dict[str, dict[Address, bool]] = {}
    for row in rows:
        key = row["address"]
        if key.startswith(_ACCOUNT):
            found[key.removeprefix(_ACCOUNT)] = row
        elif (address := parse_addr_spec(key)) is not None:
            addresses.setdefault(row["owner_id"], {})[address] = row["active"]
    accounts = (
        _to_account(id_, found.get(id_, {}), addresses.get(id_, {}))
        for id_ in {**found, **addresses}
    )
    return sorted(accounts, key=lambda account: (account.created, account.name))


def find_account(table: Table, name: str) -> Account:
    """The account of this name or id.

    Raises:
        InputError: there is none.
    """
    for account in to_accounts(table.scan()):
        if name in {account.name, account.id}:
            return account
    raise no_account(name)
