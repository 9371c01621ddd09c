"""DynamoDB's low-level API: many items at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.clients.dynamodb import Table
from margins.clients.sigv4 import Credentials
from margins.local.cloud import Cloud
from margins.testing.webserver import Answer, Script, serving

KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """An empty table."""
    with Cloud() as cloud:
        for name, value in cloud.environ.items():
            monkeypatch.setenv(name, value)
        cloud.client("dynamodb").create_table(TableName="t", **KEYS)
        yield Table(Aws("dynamodb", cloud.region), "t")


def _table(script: Script) -> Table:
    """The same, of a service that answers as it is told."""
    keys = Credentials(key_id="k", secret="s")
    url = script.url.rpartition("/")[0]
    return Table(Aws("dynamodb", "eu-west-1", endpoint=url, credentials=lambda: keys), "t")


def test_those_that_exist_are_found_together(table: Table) -> None:
    """In one request; the others are left out."""
    for name in "abc":
        table.write(table.put({"k": name, "n": 1}))
    found = table.get_many([{"k": name} for name in ("a", "c", "nowhere")])
    assert sorted(item["k"] for item in found) == ["a", "c"]
    assert table.get_many([{"k": "nowhere"}]) == []


def test_what_was_left_unprocessed_is_asked_for_again() -> None:
    """DynamoDB may answer a part of a batch only."""
    left = {"Keys": [{"k": {"S": "b"}}], "ConsistentRead": True}
    parts = [
        {"Responses": {"t": [{"k": {"S": "a"}}]}, "UnprocessedKeys": {"t": left}},
        {"Responses": {"t": [{"k": {"S": "b"}}]}, "UnprocessedKeys": {}},
    ]
    with serving() as script:
        script.answers = [Answer(body=json.dumps(part).encode()) for part in parts]
        table = _table(script)
        assert table.get_many([{"k": "a"}, {"k": "b"}]) == [{"k": "a"}, {"k": "b"}]
        assert json.loads(script.requests[1].body) == {"RequestItems": {"t": left}}


def test_a_whole_table_is_read_page_by_page(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends after a megabyte."""
    for number in range(8):
        table.write(table.put({"k": str(number), "text": "x" * 300_000}))
    asked: list[str] = []
    original = Aws.call

    def call(self: Aws, target: str, body: dict[str, object], **other: str) -> Any:
        asked.append(target)
        return original(self, target, body, **other)

    monkeypatch.setattr(Aws, "call", call)
    assert sorted(item["k"] for item in table.scan()) == [str(number) for number in range(8)]
    assert len(asked) > 1


def test_a_transaction_that_is_sent_again_is_the_same_one() -> None:
    """DynamoDB knows it by its token, and does not do it twice; another one has another token."""
    busy = b'{"__type": "com.amazonaws.dynamodb.v20120810#TransactionInProgressException"}'
    with serving() as script:
        script.answers = [Answer(status=500), Answer(status=400, body=busy), Answer(body=b"{}")]
        table = _table(script)
        for _ in range(2):
            table.write(table.put({"k": "a"}), table.put({"k": "b"}))
        tokens = [json.loads(request.body)["ClientRequestToken"] for request in script.requests]
    assert len(tokens) == 4
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert 1 <= len(tokens[0]) <= 36
