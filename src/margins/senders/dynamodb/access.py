"""Policies, secret import addresses, the block list and unverified aliases, in the same table."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from hmac import compare_digest

from margins.clients.dynamodb import Cancelled, Table
from margins.errors import Unavailable
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
from margins.senders.dynamodb.rows import (
    ALIAS,
    BLOCKED,
    account_key,
    alias_key,
    blocked_key,
    find_account,
    let_write,
    policy_of,
    secret_key,
    to_accounts,
)

__all__ = ["DynamoAccess"]


class DynamoAccess:
    """margins.senders.registry.Access. Threads may share it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def owner(self, secret: str) -> Owner | None:
        """The account with exactly this secret; see margins.ports.Secrets.

        As many requests are made for a secret nobody has as for one somebody has.
        """
        known = self._table.get(secret_key(secret_digest(secret).hex()))
        account = known["owner_id"] if known else ""
        row = self._table.get(account_key(account)) or {}
        if not account:
            return None
        return Owner(
            account=account,
            policy=policy_of(row),
            enabled=row.get("enabled", True),
            paused=row.get("paused", False),
        )

    def renew_secret(self, name: str, domain: str, *, now: float) -> str:
        """A new secret import address; see margins.senders.registry.Access."""
        address = import_address(secrets.token_bytes(SECRET_BYTES), domain)
        secret = secret_of(address)
        assert secret is not None
        self._change_secret(find_account(self._table, name), secret_digest(secret).hex(), now)
        return address

    def forget_secret(self, name: str) -> Account:
        """Take the account's secret import address away."""
        account = find_account(self._table, name)
        self._change_secret(account, "", 0.0)
        return replace(account, secret_made=0.0)

    def _change_secret(self, account: Account, digest: str, now: float) -> None:
        """One transaction: an account has one secret at a time, and an old one opens nothing."""
        before = (self._table.get(account_key(account.id)) or {}).get("secret", "")
        steps = [
            self._table.update(
                account_key(account.id),
                "SET secret = :new, secret_made = :now",
                {"new": digest, "now": now, "was": before},
                only_if="secret = :was"
                if before
                else "attribute_not_exists(secret) OR secret = :was",
            )
        ]
        if digest:
            row = {**secret_key(digest), "owner_id": account.id}
            steps.append(self._table.put(row, unless="address"))
        if before:
            steps.append(self._table.delete(secret_key(before), {}, only_if=""))
        try:
            self._table.write(*steps)
        except Cancelled:
            raise Unavailable(
                f"Another command is changing the secret address of {account.name!r}."
            ) from None

    def set_policy(self, name: str, policy: Policy) -> Account:
        """What the account asks of a mail from now on; see margins.senders.registry.Access."""
        account = find_account(self._table, name)
        check_policy(account, policy)
        change = "SET policy = :policy"
        self._table.write(
            self._table.update(account_key(account.id), change, {"policy": str(policy)})
        )
        return replace(account, policy=policy)

    def mailbox(self, account: str) -> Address | None:
        """Where its owner reads mail; see margins.ports.Secrets."""
        row = self._table.get(account_key(account)) or {}
        return parse_addr_spec(row.get("mailbox", ""))

    def blocks(self, author: Address, account: str) -> bool:
        """Whether mail from the author is unwanted; see margins.ports.Secrets."""
        keys = (
            blocked_key(who, pattern)
            for who in {"", account}
            for pattern in (str(author), f"@{author.domain}")
        )
        return bool(self._table.get_many(tuple(keys)))

    def block(self, pattern: str, *, account: str = "", now: float) -> None:
        """Refuse an address or a domain; see margins.senders.registry.Access."""
        who = find_account(self._table, account).id if account else ""
        row = {**blocked_key(who, pattern), "owner_id": who, "pattern": pattern, "created": now}
        self._table.write(self._table.put(row))

    def unblock(self, pattern: str, *, account: str = "") -> bool:
        """Take it off the block list; False when it was not on it."""
        who = find_account(self._table, account).id if account else ""
        key = blocked_key(who, pattern)
        try:
            self._table.write(self._table.delete(key, {}, only_if="attribute_exists(address)"))
        except Cancelled:
            return False
        return True

    def blocked(self) -> Sequence[tuple[str, str]]:
        """The block list: name of the account, or empty for all, and the pattern."""
        rows = list(self._table.scan())
        names = {account.id: account.name for account in to_accounts(rows)}
        entries = (row for row in rows if row["address"].startswith(BLOCKED))
        return sorted((names.get(row["owner_id"], ""), row["pattern"]) for row in entries)

    def propose(self, name: str, address: Address, *, now: float) -> str:
        """Note an alias, and return its code; see margins.ports.Aliases."""
        account = find_account(self._table, name)
        before = self._table.get(alias_key(address)) or {}
        recent = before.get("since", 0.0) > now - CODE_SECONDS
        code, codes = new_code(), before.get("codes", 1) + 1 if recent else 1
        if codes > CODES_A_DAY:
            raise too_many_codes(address)
        row = {
            **alias_key(address),
            "owner_id": account.id,
            "code": code_digest(code),
            "tries": 0,
            "expires": now + CODE_SECONDS,
            "codes": codes,
            "since": before["since"] if recent else now,
        }
        self._table.write(self._table.put(row))
        return code

    def confirm(self, address: Address, code: str, *, now: float) -> str | None:
        """Let the address write if this is its code; see margins.ports.Aliases.

        Of two tries at a time one waits for the other: none goes uncounted.
        """
        while True:
            row = self._table.get(alias_key(address))
            if row is None or row["tries"] >= CODE_TRIES or row["expires"] <= now:
                return None
            was = {"was": row["tries"]}
            if right := compare_digest(row["code"], code_digest(code)):
                steps = [
                    self._table.delete(alias_key(address), was, only_if="tries = :was"),
                    *let_write(self._table, address, row["owner_id"]),
                ]
            else:
                new = was | {"tries": row["tries"] + 1}
                change = "SET tries = :tries"
                steps = [
                    self._table.update(alias_key(address), change, new, only_if="tries = :was")
                ]
            try:
                self._table.write(*steps)
            except Cancelled as cancelled:
                if cancelled.failed == (1,):
                    return None
                continue
            return str(row["owner_id"]) if right else None

    def waits_for(self, address: Address, *, now: float) -> bool:
        """True while a code may come back from the address."""
        row = self._table.get(alias_key(address))
        return row is not None and row["tries"] < CODE_TRIES and row["expires"] > now

    def asked(self, *, now: float) -> Sequence[tuple[str, Address]]:
        """Addresses whose code may still come back; see margins.senders.registry.Access."""
        rows = (row for row in self._table.scan() if row["address"].startswith(ALIAS))
        found = (
            (row["owner_id"], parse_addr_spec(row["address"].removeprefix(ALIAS)))
            for row in rows
            if row["expires"] > now and row["tries"] < CODE_TRIES
        )
        pairs = [(account, address) for account, address in found if address is not None]
        return sorted(pairs, key=lambda pair: str(pair[1]))
