"""The events of AWS as values. Pure and tolerant: every field may be missing or new.

Shapes: the SES Lambda action, S3 notifications (2.x), SQS, EventBridge; see docs/aws.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from margins.mail.address import Address
from margins.mail.author import decide_author
from margins.mail.header import read_header
from margins.mail.receipt import Receipt, parse_receipt

__all__ = ["Arrival", "Notice", "Stored", "arrival", "is_schedule", "is_setup", "notices"]

_SETUP = "AMAZON_SES_SETUP_NOTIFICATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail SES has taken and asks about; its body is not in the event.

    Attributes:
        id: SES's name for it; the last part of the key it gets in S3.
        reverse_path: MAIL FROM, empty for the null reverse-path.
        recipients: of the envelope, those that matched the rule.
        author: None when the header in the event does not name exactly one.
    """

    id: str
    reverse_path: str
    recipients: tuple[str, ...]
    receipt: Receipt
    author: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object that appeared in a bucket.

    Attributes:
        at: when, seconds since 1970; None when the event does not say.
    """

    bucket: str
    key: str
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message of a queue, or one direct event: what it tells of, possibly nothing.

    Attributes:
        id: the queue's name for the message, by which it is reported as failed; empty when the
            event came directly.
        defect: why it could not be read; empty when it could.
    """

    id: str
    objects: tuple[Stored, ...] = ()
    defect: str = ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _author(mail: Mapping[str, Any]) -> Address | None:
    """Whom the header names, when the event has all of it."""
    fields = [_mapping(field) for field in _list(mail.get("headers"))]
    if mail.get("headersTruncated") or not fields:
        return None
    lines = (f"{_text(f.get('name'))}: {_text(f.get('value'))}\r\n" for f in fields)
    block = "".join(lines).encode("utf-8", "replace")
    return decide_author(read_header(block + b"\r\n"))[0]


def arrival(event: object) -> Arrival | None:
    """The mail in an event of the SES Lambda action; None when it is no such event."""
    records = _list(_mapping(event).get("Records"))
    ses = _mapping(_mapping(records[0] if records else None).get("ses"))
    mail, receipt = _mapping(ses.get("mail")), _mapping(ses.get("receipt"))
    if not (id_ := _text(mail.get("messageId"))):
        return None
    return Arrival(
        id=id_,
        reverse_path=_text(mail.get("source")).strip("<>"),
        recipients=tuple(r for r in _list(receipt.get("recipients")) if isinstance(r, str)),
        receipt=parse_receipt(receipt),
        author=_author(mail),
    )


def is_schedule(event: object) -> bool:
    """True for the tick of an EventBridge schedule."""
    return _mapping(event).get("detail-type") == "Scheduled Event"


def _moment(value: object) -> float | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def _objects(event: Mapping[str, Any]) -> Iterator[Stored]:
    """What an S3 event tells of, in the shape of S3 or of EventBridge; none for a test event."""
    for record in _list(event.get("Records")):
        s3 = _mapping(_mapping(record).get("s3"))
        key = unquote_plus(_text(_mapping(s3.get("object")).get("key")))
        bucket = _text(_mapping(s3.get("bucket")).get("name"))
        yield Stored(bucket=bucket, key=key, at=_moment(_mapping(record).get("eventTime")))
    if event.get("source") == "aws.s3":
        detail = _mapping(event.get("detail"))
        # Unlike S3 itself, EventBridge gives the key as it is.
        key = _text(_mapping(detail.get("object")).get("key"))
        bucket = _text(_mapping(detail.get("bucket")).get("name"))
        yield Stored(bucket=bucket, key=key, at=_moment(event.get("time")))


def is_setup(key: str) -> bool:
    """True for the object SES writes when the rule is first saved."""
    return key.rpartition("/")[2] == _SETUP


def _notice(id_: str, event: Mapping[str, Any]) -> Notice:
    found = tuple(_objects(event))
    if any(not stored.bucket or not stored.key for stored in found):
        return Notice(id=id_, defect="a record names no bucket or no key")
    mails = (s for s in found if not is_setup(s.key))
    return Notice(id=id_, objects=tuple(mails))


def notices(event: object) -> tuple[Notice, ...]:
    """What an invocation of the parser is about, message by message."""
    whole = _mapping(event)
    queued = [
        record
        for record in map(_mapping, _list(whole.get("Records")))
        if record.get("eventSource") == "aws:sqs"
    ]
    if not queued:
        return (_notice("", whole),)
    found = []
    for record in queued:
        id_ = _text(record.get("messageId"))
        try:
            body = json.loads(_text(record.get("body")))
        except ValueError as error:
            found.append(Notice(id=id_, defect=f"the message is not JSON: {error}"))
        else:
            found.append(_notice(id_, _mapping(body)))
    return tuple(found)
