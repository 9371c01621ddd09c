"""The registry in an SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.errors import Unavailable
from margins.mail.address import Address
from margins.senders.sqlite import SqliteSenders
from margins.testing.contracts import AccessContract, RegistryContract, SendersContract

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


class TestRegistry(RegistryContract):
    """What every registry promises to those who keep it."""


class TestAccess(AccessContract):
    """What every registry promises about secrets, policies, blocks and aliases."""

    @pytest.fixture
    def registry(self, registry: SqliteSenders) -> SqliteSenders:
        registry.create("Ada", now=NOW)
        return registry


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
