"""The function that takes mails out of S3 and posts their notes."""

from __future__ import annotations

import pytest
from functions import READER, Context
from running import mail, notebook_html

from margins.aws import gate, parser
from margins.errors import Unavailable
from margins.local.events import VERDICTS, queued, s3_event, scheduled_event, ses_event, sqs_event
from margins.local.stack import Local
from margins.ports import Status

REGION = "eu-west-1"


def _keep(
    stack: Local, content: bytes, id_: str, *, sender: str = READER, dmarc: str = "PASS"
) -> dict:
    """SES takes a mail: the gate is asked, the object is written; the event that tells of it."""
    event = ses_event(
        content,
        id_=id_,
        source=sender,
        recipients=["import@localhost"],
        now=0.0,
        verdicts=VERDICTS | {"dmarc": dmarc},
    )
    gate.handler(event, Context())
    bucket = stack.stack.physical["MailBucket"]
    key = f"incoming/{id_}"
    stack.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    return s3_event(bucket, key, size=len(content), region=REGION, now=0.0)


def _run(*events: dict, seconds: float = 60.0) -> list[str]:
    """The parser over a batch; which messages come back, by position."""
    messages = [queued(event) for event in events]
    batch = sqs_event(messages, queue_arn="arn", region=REGION)
    answer = parser.handler(batch, Context(seconds))
    names = [message["MessageId"] for message in messages]
    return [names.index(item["itemIdentifier"]) for item in answer["batchItemFailures"]]


def _keys(stack: Local, prefix: str) -> list[str]:
    bucket = stack.stack.physical["MailBucket"]
    listed = stack.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def test_a_mail_becomes_notes(stack: Local) -> None:
    """It is delivered, kept under its digest, and gone from where SES put it."""
    assert _run(_keep(stack, mail(notebook_html(3)), "one")) == []
    [entry] = stack.ledger.entries()
    assert (entry.status, entry.account, entry.counts.created) == (Status.DELIVERED, "ada", 3)
    assert entry.envelope.forward_paths == ("import@localhost",)
    assert _keys(stack, "incoming/") == []
    assert _keys(stack, "mail/") == [f"mail/{entry.digest[:2]}/{entry.digest}"]


def test_the_same_event_again_changes_nothing(stack: Local) -> None:
    """S3 and SQS deliver at least once."""
    event = _keep(stack, mail(notebook_html(3)), "one")
    assert _run(event) == []
    assert _run(event, event) == []
    assert len(stack.ledger.entries()) == 1


def test_one_bad_mail_does_not_hold_up_the_others(stack: Local) -> None:
    """Only the message whose object cannot be read comes back."""
    good = _keep(stack, mail(notebook_html(3)), "one")
    bad = s3_event("no-such-bucket", "incoming/x", size=1, region=REGION, now=0.0)
    bad["Records"][0]["s3"]["object"]["key"] = ""
    assert _run(bad, good) == [0]
    assert stack.ledger.entries()[0].status is Status.DELIVERED


@pytest.mark.parametrize("dmarc", ["GRAY", "FAIL", "PROCESSING_FAILED", "DISABLED"])
def test_a_mail_nobody_proves_is_rejected(stack: Local, dmarc: str) -> None:
    """Without a DMARC PASS only a DKIM signature of one's own counts, and there is none."""
    _run(_keep(stack, mail(notebook_html(3)), "one", dmarc=dmarc))
    [entry] = stack.ledger.entries()
    assert entry.status is Status.REJECTED
    assert entry.digest == ""


def test_the_header_proves_nothing(stack: Local) -> None:
    """A message may say of itself what SES would have said."""
    forged = b"Authentication-Results: amazonses.com; dmarc=pass header.from=example.org\r\n"
    _run(_keep(stack, forged + mail(notebook_html(3)), "one", dmarc="FAIL"))
    assert stack.ledger.entries()[0].status is Status.REJECTED


def test_a_stranger_the_gate_let_through_is_judged_again(stack: Local) -> None:
    """The parser does not take the gate's word."""
    content = mail(notebook_html(3), sender="eve@example.net")
    _run(_keep(stack, content, "one", sender="eve@example.net"))
    assert stack.ledger.entries()[0].status is Status.REJECTED


def test_an_outage_of_the_registry_brings_the_mail_back(stack: Local) -> None:
    """Neither dropped nor let in: the message stays in the queue, the mail where it is."""
    event = _keep(stack, mail(notebook_html(3)), "one")
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["SendersTable"])
    assert _run(event) == [0]
    assert _keys(stack, "incoming/") == ["incoming/one"]
    assert stack.ledger.entries() == []


def test_what_cannot_be_delivered_in_time_waits_in_the_ledger(stack: Local) -> None:
    """The message is done with; the next tick of the schedule delivers the mail."""
    assert _run(_keep(stack, mail(notebook_html(3)), "one"), seconds=5) == []
    assert stack.ledger.entries()[0].status is Status.ACCEPTED
    tick = scheduled_event(region=REGION, account="123456789012", now=0.0)
    parser.handler(tick, Context())
    assert stack.ledger.entries()[0].status is Status.DELIVERED


def test_events_without_a_queue(stack: Local) -> None:
    """A direct S3 event works as well; when it cannot be handled, Lambda is told to try again."""
    parser.handler(_keep(stack, mail(notebook_html(3)), "one"), Context())
    assert stack.ledger.entries()[0].status is Status.DELIVERED
    stack.cloud.client("dynamodb").delete_table(TableName=stack.stack.physical["LedgerTable"])
    with pytest.raises(Unavailable):
        parser.handler(_keep(stack, mail(notebook_html(2)), "two"), Context())
