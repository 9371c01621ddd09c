"""The events of AWS, as they come and as they might."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.aws.events import Stored, arrival, notices
from margins.local.events import queued, s3_event, ses_event, sqs_event
from margins.mail.receipt import Verdict

MAIL = b"From: A <a@example.org>\r\nTo: import@notes.example\r\nSubject: x\r\n\r\n"


def _ses(content: bytes = MAIL, **verdicts: str) -> dict:
    return ses_event(
        content,
        id_="id-1",
        source="a@example.org",
        recipients=["import@notes.example"],
        now=0.0,
        verdicts=verdicts,
    )


AT = 1_795_428_000.0  # 2026-11-23T10:00:00Z


def _s3(key: str) -> dict:
    return s3_event("mail", key, size=1, region="eu-west-1", now=AT)


def test_a_mail_ses_asks_about() -> None:
    """Its id, envelope, author and verdicts."""
    mail = arrival(_ses(dmarc="PASS", virus="DISABLED"))
    assert mail is not None
    assert (mail.id, mail.reverse_path) == ("id-1", "a@example.org")
    assert mail.recipients == ("import@notes.example",)
    assert str(mail.author) == "a@example.org"
    assert (mail.receipt.dmarc, mail.receipt.virus) == (Verdict.PASS, None)


@pytest.mark.parametrize("status", ["DISABLED", "NEW_ONE", "", None, 7, {"x": 1}])
def test_a_verdict_nobody_knows(status: object) -> None:
    """It is no verdict, and no error."""
    event = _ses()
    event["Records"][0]["ses"]["receipt"]["dmarcVerdict"] = {"status": status}
    mail = arrival(event)
    assert mail is not None
    assert mail.receipt.dmarc is None


@pytest.mark.parametrize(
    "missing",
    ["source", "headers", "headersTruncated", "commonHeaders", "destination", "timestamp"],
)
def test_any_field_may_be_missing(missing: str) -> None:
    """Of all that SES sends only the id of the mail is needed."""
    event = _ses()
    del event["Records"][0]["ses"]["mail"][missing]
    assert arrival(event) is not None


def test_headers_that_were_cut_off_name_no_author() -> None:
    """The second From field might be in the part that is missing."""
    event = _ses()
    event["Records"][0]["ses"]["mail"]["headersTruncated"] = True
    mail = arrival(event)
    assert mail is not None
    assert mail.author is None


def test_a_header_that_names_two_authors_names_none() -> None:
    """The rule is that of the message itself."""
    mail = arrival(_ses(b"From: b@example.org\r\n" + MAIL))
    assert mail is not None
    assert mail.author is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["Records", "ses", "mail", "receipt", "headers", "messageId", "recipients", "s3",
             "object", "key", "bucket", "name", "eventSource", "body", "source", "detail"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=30,
)  # fmt: skip


@given(_JSON)
def test_no_event_is_an_error(event: object) -> None:
    """Whatever is sent, reading it ends in a value."""
    arrival(event)
    notices(event)


@pytest.mark.parametrize(
    "key",
    ["incoming/abc", "incoming/a b+c&d", "incoming/é", "incoming/100%"],
)
def test_keys_are_read_back(key: str) -> None:
    """S3 encodes them in its own way; EventBridge does not."""
    (direct,) = notices(_s3(key))
    assert direct.objects == (Stored(bucket="mail", key=key, at=AT),)
    detail = {"bucket": {"name": "mail"}, "object": {"key": key}}
    bridged = {"source": "aws.s3", "time": "2026-11-23T10:00:00Z", "detail": detail}
    assert notices(bridged)[0].objects == direct.objects
    moto = _s3(key)
    moto["Records"][0]["s3"]["object"]["key"] = (
        key.replace("%", "%25").replace("/", "%2F").replace("+", "%2B")
    )
    assert notices(moto)[0].objects == direct.objects


@pytest.mark.parametrize("when", ["", "yesterday", "2026-11-23T10:00:00", 7, None])
def test_an_event_without_a_time_gives_none(when: object) -> None:
    """Then a mail is judged as of now."""
    event = _s3("incoming/a")
    event["Records"][0]["eventTime"] = when
    assert notices(event)[0].objects[0].at is None


def test_messages_of_a_queue() -> None:
    """One by one, each under its own id; what is not JSON says so."""
    messages = [queued(_s3("incoming/a")), queued(_s3("incoming/b"))]
    messages.append({"MessageId": "odd", "ReceiptHandle": "", "Body": "{"})
    found = notices(sqs_event(messages, queue_arn="arn", region="eu-west-1"))
    assert [notice.id for notice in found[:2]] == [m["MessageId"] for m in messages[:2]]
    assert [notice.objects[0].key for notice in found[:2]] == ["incoming/a", "incoming/b"]
    assert "not JSON" in found[2].defect


@pytest.mark.parametrize(
    "body",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "mail"},
        _s3("incoming/AMAZON_SES_SETUP_NOTIFICATION"),
        {},
    ],
)
def test_messages_that_tell_of_no_mail(body: dict) -> None:
    """S3's test, SES's set-up object, nothing: all are done with at once."""
    message = {"MessageId": "m", "ReceiptHandle": "", "Body": json.dumps(body)}
    (notice,) = notices(sqs_event([message], queue_arn="arn", region="eu-west-1"))
    assert (notice.objects, notice.defect) == ((), "")


@pytest.mark.parametrize("version", ["2.1", "2.5", "2.6", "3.0"])
def test_versions_of_s3s_events(version: str) -> None:
    """The fields that are needed have not changed since 2.0."""
    event = _s3("incoming/a")
    event["Records"][0]["eventVersion"] = version
    assert notices(event)[0].objects[0].key == "incoming/a"
