"""What a month on AWS costs, line by line: prices from one dated file, durations as measured. Pure.

Every mail is assumed to be a known sender's and to have a parser invocation of its own: the most
expensive case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["REQUESTS", "Line", "Usage", "bill"]

_GB = 1e9
REQUESTS: Mapping[str, Mapping[str, int]] = {
    "gate": {"dynamodb:GetItem": 2, "dynamodb:PutItem": 1},
    "parser": {
        "s3:GetObject": 1,
        "s3:PutObject": 1,
        "s3:DeleteObject": 1,
        "kms:Sign": 1,
        "dynamodb:GetItem": 5,
        "dynamodb:BatchGetItem": 1,
        "dynamodb:PutItem": 3,
        "dynamodb:UpdateItem": 2,
        "dynamodb:DeleteItem": 1,
    },
    "letter": {
        "dynamodb:Query": 2,
        "dynamodb:GetItem": 1,
        "dynamodb:PutItem": 1,
        "dynamodb:UpdateItem": 3,
        "ses:SendRawEmail": 1,
    },
}
"""What each asks of AWS for one mail; tests/aws/test_roles.py counts them. Steps of a transaction
count one by one."""

_PER_MAIL = {
    # SES writes a mail as well, and upkeep looks at it twice before it removes it.
    "s3_put": 2,
    "s3_get": 1 + 2,
    "kms": 1,
    "sqs": 3,
    # The receipt; row, unique key and two index entries; row, lease and index; row, lease, indexes;
    # and the row and two index entries again when the raw mail is given up.
    "dynamodb_write": 1 + (4 + 2) + (4 + 2) + (4 + 2) + 3,
    # The gate's two; the parser's five and two for the block list; upkeep's three.
    "dynamodb_read": 2 + 5 + 2 + 3,
}
_PER_LETTER = {
    # How many the address has had; 6 KB in a transaction; taken; closed; their index entries.
    "dynamodb_write": 1 + (12 + 1) + (6 + 2) + (6 + 1),
    "dynamodb_read": 1 + 2 + 1,
}
_TICKS = 30 * 24 * 60
_HOURS = 30 * 24
_UPKEEP_SECONDS, _SECONDS_TO_REMOVE, _UPKEEP_MB = 2.0, 0.1, 512
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
        letters: sent to readers.
    """

    mails: int
    size: int
    gate_ms: float = 20.0
    parser_ms: float = 200.0
    gate_mb: int = 256
    parser_mb: int = 1024
    log_bytes: int = 2500
    retention_days: int = 30
    letters: int = 0


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
    seconds = _HOURS * _UPKEEP_SECONDS + usage.mails * _SECONDS_TO_REMOVE
    dollars = seconds * _UPKEEP_MB / 1024 * prices["gigabyte_second"] + _HOURS * prices["request"]
    lines.append(Line(item="Lambda upkeep", quantity=f"{_HOURS} hours", dollars=dollars))
    return lines


def _storage(usage: Usage, s3: Mapping[str, float]) -> tuple[Line, Line]:
    stored = usage.mails * usage.size * usage.retention_days / 30 / _GB
    requests = _PER_MAIL["s3_put"] * s3["put"] + _PER_MAIL["s3_get"] * s3["get"]
    return (
        Line(
            item="S3 requests",
            quantity=f"{usage.mails * (_PER_MAIL['s3_put'] + _PER_MAIL['s3_get'])}",
            dollars=usage.mails * requests,
        ),
        Line(item="S3 storage", quantity=f"{stored:.3g} GB", dollars=stored * s3["gigabyte_month"]),
    )


def _mail(usage: Usage, ses: Mapping[str, float]) -> list[Line]:
    mails = usage.mails
    chunks = mails * (usage.size // int(ses["chunk_bytes"]))
    lines = [
        Line(item="SES inbound", quantity=f"{mails} mails", dollars=mails * ses["mail"]),
        Line(item="SES chunks", quantity=f"{chunks} of 256 KiB", dollars=chunks * ses["chunk"]),
    ]
    if usage.letters:
        dollars = usage.letters * ses["letter"]
        lines.append(
            Line(item="SES outbound", quantity=f"{usage.letters} letters", dollars=dollars)
        )
    return lines


def _state(usage: Usage, dynamodb: Mapping[str, float]) -> Line:
    writes, reads = (
        usage.mails * _PER_MAIL[kind] + usage.letters * _PER_LETTER[kind]
        for kind in ("dynamodb_write", "dynamodb_read")
    )
    return Line(
        item="DynamoDB",
        quantity=f"{writes} writes, {reads} reads",
        dollars=writes * dynamodb["write"] + reads * dynamodb["read"],
    )


def bill(usage: Usage, prices: Mapping[str, Mapping[str, float]]) -> tuple[Line, ...]:
    """The lines, in the order of a mail's way.

    Args:
        prices: the tables of prices.toml.
    """
    mails, per = usage.mails, _PER_MAIL
    return (
        *_mail(usage, prices["ses"]),
        *_compute(usage, prices["lambda"]),
        *_storage(usage, prices["s3"]),
        Line(
            item="SQS",
            quantity=f"{mails * per['sqs']} requests and polling",
            dollars=(mails * per["sqs"] + _IDLE_SQS) * prices["sqs"]["request"],
        ),
        _state(usage, prices["dynamodb"]),
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
