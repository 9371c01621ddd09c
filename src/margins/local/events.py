"""Events in the shapes AWS sends today. Pure."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import Any
from urllib.parse import parse_qsl, quote_plus
from uuid import uuid4

from margins.errors import MailError
from margins.mail import parse

__all__ = [
    "VERDICTS",
    "queued",
    "s3_event",
    "scheduled_event",
    "ses_event",
    "sqs_event",
    "url_event",
]

VERDICTS = {"spf": "PASS", "dkim": "PASS", "dmarc": "PASS", "spam": "PASS", "virus": "PASS"}
"""What SES says about a mail it finds nothing wrong with."""

_HEADERS_LIMIT = 10 * 1024
_TEXT = {"application/json", "application/xml", "application/javascript"}


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _headers(content: bytes) -> tuple[list[dict[str, str]], bool]:
    """The header fields as SES puts them into the event, and whether it cut them off."""
    try:
        fields = parse(content).header.fields
    except MailError:
        return [], True
    told: list[dict[str, str]] = []
    size = 0
    for each in fields:
        value = each.unfolded.decode("utf-8", "replace")
        size += len(each.name) + len(value) + 4
        if size > _HEADERS_LIMIT:
            return told, True
        told.append({"name": each.name, "value": value})
    return told, False


def _common(headers: Sequence[Mapping[str, str]], source: str) -> dict[str, Any]:
    """`commonHeaders`: only those the mail has."""
    common: dict[str, Any] = {"returnPath": source}
    for name, key, many in (
        ("from", "from", True), ("date", "date", False), ("to", "to", True),
        ("cc", "cc", True), ("message-id", "messageId", False), ("subject", "subject", False),
    ):  # fmt: skip
        values = [h["value"] for h in headers if h["name"].lower() == name]
        if values:
            common[key] = values if many else values[0]
    return common


def ses_event(
    content: bytes,
    *,
    id_: str,
    source: str,
    recipients: Sequence[str],
    now: float,
    verdicts: Mapping[str, str] = VERDICTS,
    function_arn: str = "",
) -> dict[str, Any]:
    """What the gate gets: everything about a mail but its body."""
    headers, truncated = _headers(content)
    common = _common(headers, source)
    destination = [*common.get("to", ()), *common.get("cc", ())]
    receipt: dict[str, Any] = {
        "timestamp": _stamp(now),
        "processingTimeMillis": 500,
        "recipients": list(recipients),
        **{f"{name}Verdict": {"status": status} for name, status in verdicts.items()},
        "action": {
            "type": "Lambda",
            "functionArn": function_arn,
            "invocationType": "RequestResponse",
        },
    }
    if verdicts.get("dmarc") == "FAIL":
        receipt["dmarcPolicy"] = "reject"
    mail = {
        "timestamp": _stamp(now),
        "source": source,
        "messageId": id_,
        "destination": destination,
        "headersTruncated": truncated,
        "headers": headers,
        "commonHeaders": common,
    }
    said = {"mail": mail, "receipt": receipt}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": said}]}


def s3_event(
    bucket: str,
    key: str,
    *,
    size: int,
    region: str,
    now: float,
    etag: str = "",
    event: str = "ObjectCreated:Put",
) -> dict[str, Any]:
    """What S3 sends about an object; a new one where `event` says nothing else."""
    record = {
        "eventVersion": "2.5",
        "eventSource": "aws:s3",
        "awsRegion": region,
        "eventTime": _stamp(now),
        "eventName": event,
        "userIdentity": {"principalId": "AWS:local"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": uuid4().hex[:16].upper(), "x-amz-id-2": "local"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "local"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                # S3 leaves slashes as they are, and writes a space as a plus sign.
                "key": quote_plus(key, safe="/"),
                "size": size,
                "eTag": etag or uuid4().hex,
                "sequencer": f"{int(now * 1e6):016X}",
            },
        },
    }
    return {"Records": [record]}


def sqs_event(
    messages: Sequence[Mapping[str, Any]], *, queue_arn: str, region: str
) -> dict[str, Any]:
    """What the event source mapping hands to a function: messages as SQS gives them out."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "md5OfBody": md5(message["Body"].encode()).hexdigest(),  # noqa: S324  SQS's own
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": region,
            }
            for message in messages
        ]
    }


def queued(event: Mapping[str, Any], *, now: float = 0.0) -> dict[str, Any]:
    """An event as a message of a queue, received for the first time."""
    stamp = str(int(now * 1000))
    return {
        "MessageId": str(uuid4()),
        "ReceiptHandle": uuid4().hex,
        "Body": json.dumps(event),
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": stamp,
            "SenderId": "AIDALOCAL",
            "ApproximateFirstReceiveTimestamp": stamp,
        },
    }


def scheduled_event(
    *, region: str, account: str, now: float, scheduler: str = ""
) -> dict[str, Any]:
    """The tick of an EventBridge rule, or of a schedule of EventBridge Scheduler.

    Args:
        scheduler: the schedule's name, for the latter.
    """
    arn = f"arn:aws:scheduler:{region}:{account}:schedule/default/{scheduler}"
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler" if scheduler else "aws.events",
        "account": account,
        "time": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [arn] if scheduler else [],
        "detail": "{}" if scheduler else {},
    }


def url_event(
    *,
    method: str,
    path: str,
    query: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    now: float,
) -> dict[str, Any]:
    """A request to a function URL, in payload format 2.0.

    Args:
        headers: names in lower case.
    """
    told = _joined((name, value) for name, value in headers if name != "cookie")
    cookies = [each.strip() for n, value in headers if n == "cookie" for each in value.split(";")]
    parameters = _joined(parse_qsl(query, keep_blank_values=True))
    as_text = _is_text(told.get("content-type", ""))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": told,
        "requestContext": _context(method, path, told, now),
        "isBase64Encoded": not as_text,
    }
    if cookies:
        event["cookies"] = cookies
    if parameters:
        event["queryStringParameters"] = parameters
    if body:
        event["body"] = body.decode("utf-8", "replace") if as_text else b64encode(body).decode()
    else:
        event["isBase64Encoded"] = False
    return event


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What came several times, with commas between."""
    told: dict[str, str] = {}
    for name, value in pairs:
        told[name] = f"{told[name]},{value}" if name in told else value
    return told


def _is_text(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT


def _context(method: str, path: str, headers: Mapping[str, str], now: float) -> dict[str, Any]:
    host = headers.get("host", "")
    return {
        "accountId": "anonymous",
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid4()),
        "routeKey": "$default",
        "stage": "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
