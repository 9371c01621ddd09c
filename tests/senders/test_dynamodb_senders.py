"""The registry in a DynamoDB table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.errors import InputError, Unavailable
from margins.local.cloud import Cloud
from margins.mail.address import Address
from margins.senders.dynamodb import TABLE, DynamoSenders
from margins.testing.contracts import SendersContract

ADA, BOB = Address("ada", "example.org"), Address("bob", "example.org")


@pytest.fixture
def senders(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoSenders]:
    """A registry with ada, enabled, and bob, disabled."""
    with Cloud() as cloud:
        for name, value in cloud.environ.items():
            monkeypatch.setenv(name, value)
        cloud.client("dynamodb").create_table(TableName="senders", **TABLE)
        registry = DynamoSenders(Table(Aws("dynamodb", cloud.region), "senders"))
        registry.add("ada", ADA)
        registry.add("bob", BOB, enabled=False)
        yield registry


class TestContract(SendersContract):
    """What every registry promises."""

    @pytest.fixture
    def senders(self, senders: DynamoSenders) -> DynamoSenders:
        return senders


def test_an_address_writes_to_one_account(senders: DynamoSenders) -> None:
    """Nobody takes over somebody else's address; adding one's own again changes nothing."""
    with pytest.raises(InputError, match="another account"):
        senders.add("eve", ADA)
    senders.add("ada", ADA)
    found = senders.find(ADA)
    assert found is not None
    assert (found.account, found.enabled) == ("ada", True)


def test_a_removed_address_is_gone(senders: DynamoSenders) -> None:
    """And cannot be removed twice."""
    senders.remove(ADA)
    assert senders.find(ADA) is None
    with pytest.raises(InputError, match="not registered"):
        senders.remove(ADA)


def test_a_missing_table_never_means_nobody(senders: DynamoSenders) -> None:
    """An outage is an outage: no sender may be turned away because of it."""
    missing = DynamoSenders(Table(Aws("dynamodb", "eu-west-1"), "no-such-table"))
    with pytest.raises(Unavailable):
        missing.find(ADA)
