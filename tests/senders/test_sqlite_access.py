"""Secret addresses, policies, the block list and aliases in an SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.errors import InputError
from margins.gate import Owner, Policy
from margins.mail.address import Address
from margins.mail.import_address import secret_of
from margins.senders.sqlite import SqliteSenders

ADA = Address("ada", "example.org")
NOW = 1_700_000_000.0


@pytest.fixture
def registry(tmp_path: Path) -> SqliteSenders:
    made = SqliteSenders(tmp_path / "senders.db")
    made.create("Ada", now=NOW)
    return made


def _secret(registry: SqliteSenders, name: str = "Ada") -> str:
    secret = secret_of(registry.access.renew_secret(name, "in.example", now=NOW))
    assert secret is not None
    return secret


def test_a_secret_names_its_account(registry: SqliteSenders) -> None:
    """With its policy and state; another secret names nobody."""
    account = registry.account("Ada")
    secret = _secret(registry)
    assert registry.access.owner(secret) == Owner(account=account.id)
    assert registry.access.owner("a" * 32) is None
    registry.enable("Ada", False)
    found = registry.access.owner(secret)
    assert found is not None
    assert not found.enabled


def test_a_new_secret_ends_the_old_one(registry: SqliteSenders) -> None:
    """At once."""
    old, new = _secret(registry), _secret(registry)
    assert registry.access.owner(old) is None
    assert registry.access.owner(new) is not None
    registry.access.forget_secret("Ada")
    assert registry.access.owner(new) is None


def test_a_stolen_file_reveals_no_secret(registry: SqliteSenders, tmp_path: Path) -> None:
    """Neither secrets nor codes stand in it or in its log."""
    secret = _secret(registry)
    code = registry.access.propose("Ada", ADA, now=NOW)
    registry.close()
    content = b"".join(f.read_bytes() for f in tmp_path.iterdir())
    assert b"Ada" in content
    assert secret.encode() not in content.lower()
    assert code.encode() not in content


def test_a_policy_with_a_secret_needs_one(registry: SqliteSenders) -> None:
    """Or the account would take no mail at all."""
    with pytest.raises(InputError, match="margins accounts secret"):
        registry.access.set_policy("Ada", Policy.SECRET_PROVIDER)
    _secret(registry)
    account = registry.access.set_policy("Ada", Policy.SECRET_PROVIDER)
    registry.add("Ada", ADA, now=NOW)
    sender = registry.find(ADA)
    assert sender is not None
    assert account.policy is sender.policy is Policy.SECRET_PROVIDER


def test_the_block_list(registry: SqliteSenders) -> None:
    """An address or a whole domain, for one account or for all; sub-domains are others."""
    access, account = registry.access, registry.account("Ada").id
    access.block("ada@example.org", account="Ada", now=NOW)
    access.block("@spam.example", now=NOW)
    assert access.blocks(ADA, account)
    assert not access.blocks(ADA, "")
    assert access.blocks(Address("any", "spam.example"), account)
    assert not access.blocks(Address("any", "mail.spam.example"), account)
    assert access.blocked() == [("", "@spam.example"), ("Ada", "ada@example.org")]
    assert access.unblock("@spam.example")
    assert not access.unblock("@spam.example")


def test_an_alias_is_confirmed_by_its_code_once(registry: SqliteSenders) -> None:
    """It writes nothing before, and the code is good for one use."""
    code = registry.access.propose("Ada", ADA, now=NOW)
    assert registry.find(ADA) is None
    assert registry.access.confirm(ADA, code.lower() + " ", now=NOW) == registry.account("Ada").id
    assert registry.access.confirm(ADA, code, now=NOW) is None


def test_codes_are_not_guessed_and_do_not_last(registry: SqliteSenders) -> None:
    """Five wrong tries, or a day, and another must be asked for."""
    code = registry.access.propose("Ada", ADA, now=NOW)
    for _ in range(5):
        assert registry.access.confirm(ADA, "WRONG", now=NOW) is None
    assert registry.access.confirm(ADA, code, now=NOW) is None
    code = registry.access.propose("Ada", ADA, now=NOW)
    assert registry.access.confirm(ADA, code, now=NOW + 86_401) is None


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """Accounts made before there were policies are `authenticated`."""
    from margins.clients.sqlite import Database
    from margins.senders.sqlite.account import MIGRATIONS

    path = tmp_path / "senders.db"
    old = Database(path, component="senders", migrations=MIGRATIONS[:1])
    with old.transaction() as connection:
        connection.execute("INSERT INTO account VALUES ('1', 'Ada', 1, 0.0)")
    old.close()
    [account] = SqliteSenders(path).accounts()
    assert (account.name, account.policy) == ("Ada", Policy.AUTHENTICATED)
