"""The registry in an SQLite file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from margins.errors import InputError, Unavailable
from margins.mail.address import Address
from margins.senders.sqlite import SqliteSenders
from margins.testing.contracts import SendersContract

ADA = Address("ada", "example.org")
BOB = Address("bob", "example.org")
NOW = 1_700_000_000.0


@pytest.fixture
def registry(tmp_path: Path) -> SqliteSenders:
    return SqliteSenders(tmp_path / "senders.db")


class TestContract(SendersContract):
    """What every registry promises."""

    @pytest.fixture
    def senders(self, registry: SqliteSenders) -> SqliteSenders:
        for address in (ADA, BOB):
            registry.create(address.local_part, now=NOW)
            registry.add(address.local_part, address, now=NOW)
        registry.enable("bob", False)
        return registry


def test_an_account_may_have_several_addresses(registry: SqliteSenders) -> None:
    """All of them write to the same notes."""
    account = registry.create("Ada", now=NOW)
    registry.add("Ada", BOB, now=NOW)
    account = registry.add(account.id, ADA, now=NOW)
    assert account.addresses == (ADA, BOB)
    assert [s.account for s in map(registry.find, (ADA, BOB)) if s] == [account.id] * 2
    assert list(registry.accounts()) == [account]
    assert registry.account("Ada") == account


def test_adding_an_address_again_does_nothing(registry: SqliteSenders) -> None:
    """A command may be repeated."""
    registry.create("Ada", now=NOW)
    assert registry.add("Ada", ADA, now=NOW) == registry.add("Ada", ADA, now=NOW + 1)


def test_an_address_writes_to_one_account(registry: SqliteSenders) -> None:
    """Adding it to a second one is refused, names the first, and changes nothing."""
    ada, _ = registry.create("Ada", now=NOW), registry.create("Bob", now=NOW)
    registry.add("Ada", ADA, now=NOW)
    with pytest.raises(InputError, match=r"'Ada'.*Remove it there"):
        registry.add("Bob", ADA, now=NOW)
    found = registry.find(ADA)
    assert found is not None
    assert found.account == ada.id


def test_a_removed_address_is_unknown(registry: SqliteSenders) -> None:
    """From the next mail on, and may then be given to another account."""
    registry.create("Ada", now=NOW)
    registry.add("Ada", ADA, now=NOW)
    assert registry.remove(ADA).addresses == ()
    assert registry.find(ADA) is None
    with pytest.raises(InputError, match="not registered"):
        registry.remove(ADA)


def test_an_account_is_switched_off_and_on(registry: SqliteSenders) -> None:
    """Its addresses stay."""
    registry.create("Ada", now=NOW)
    registry.add("Ada", ADA, now=NOW)
    assert not registry.enable("Ada", False).enabled
    found = registry.find(ADA)
    assert found is not None
    assert not found.enabled
    assert registry.enable("Ada", True).enabled


@pytest.mark.parametrize("name", ["Ada", " Ada ", "", "  "])
def test_names_are_taken_once(registry: SqliteSenders, name: str) -> None:
    """And are not empty: commands name accounts by them."""
    registry.create("Ada", now=NOW)
    with pytest.raises(InputError) as raised:
        registry.create(name, now=NOW)
    assert raised.value.remedy


def test_an_unknown_account_is_an_error_with_a_remedy(registry: SqliteSenders) -> None:
    """Every command says how to find the right name."""
    commands: list[Callable[[], object]] = [
        lambda: registry.account("Eve"),
        lambda: registry.enable("Eve", True),
        lambda: registry.add("Eve", ADA, now=NOW),
    ]
    for command in commands:
        with pytest.raises(InputError, match="List the accounts"):
            command()


def test_the_registry_outlives_the_process(registry: SqliteSenders, tmp_path: Path) -> None:
    """What was registered is there after a restart."""
    registry.create("Ada", now=NOW)
    account = registry.add("Ada", ADA, now=NOW)
    registry.close()
    assert list(SqliteSenders(tmp_path / "senders.db").accounts()) == [account]


def test_an_outage_is_never_an_unknown_sender(registry: SqliteSenders) -> None:
    """A registry that does not answer raises Unavailable, so that the mail is deferred."""
    registry.close()
    with pytest.raises(Unavailable):
        registry.find(ADA)
