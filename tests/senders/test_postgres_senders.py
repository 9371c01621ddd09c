"""The registry in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from margins.errors import InputError, Unavailable
from margins.mail.address import Address
from margins.mail.import_address import secret_of
from margins.senders.postgres import PostgresSenders
from margins.testing.contracts import AccessContract, RegistryContract, SendersContract

ADA, BOB = Address("ada", "example.org"), Address("bob", "example.org")
NOW = 1_700_000_000.0


@pytest.fixture
def registry(database: str) -> Iterator[PostgresSenders]:
    """An empty registry."""
    made = PostgresSenders(database)
    with made._database.statement() as connection:
        connection.execute("TRUNCATE account, address, alias, blocked")
    yield made
    made.close()


class TestSenders(SendersContract):
    """What every registry promises the agent."""

    @pytest.fixture
    def senders(self, registry: PostgresSenders) -> PostgresSenders:
        for address in (ADA, BOB):
            registry.create(address.local_part, now=NOW)
            registry.add(address.local_part, address, now=NOW)
        registry.enable("bob", False)
        return registry


class TestRegistry(RegistryContract):
    """What every registry promises its commands."""

    @pytest.fixture
    def registry(self, registry: PostgresSenders) -> PostgresSenders:
        return registry


class TestAccess(AccessContract):
    """What else may write to an account."""

    @pytest.fixture
    def registry(self, registry: PostgresSenders) -> PostgresSenders:
        registry.create("Ada", now=NOW)
        return registry


def test_several_processes_see_one_registry(registry: PostgresSenders, database: str) -> None:
    """What a command registers, the next mail at any front door finds."""
    other = PostgresSenders(database)
    registry.create("Ada", now=NOW)
    registry.add("Ada", ADA, now=NOW)
    found = other.find(ADA)
    assert found is not None
    assert found.account == registry.account("Ada").id
    other.close()


def test_an_address_that_two_ask_for_goes_to_one(registry: PostgresSenders) -> None:
    """At the same moment; the other hears whose it is."""
    names = [f"account {number}" for number in range(8)]
    for name in names:
        registry.create(name, now=NOW)

    def add(name: str) -> str:
        try:
            return registry.add(name, ADA, now=NOW).name
        except InputError as error:
            return error.what

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(add, names))
    (owner,) = [name for name in said if name in names]
    assert {text for text in said if text != owner} == {
        f"ada@example.org already writes to the account {owner!r}."
    }


def test_codes_tried_at_once_are_all_counted(registry: PostgresSenders) -> None:
    """Eight guesses in parallel are eight tries: the right one comes too late."""
    registry.create("Ada", now=NOW)
    code = registry.access.propose("Ada", ADA, now=NOW)
    with ThreadPoolExecutor(8) as pool:
        guesses = list(pool.map(lambda n: registry.access.confirm(ADA, f"{n}", now=NOW), range(8)))
    assert guesses == [None] * 8
    assert registry.access.confirm(ADA, code, now=NOW) is None


def test_the_tables_reveal_no_secret(registry: PostgresSenders) -> None:
    """Neither secrets nor codes stand in them."""
    registry.create("Ada", now=NOW)
    secret = secret_of(registry.access.renew_secret("Ada", "in.example", now=NOW))
    code = registry.access.propose("Ada", ADA, now=NOW)
    with registry._database.statement() as connection:
        rows = connection.execute(
            "SELECT account::text FROM account UNION ALL SELECT alias::text FROM alias"
        ).fetchall()
    assert len(rows) == 2
    assert secret is not None
    for hidden in (secret, secret.encode().hex(), code, code.encode().hex()):
        assert hidden not in str(rows).lower()
        assert hidden not in str(rows)


def test_an_outage_is_never_an_unknown_sender(registry: PostgresSenders) -> None:
    """A registry that does not answer raises Unavailable, so that the mail is deferred."""
    registry.close()
    with pytest.raises(Unavailable):
        registry.find(ADA)
    with pytest.raises(Unavailable):
        registry.access.owner("a" * 32)


def test_no_name_breaks_a_statement(registry: PostgresSenders) -> None:
    """What PostgreSQL cannot hold is a wrong input, not an outage; quotes are nothing special."""
    with pytest.raises(InputError):
        registry.create("a\0b", now=NOW)
    assert registry.create("a'; DROP TABLE account; --", now=NOW).enabled
    assert len(registry.accounts()) == 1
