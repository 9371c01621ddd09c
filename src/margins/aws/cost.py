"""What a month on AWS costs, line by line: prices from one dated file, durations as measured. Pure.

Every mail is assumed to be a known sender's and to have a parser invocation of its own: the most
expensive case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ALARMS", "METRICS", "REQUESTS", "Line", "Usage", "bill"]

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
_DAYS = 30
_TICKS = _DAYS * 24 * 60
_HOURS = _DAYS * 24
_UPKEEP_SECONDS, _SECONDS_TO_REMOVE, _UPKEEP_MB = 2.0, 0.1, 512
_IDLE_SQS = _DAYS * 86_400 / 20 * 5  # five long polls at a time, of twenty seconds
_PER_TICK = 3  # queries of what is due: mails, those of a clock set back, letters
_PER_HOUR = {"s3_list": 2, "dynamodb_read": 1}
_ROW_BYTES = 2_000
"""Of a mail that was delivered, what makes it unique and its index entries, as DynamoDB counts."""
ALARMS = 9
METRICS = 25
"""Counts that are told by outcome, by status or by function, if all of these occur."""
_SAMPLED = 0.05  # and the first in each second, by X-Ray's own rule

_WHOLE_PROCESSOR_MB = 1_769


def _at(mb: int, measured: float) -> float:
    """Milliseconds with the share of a processor that a function has, were it computing only."""
    return round(measured * max(1.0, _WHOLE_PROCESSOR_MB / mb))


_GATE_MB, _PARSER_MB = 256, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A month.

    The durations are those that bench/aws_functions.py measured on 2026-11-30 for a mail of 20
    notes, on a processor of its own; a function has a share of one by its memory (1,769 MB are a
    whole), so that they are drawn out as if nothing in them were waiting, which is too much.

    Attributes:
        size: bytes of a mail.
        gate_ms, parser_ms: one warm invocation.
        gate_cold_ms, parser_cold_ms: what a cold start takes more: INIT, and a longer first one.
        cold: the share of invocations that start cold. The schedule keeps one parser warm.
        gate_mb, parser_mb: memory of the functions.
        log_bytes: per mail.
        retention_days: how long raw mail is kept.
        letters: sent to readers.
    """

    mails: int
    size: int
    gate_ms: float = _at(_GATE_MB, 20)
    parser_ms: float = _at(_PARSER_MB, 217)
    gate_cold_ms: float = _at(_GATE_MB, 361 + 65 - 20)
    parser_cold_ms: float = _at(_PARSER_MB, 603 + 1854 - 217)
    cold: float = 0.01
    gate_mb: int = _GATE_MB
    parser_mb: int = _PARSER_MB
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
    lines, second = [], prices["gigabyte_second"]
    for name, ms, cold_ms, mb in (
        ("gate", usage.gate_ms, usage.gate_cold_ms, usage.gate_mb),
        ("parser", usage.parser_ms, usage.parser_cold_ms, usage.parser_mb),
    ):
        warm = usage.mails * (ms / 1000 * mb / 1024 * second + prices["request"])
        lines.append(Line(item=f"Lambda {name}", quantity=f"{ms:g} ms at {mb} MB", dollars=warm))
        starts = usage.mails * usage.cold
        dollars = starts * cold_ms / 1000 * mb / 1024 * second
        quantity = f"{starts:.0f} cold starts of {cold_ms:g} ms more"
        lines.append(Line(item=f"Lambda {name} INIT", quantity=quantity, dollars=dollars))
    ticks = _TICKS * (0.005 * usage.parser_mb / 1024 * second + prices["request"])
    lines.append(Line(item="Lambda schedule", quantity=f"{_TICKS} ticks of 5 ms", dollars=ticks))
    seconds = _HOURS * _UPKEEP_SECONDS + usage.mails * _SECONDS_TO_REMOVE
    dollars = seconds * _UPKEEP_MB / 1024 * second + _HOURS * prices["request"]
    lines.append(Line(item="Lambda upkeep", quantity=f"{_HOURS} hours", dollars=dollars))
    return lines


def _storage(usage: Usage, s3: Mapping[str, float]) -> tuple[Line, Line]:
    stored = usage.mails * usage.size * usage.retention_days / _DAYS / _GB
    lists = _HOURS * _PER_HOUR["s3_list"]
    puts, gets = usage.mails * _PER_MAIL["s3_put"] + lists, usage.mails * _PER_MAIL["s3_get"]
    return (
        Line(
            item="S3 requests",
            quantity=f"{puts} writes and lists, {gets} reads",
            dollars=puts * s3["put"] + gets * s3["get"],
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


def _state(usage: Usage, dynamodb: Mapping[str, float]) -> tuple[Line, Line]:
    writes, reads = (
        usage.mails * _PER_MAIL[kind] + usage.letters * _PER_LETTER[kind]
        for kind in ("dynamodb_write", "dynamodb_read")
    )
    reads += _TICKS * _PER_TICK + _HOURS * _PER_HOUR["dynamodb_read"]
    rows = usage.mails * _ROW_BYTES / _GB
    return (
        Line(
            item="DynamoDB",
            quantity=f"{writes} writes, {reads} reads",
            dollars=writes * dynamodb["write"] + reads * dynamodb["read"],
        ),
        Line(
            item="DynamoDB storage",
            quantity=f"{rows:.3g} GB, more by as much each month",
            dollars=rows * dynamodb["gigabyte_month"],
        ),
    )


def _watching(usage: Usage, prices: Mapping[str, Mapping[str, float]]) -> list[Line]:
    watching = prices["watching"]
    told = METRICS * min(1.0, usage.mails / _HOURS)
    invocations = 2 * usage.mails + _TICKS + _HOURS
    first = min(invocations, _DAYS * 86_400)
    traces = int(first + (invocations - first) * _SAMPLED)
    gigabytes = usage.mails * usage.log_bytes / _GB
    logs = prices["logs"]
    return [
        Line(
            item="CloudWatch logs",
            quantity=f"{gigabytes:.3g} GB, kept for a month",
            dollars=gigabytes * (logs["gigabyte"] + logs["gigabyte_month"]),
        ),
        Line(
            item="CloudWatch metrics",
            quantity=f"{told:.3g} of our own",
            dollars=told * watching["metric_month"],
        ),
        Line(
            item="CloudWatch alarms",
            quantity=f"{ALARMS}, and a dashboard",
            dollars=ALARMS * watching["alarm_month"] + watching["dashboard_month"],
        ),
        Line(item="X-Ray", quantity=f"{traces} traces", dollars=traces * prices["xray"]["trace"]),
    ]


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
        *_state(usage, prices["dynamodb"]),
        Line(
            item="KMS",
            quantity=f"{mails * per['kms']} signatures, one key",
            dollars=mails * per["kms"] * prices["kms"]["request"] + prices["kms"]["key_month"],
        ),
        *_watching(usage, prices),
    )
