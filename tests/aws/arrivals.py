"""Mails on their way through the functions, and what comes of them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from functions import READER, Context, Ending
from moto.ses.models import ses_backends

from margins.aws import gate, parser, parts
from margins.local.cloud import ACCOUNT
from margins.local.events import (
    VERDICTS,
    queued,
    s3_event,
    scheduled_event,
    ses_event,
    sqs_event,
)
from margins.local.stack import Local

__all__ = ["REGION", "at", "forget", "keep", "keys", "letters", "run", "tick"]

REGION = "eu-west-1"


def keep(
    stack: Local,
    content: bytes,
    id_: str,
    *,
    sender: str = READER,
    to: str = "import@localhost",
    dmarc: str = "PASS",
    signed: bool | None = None,
) -> dict[str, Any]:
    """SES takes a mail: the gate is asked, the object is written; the event that tells of it.

    Args:
        signed: by the author's domain; as the verdict suggests when None.
    """
    if dmarc == "PASS" if signed is None else signed:
        content = stack.authors.sign(content)
    event = ses_event(
        content,
        id_=id_,
        source=sender,
        recipients=[to],
        now=0.0,
        verdicts=VERDICTS | {"dmarc": dmarc},
    )
    gate.handler(event, Context())
    bucket = stack.stack.physical["MailBucket"]
    key = f"incoming/{id_}"
    stack.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return s3_event(bucket, key, size=len(content), region=REGION, now=time.time())


def forget(stack: Local, id_: str) -> None:
    """Nothing the gate passed on is there: it could not write, or that was long ago."""
    stack.cloud.client("dynamodb").delete_item(
        TableName=stack.stack.physical["LedgerTable"],
        Key={"pk": {"S": f"receipt#{id_}"}, "sk": {"S": "receipt"}},
    )


def run(*events: dict[str, Any], seconds: float = 60.0, context: Ending | None = None) -> list[int]:
    """The parser over a batch; which messages come back, by position."""
    messages = [queued(event) for event in events]
    batch = sqs_event(messages, queue_arn="arn", region=REGION)
    answer = parser.handler(batch, context or Context(seconds))
    names = [message["MessageId"] for message in messages]
    return [names.index(item["itemIdentifier"]) for item in answer["batchItemFailures"]]


def tick() -> None:
    """A minute has passed."""
    parser.handler(scheduled_event(region=REGION, account=ACCOUNT, now=0.0), Context())


def keys(stack: Local, prefix: str) -> list[str]:
    """What lies in the bucket."""
    bucket = stack.stack.physical["MailBucket"]
    listed = stack.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def letters(stack: Local) -> list[tuple[str, str]]:
    """Recipient and content of what went out over SES."""
    sent = ses_backends[ACCOUNT][stack.cloud.region].sent_messages
    return [(message.destinations[0], message.raw_data) for message in sent]


def at(patch: pytest.MonkeyPatch, *, seconds: float) -> None:
    """From now on the functions' clock is so much fast."""
    patch.setattr(parts.SystemClock, "now", lambda _: time.time() + seconds)
