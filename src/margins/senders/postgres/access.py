"""Policies, secret import addresses, the block list and unverified aliases, beside the accounts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from hmac import compare_digest

from margins.clients.postgres import Database
from margins.gate import Owner, Policy
from margins.mail.address import Address, parse_addr_spec
from margins.mail.import_address import SECRET_BYTES, import_address, secret_digest, secret_of
from margins.senders import (
    CODE_SECONDS,
    CODE_TRIES,
    CODES_A_DAY,
    Account,
    check_policy,
    code_digest,
    new_code,
    too_many_codes,
)
from margins.senders.postgres.account import find_account, hold_account

__all__ = ["PostgresAccess"]

_PROPOSE = """
    INSERT INTO alias (address, account, code, expires, since)
    VALUES (%(address)s, %(account)s, %(code)s, %(now)s::float8 + %(seconds)s, %(now)s)
    ON CONFLICT (address) DO UPDATE SET
        account = excluded.account, code = excluded.code, tries = 0, expires = excluded.expires,
        codes = CASE WHEN alias.since > %(now)s::float8 - 86400 THEN alias.codes + 1 ELSE 1 END,
        since = CASE WHEN alias.since > %(now)s::float8 - 86400 THEN alias.since
                     ELSE excluded.since END
    RETURNING codes
"""
_LET_WRITE = """
    INSERT INTO address VALUES (%(address)s, %(account)s, %(now)s)
    ON CONFLICT (address) DO UPDATE SET account = excluded.account
        WHERE address.account = excluded.account
    RETURNING 1 AS added
"""


class PostgresAccess:
    """margins.senders.registry.Access."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owner(self, secret: str) -> Owner | None:
        """The account with exactly this secret; see margins.ports.Secrets.

        Looked for by digest, so that the time it takes tells nothing about the secrets there are.
        """
        digest = secret_digest(secret)
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT id, policy, enabled, paused, secret FROM account WHERE secret = %s",
                (digest,),
            ).fetchone()
        if row is None or not compare_digest(row["secret"], digest):
            return None
        return Owner(
            account=row["id"],
            policy=Policy(row["policy"]),
            enabled=row["enabled"],
            paused=row["paused"],
        )

    def renew_secret(self, name: str, domain: str, *, now: float) -> str:
        """A new secret import address; see margins.senders.registry.Access."""
        address = import_address(secrets.token_bytes(SECRET_BYTES), domain)
        secret = secret_of(address)
        assert secret is not None
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE account SET secret = %s, secret_made = %s WHERE id = %s",
                (secret_digest(secret), now, hold_account(connection, name).id),
            )
        return address

    def forget_secret(self, name: str) -> Account:
        """Take the account's secret import address away."""
        with self._database.transaction() as connection:
            account = hold_account(connection, name)
            connection.execute(
                "UPDATE account SET secret = NULL, secret_made = 0 WHERE id = %s", (account.id,)
            )
            return find_account(connection, account.id)

    def set_policy(self, name: str, policy: Policy) -> Account:
        """What the account asks of a mail from now on; see margins.senders.registry.Access."""
        with self._database.transaction() as connection:
            account = hold_account(connection, name)
            check_policy(account, policy)
            connection.execute("UPDATE account SET policy = %s WHERE id = %s", (policy, account.id))
            return find_account(connection, account.id)

    def mailbox(self, account: str) -> Address | None:
        """Where its owner reads mail; see margins.ports.Secrets."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT address FROM address WHERE account = %s ORDER BY created, address LIMIT 1",
                (account,),
            ).fetchone()
        return parse_addr_spec(row["address"]) if row else None

    def blocks(self, author: Address, account: str) -> bool:
        """Whether mail from the author is unwanted; see margins.ports.Secrets."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT FROM blocked WHERE account IN ('', %s) AND pattern IN (%s, %s) LIMIT 1",
                (account, str(author), f"@{author.domain}"),
            ).fetchone()
        return row is not None

    def block(self, pattern: str, *, account: str = "", now: float) -> None:
        """Refuse an address, or with "@domain" everybody of a domain; for all accounts, or one.

        Args:
            pattern: an address in its normal form, or "@" and a domain.
        """
        with self._database.transaction() as connection:
            who = find_account(connection, account).id if account else ""
            connection.execute(
                "INSERT INTO blocked VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (who, pattern, now),
            )

    def unblock(self, pattern: str, *, account: str = "") -> bool:
        """Take it off the block list; False when it was not on it."""
        with self._database.transaction() as connection:
            who = find_account(connection, account).id if account else ""
            gone = connection.execute(
                "DELETE FROM blocked WHERE account = %s AND pattern = %s", (who, pattern)
            )
        return bool(gone.rowcount)

    def blocked(self) -> Sequence[tuple[str, str]]:
        """The block list: name of the account, or empty for all, and the pattern."""
        with self._database.statement() as connection:
            rows = connection.execute(
                "SELECT coalesce(account.name, '') AS name, pattern FROM blocked"
                " LEFT JOIN account ON account.id = blocked.account ORDER BY name, pattern"
            ).fetchall()
        return [(row["name"], row["pattern"]) for row in rows]

    def propose(self, name: str, address: Address, *, now: float) -> str:
        """Note an alias, and return its code; see margins.ports.Aliases."""
        code = new_code()
        values = {
            "address": str(address),
            "code": code_digest(code),
            "now": now,
            "seconds": CODE_SECONDS,
        }
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM alias WHERE expires < %s", (now - CODE_SECONDS,))
            account = find_account(connection, name).id
            made = connection.execute(_PROPOSE, values | {"account": account}).fetchone()
            if made is not None and made["codes"] > CODES_A_DAY:
                raise too_many_codes(address)
        return code

    def confirm(self, address: Address, code: str, *, now: float) -> str | None:
        """Let the address write if this is its code; see margins.ports.Aliases."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "UPDATE alias SET tries = tries + 1 WHERE address = %s AND tries < %s"
                " AND expires > %s RETURNING account, code",
                (str(address), CODE_TRIES, now),
            ).fetchone()
            if row is None or not compare_digest(row["code"], code_digest(code)):
                return None
            connection.execute("DELETE FROM alias WHERE address = %s", (str(address),))
            values = {"address": str(address), "account": row["account"], "now": now}
            added = connection.execute(_LET_WRITE, values).fetchone()
        return str(row["account"]) if added else None

    def asked(self, *, now: float) -> Sequence[tuple[str, Address]]:
        """Addresses whose code may still come back; see margins.senders.registry.Access."""
        with self._database.statement() as connection:
            rows = connection.execute(
                "SELECT account, address FROM alias WHERE expires > %s AND tries < %s"
                " ORDER BY address",
                (now, CODE_TRIES),
            ).fetchall()
        parsed = ((row["account"], parse_addr_spec(row["address"])) for row in rows)
        return [(account, address) for account, address in parsed if address is not None]
