"""Policies, secret import addresses, the block list and unverified aliases, in the same file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from hmac import compare_digest

from margins.clients.sqlite import Database
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
from margins.senders.sqlite.account import find_account

__all__ = ["SqliteAccess"]

_PROPOSE = """
    INSERT INTO alias (address, account, code, expires, since)
    VALUES (:address, :account, :code, :now + :seconds, :now)
    ON CONFLICT (address) DO UPDATE SET
        account = :account, code = :code, tries = 0, expires = :now + :seconds,
        codes = iif(since > :now - 86400, codes + 1, 1),
        since = iif(since > :now - 86400, since, :now)
    RETURNING codes
"""
_LET_WRITE = """
    INSERT INTO address VALUES (:address, :account, :now)
    ON CONFLICT (address) DO UPDATE SET account = account WHERE account = :account
    RETURNING 1
"""


class SqliteAccess:
    """margins.senders.Access."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owner(self, secret: str) -> Owner | None:
        """The account with exactly this secret; see margins.ports.Secrets.

        Looked for by digest, so that the time it takes tells nothing about the secrets there are.
        """
        digest = secret_digest(secret)
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT id, policy, enabled, paused, secret FROM account WHERE secret = ?",
                (digest,),
            ).fetchone()
        if row is None or not compare_digest(row["secret"], digest):
            return None
        return Owner(
            account=row["id"],
            policy=Policy(row["policy"]),
            enabled=bool(row["enabled"]),
            paused=bool(row["paused"]),
        )

    def renew_secret(self, name: str, domain: str, *, now: float) -> str:
        """A new secret import address for the account; the one it had opens nothing any more.

        It is returned here and never again: only its digest is kept.

        Raises:
            InputError: there is no such account.
        """
        address = import_address(secrets.token_bytes(SECRET_BYTES), domain)
        secret = secret_of(address)
        assert secret is not None
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE account SET secret = ?, secret_made = ? WHERE id = ?",
                (secret_digest(secret), now, find_account(connection, name).id),
            )
        return address

    def forget_secret(self, name: str) -> Account:
        """Take the account's secret import address away."""
        with self._database.transaction() as connection:
            account = find_account(connection, name)
            connection.execute(
                "UPDATE account SET secret = NULL, secret_made = 0 WHERE id = ?", (account.id,)
            )
            return find_account(connection, account.id)

    def set_policy(self, name: str, policy: Policy) -> Account:
        """What the account asks of a mail from now on.

        Raises:
            InputError: there is no such account, or the policy needs a secret and there is none.
        """
        with self._database.transaction() as connection:
            account = find_account(connection, name)
            check_policy(account, policy)
            connection.execute("UPDATE account SET policy = ? WHERE id = ?", (policy, account.id))
            return find_account(connection, account.id)

    def mailbox(self, account: str) -> Address | None:
        """Where its owner reads mail; see margins.ports.Secrets."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT address FROM address WHERE account = ? ORDER BY created, address LIMIT 1",
                (account,),
            ).fetchone()
        return parse_addr_spec(row["address"]) if row else None

    def blocks(self, author: Address, account: str) -> bool:
        """Whether mail from the author is unwanted; see margins.ports.Secrets."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT 1 FROM blocked WHERE account IN ('', ?) AND pattern IN (?, ?) LIMIT 1",
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
                "INSERT INTO blocked VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (who, pattern, now)
            )

    def unblock(self, pattern: str, *, account: str = "") -> bool:
        """Take it off the block list; False when it was not on it."""
        with self._database.transaction() as connection:
            who = find_account(connection, account).id if account else ""
            gone = connection.execute(
                "DELETE FROM blocked WHERE account = ? AND pattern = ? RETURNING 1", (who, pattern)
            ).fetchall()
        return bool(gone)

    def blocked(self) -> Sequence[tuple[str, str]]:
        """The block list: name of the account, or empty for all, and the pattern."""
        with self._database.reading() as connection:
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
            connection.execute("DELETE FROM alias WHERE expires < ?", (now - CODE_SECONDS,))
            values["account"] = find_account(connection, name).id
            if connection.execute(_PROPOSE, values).fetchone()["codes"] > CODES_A_DAY:
                raise too_many_codes(address)
        return code

    def confirm(self, address: Address, code: str, *, now: float) -> str | None:
        """Let the address write if this is its code; see margins.ports.Aliases."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "UPDATE alias SET tries = tries + 1 WHERE address = ? AND tries < ?"
                " AND expires > ? RETURNING account, code",
                (str(address), CODE_TRIES, now),
            ).fetchone()
            if row is None or not compare_digest(row["code"], code_digest(code)):
                return None
            connection.execute("DELETE FROM alias WHERE address = ?", (str(address),))
            values = {"address": str(address), "account": row["account"], "now": now}
            added = connection.execute(_LET_WRITE, values).fetchone()
        return str(row["account"]) if added else None

    def asked(self, *, now: float) -> Sequence[tuple[str, Address]]:
        """Addresses whose code may still come back; see margins.senders.registry.Access."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT account, address FROM alias WHERE expires > ? AND tries < ?"
                " ORDER BY address",
                (now, CODE_TRIES),
            ).fetchall()
        parsed = ((row["account"], parse_addr_spec(row["address"])) for row in rows)
        return [(account, address) for account, address in parsed if address is not None]
