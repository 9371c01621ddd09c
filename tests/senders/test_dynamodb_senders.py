"""The registry in a DynamoDB table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.errors import InputError, Unavailable
from margins.local.cloud import Cloud
from margins.mail.address import Address
from margins.mail.import_address import secret_of
from margins.senders.dynamodb import TABLE, DynamoSenders
from margins.testing.contracts import AccessContract, RegistryContract, SendersContract

ADA, BOB = Address("ada", "example.org"), Address("bob", "example.org")
NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """DynamoDB in this process."""
    with Cloud() as running:
        yield running


@pytest.fixture
def table(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an empty table."""
    for variable, value in cloud.environ.items():
        monkeypatch.setenv(variable, value)
    name = f"senders-{uuid4()}"
    cloud.client("dynamodb").create_table(TableName=name, **TABLE)
    yield name
    cloud.client("dynamodb").delete_table(TableName=name)


@pytest.fixture
def registry(cloud: Cloud, table: str) -> DynamoSenders:
    """An empty registry."""
    return DynamoSenders(Table(Aws("dynamodb", cloud.region), table))


class TestContract(SendersContract):
    """What every registry promises."""

    @pytest.fixture
    def senders(self, registry: DynamoSenders) -> DynamoSenders:
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
    def registry(self, registry: DynamoSenders) -> DynamoSenders:
        registry.create("Ada", now=NOW)
        return registry


def test_an_account_made_elsewhere_needs_no_row(registry: DynamoSenders) -> None:
    """Cognito's users are registered by id: commands then know the account by it."""
    registry.register("sub-1", ADA)
    found = registry.find(ADA)
    assert found is not None
    assert (found.account, found.enabled, str(found.policy)) == ("sub-1", True, "authenticated")
    [account] = registry.accounts()
    assert (account.id, account.name, account.addresses) == ("sub-1", "sub-1", (ADA,))
    assert secret_of(registry.access.renew_secret("sub-1", "in.example", now=NOW))
    with pytest.raises(InputError, match="already writes to the account 'sub-1'"):
        registry.register("eve", ADA)


def test_a_row_written_by_hand(registry: DynamoSenders, cloud: Cloud, table: str) -> None:
    """`{address, owner_id, active}` is a registered address, and `active: false` a disabled one."""
    row = {"address": {"S": str(BOB)}, "owner_id": {"S": "7"}, "active": {"BOOL": False}}
    cloud.client("dynamodb").put_item(TableName=table, Item=row)
    for enabled in (False, True):
        found = registry.find(BOB)
        assert found is not None
        assert (found.account, found.enabled, registry.account("7").enabled) == (
            "7", enabled, enabled,
        )  # fmt: skip
        registry.enable("7", True)


def test_a_stolen_table_reveals_no_secret(
    registry: DynamoSenders, cloud: Cloud, table: str
) -> None:
    """Neither secrets nor codes stand in it."""
    registry.create("Ada", now=NOW)
    secret = secret_of(registry.access.renew_secret("Ada", "in.example", now=NOW))
    code = registry.access.propose("Ada", ADA, now=NOW)
    rows = cloud.client("dynamodb").scan(TableName=table)["Items"]
    content = json.dumps(rows, default=repr)
    assert "Ada" in content
    assert str(secret) not in content.lower()
    assert code not in content


def test_a_missing_table_never_means_nobody(registry: DynamoSenders) -> None:
    """An outage is an outage: no sender may be turned away because of it."""
    missing = DynamoSenders(Table(Aws("dynamodb", "eu-west-1"), "no-such-table"))
    with pytest.raises(Unavailable):
        missing.find(ADA)
    with pytest.raises(Unavailable):
        missing.access.owner("a" * 32)
    with pytest.raises(Unavailable):
        missing.access.blocks(ADA, "")


def test_no_attribute_name_is_reserved() -> None:
    """DynamoDB refuses expressions with reserved words."""
    import moto

    words = Path(moto.__file__).parent / "dynamodb" / "parsing" / "reserved_keywords.txt"
    reserved = {word.strip().lower() for word in words.read_text().splitlines()}
    used = {
        "address", "owner_id", "active", "enabled", "policy", "secret", "secret_made", "tries",
        "paused", "mailbox",
    }  # fmt: skip
    assert "name" in reserved
    assert not used & reserved
