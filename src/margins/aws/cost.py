"""What a month on AWS costs, line by line: prices from one dated file, durations as measured. Pure.

Every mail is assumed to be a known sender's and to have a parser invocation of its own: the most
expensive case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Line", "Usage", "bill"]

_GB = 1e9
_PER_MAIL = {
    # Requests of the code; tests/aws/test_requests.py counts them.
    "s3_put": 2,
    "s3_get": 1,
    "kms": 2,
    "sqs": 3,
    # The receipt; row, unique key and two index entries; row, lease and index; row, lease, indexes.
    "dynamodb_write": 1 + (4 + 2) + (4 + 2) + (4 + 2),
    "dynamodb_read": 1 + 1 + 1 + 1 + 1,
}
_TICKS = 30 * 24 * 60
_IDLE_SQS = 30 * 86_400 / 20 * 5  # five long polls at a time, of twenty seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A month.

    Attributes:
        size: bytes of a mail.
        gate_ms, parser_ms: one warm invocation.
        gate_mb, parser_mb: memory of the functions.
        log_bytes: per mail.
        retention_days: how long raw mail is kept.
    """

    mails: int
    size: int
    gate_ms: float = 20.0
    parser_ms: float = 200.0
    gate_mb: int = 256
    parser_mb: int = 1024
    log_bytes: int = 2500
    retention_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bill, in dollars."""

    item: str
    quantity: str
    dollars: float


def _compute(usage: Usage, prices: Mapping[str, float]) -> list[Line]:
    lines = []
    for name, ms, mb in (
        ("gate", usage.gate_ms, usage.gate_mb),
        ("parser", usage.parser_ms, usage.parser_mb),
    ):
        seconds = usage.mails * ms / 1000
        dollars = seconds * mb / 1024 * prices["gigabyte_second"] + usage.mails * prices["request"]
        lines.append(Line(item=f"Lambda {name}", quantity=f"{ms:g} ms at {mb} MB", dollars=dollars))
    ticks = _TICKS * (
        0.005 * usage.parser_mb / 1024 * prices["gigabyte_second"] + prices["request"]
    )
    lines.append(Line(item="Lambda schedule", quantity=f"{_TICKS} ticks of 5 ms", dollars=ticks))
    return lines


def _storage(usage: Usage, s3: Mapping[str, float]) -> tuple[Line, Line]:
    stored = usage.mails * usage.size * usage.retention_days / 30 / _GB
    requests = _PER_MAIL["s3_put"] * s3["put"] + _PER_MAIL["s3_get"] * s3["get"]
    return (
        Line(item="S3 requests", quantity=f"{usage.mails * 3}", dollars=usage.mails * requests),
        Line(item="S3 storage", quantity=f"{stored:.3g} GB", dollars=stored * s3["gigabyte_month"]),
    )


def bill(usage: Usage, prices: Mapping[str, Mapping[str, float]]) -> tuple[Line, ...]:
    """The lines, in the order of a mail's way.

    Args:
        prices: the tables of prices.toml.
    """
    mails, per = usage.mails, _PER_MAIL
    ses, dynamodb = prices["ses"], prices["dynamodb"]
    chunks = usage.size // int(ses["chunk_bytes"])
    writes, reads = mails * per["dynamodb_write"], mails * per["dynamodb_read"]
    state = per["dynamodb_write"] * dynamodb["write"] + per["dynamodb_read"] * dynamodb["read"]
    return (
        Line(item="SES inbound", quantity=f"{mails} mails", dollars=mails * ses["mail"]),
        Line(
            item="SES chunks",
            quantity=f"{mails * chunks} of 256 KiB",
            dollars=mails * chunks * ses["chunk"],
        ),
        *_compute(usage, prices["lambda"]),
        *_storage(usage, prices["s3"]),
        Line(
            item="SQS",
            quantity=f"{mails * per['sqs']} requests and polling",
            dollars=(mails * per["sqs"] + _IDLE_SQS) * prices["sqs"]["request"],
        ),
        Line(item="DynamoDB", quantity=f"{writes} writes, {reads} reads", dollars=mails * state),
        Line(
            item="KMS",
            quantity=f"{mails * per['kms']} signatures, one key",
            dollars=mails * per["kms"] * prices["kms"]["request"] + prices["kms"]["key_month"],
        ),
        Line(
            item="CloudWatch logs",
            quantity=f"{mails * usage.log_bytes / _GB:.3g} GB",
            dollars=mails * usage.log_bytes / _GB * prices["logs"]["gigabyte"],
        ),
    )
