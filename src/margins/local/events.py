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

from margins.local.moments import stamp
from margins.local.ses_event import VERDICTS, ses_event

__all__ = [
    "VERDICTS",
    "queued",
    "s3_event",
    "scheduled_event",
    "ses_event",
    "sqs_event",
    "url_event",
]

_TEXT = {"application/json", "application/xml", "application/javascript"}


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
        "eventTime": stamp(now),
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
