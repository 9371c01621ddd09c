"""DynamoDB's low-level API: plain values in, plain values out."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

from margins.clients.aws import Aws, AwsError
from margins.errors import Unavailable

__all__ = ["Cancelled", "Item", "Table", "value"]

Item = Mapping[str, Any]
"""Attributes as str, int, float, bool, bytes, None, or lists and mappings of them."""

_FAILED_CONDITIONS = {"ConditionalCheckFailed", "TransactionConflict"}


class Cancelled(Exception):
    """A condition did not hold; nothing was written.

    Attributes:
        failed: positions of the steps whose conditions failed.
    """

    def __init__(self, failed: Sequence[int]) -> None:
        super().__init__(failed)
        self.failed = tuple(failed)


def value(plain: Any) -> dict[str, Any]:
    """One attribute value, with the type DynamoDB wants named."""
    match plain:
        case bool():
            return {"BOOL": plain}
        case None:
            return {"NULL": True}
        case int() | float():
            return {"N": repr(plain)}
        case str():
            return {"S": plain}
        case bytes():
            return {"B": b64encode(plain).decode("ascii")}
        case Mapping():
            return {"M": {name: value(each) for name, each in plain.items()}}
        case _:
            return {"L": [value(each) for each in plain]}


def _plain(typed: Mapping[str, Any]) -> Any:
    ((kind, held),) = typed.items()
    match kind:
        case "N":
            return float(held) if any(c in held for c in ".eE") else int(held)
        case "M":
            return {name: _plain(each) for name, each in held.items()}
        case "L":
            return [_plain(each) for each in held]
        case "NULL":
            return None
        case "B":
            return b64decode(held)
        case _:
            return held


def _values(values: Item) -> dict[str, Any]:
    return {name: value(each) for name, each in values.items()}


class Table:
    """One table. Threads may share it.

    Expressions use attribute names directly (`#status` for the reserved word) and values as
    `:name`, given in `values` without the colon.
    """

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self._name = name

    def _call(self, operation: str, body: Mapping[str, object]) -> Any:
        try:
            return self._aws.call(f"DynamoDB_20120810.{operation}", body)
        except AwsError as error:
            if error.code == "ConditionalCheckFailedException":
                raise Cancelled([0]) from None
            if error.code == "TransactionCanceledException":
                reasons = [r.get("Code") for r in error.details.get("CancellationReasons", ())]
                failed = [n for n, code in enumerate(reasons) if code in _FAILED_CONDITIONS]
                if failed and all(code in {*_FAILED_CONDITIONS, "None", None} for code in reasons):
                    raise Cancelled(failed) from None
            raise Unavailable(
                f"DynamoDB refused {operation}: {error.code} {error.args[1]}".rstrip(),
                place=self._name,
                remedy="Check the table's name and what the function's role allows.",
            ) from error

    def get(self, key: Item) -> dict[str, Any] | None:
        """The item with this key, as of now."""
        asked = {"TableName": self._name, "Key": _values(key), "ConsistentRead": True}
        item = self._call("GetItem", asked).get("Item")
        return None if item is None else _plain({"M": item})

    def query(
        self,
        condition: str,
        values: Item,
        *,
        index: str = "",
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[dict[str, Any]]:
        """Items in the order of their sort key; of the table itself as of now.

        Args:
            page: items asked for at a time.
        """
        asked: dict[str, object] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": _values({f":{k}": v for k, v in values.items()}),
            "ScanIndexForward": not backwards,
            "Limit": page,
        }
        asked |= {"IndexName": index} if index else {"ConsistentRead": True}
        return self._pages("Query", asked)

    def _pages(self, operation: str, asked: dict[str, object]) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._call(operation, asked)
            for item in answer["Items"]:
                yield _plain({"M": item})
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def get_many(self, keys: Sequence[Item]) -> list[dict[str, Any]]:
        """Those items of up to a hundred keys that exist, in no order, as of now."""
        wanted: Any = {"Keys": [_values(key) for key in keys], "ConsistentRead": True}
        found: list[dict[str, Any]] = []
        while wanted:
            answer = self._call("BatchGetItem", {"RequestItems": {self._name: wanted}})
            found += [_plain({"M": item}) for item in answer["Responses"].get(self._name, ())]
            wanted = answer.get("UnprocessedKeys", {}).get(self._name)
        return found

    def scan(self) -> Iterator[dict[str, Any]]:
        """Every item, in no order."""
        asked: dict[str, object] = {"TableName": self._name, "ConsistentRead": True}
        return self._pages("Scan", asked)

    def put(self, item: Item, *, unless: str = "") -> dict[str, Any]:
        """A step that writes a whole item, unless it has this attribute."""
        condition = {"ConditionExpression": f"attribute_not_exists({unless})"} if unless else {}
        return {"Put": {"TableName": self._name, "Item": _values(item), **condition}}

    def put_if(
        self, item: Item, condition: str, values: Item, names: Mapping[str, str]
    ) -> dict[str, Any]:
        """A step that writes a whole item if a condition on the present one holds."""
        step = self.put(item)
        step["Put"] |= {
            "ConditionExpression": condition,
            "ExpressionAttributeValues": _values({f":{k}": v for k, v in values.items()}),
            "ExpressionAttributeNames": dict(names),
        }
        return step

    def update(self, key: Item, change: str, values: Item, *, only_if: str = "") -> dict[str, Any]:
        """A step that changes an item."""
        return {"Update": self._step(key, values, change=change, only_if=only_if)}

    def delete(self, key: Item, values: Item, *, only_if: str) -> dict[str, Any]:
        """A step that removes an item."""
        return {"Delete": self._step(key, values, only_if=only_if)}

    def _step(self, key: Item, values: Item, *, change: str = "", only_if: str) -> dict[str, Any]:
        step: dict[str, Any] = {"TableName": self._name, "Key": _values(key)}
        if change:
            step["UpdateExpression"] = change
        if only_if:
            step["ConditionExpression"] = only_if
        if values:
            step["ExpressionAttributeValues"] = _values({f":{k}": v for k, v in values.items()})
        if "#status" in change + only_if:
            step["ExpressionAttributeNames"] = {"#status": "status"}
        return step

    def write(self, *steps: Mapping[str, Any]) -> None:
        """Carry out all steps or none; one alone costs half.

        Raises:
            Cancelled, Unavailable
        """
        if len(steps) == 1:
            ((kind, step),) = steps[0].items()
            self._call(f"{kind}Item", step)
        else:
            # An answer may get lost, and the same is then sent again: known by its token, it is
            # neither carried out twice nor refused for what it did itself.
            token = token_hex(16)
            self._call(
                "TransactWriteItems", {"TransactItems": list(steps), "ClientRequestToken": token}
            )
