"""The event SES hands to a function."""

from __future__ import annotations

import pytest

from margins.errors import InputError
from margins.local.ses_event import VERDICTS, ses_event, verdicts_of

HEADER = b"""\
From: "Marlow, Ines" <ines@example.org>
Sender: desk@example.org
To: Margins <import@notes.example>, "Doe, Jane" <jane@example.com>
Cc: import@notes.example,
 Team: one@example.com, =?utf-8?q?Zo=C3=AB?= <zoe@example.com>;
Bcc: hidden@example.com
Reply-To: reply@example.org
Subject: Notes
Message-ID: <1@example.org>
Date: Sun, 1 Nov 2026 10:00:00 +0000

body
""".replace(b"\n", b"\r\n")


def _mail(content: bytes) -> dict:
    event = ses_event(
        content,
        id_="i",
        source="bounce+1@example.org",
        recipients=["secret@notes.example"],
        now=0.0,
    )
    return event["Records"][0]["ses"]["mail"]


def test_common_headers() -> None:
    """All that AWS documents, every mailbox by itself and with its name."""
    assert _mail(HEADER)["commonHeaders"] == {
        "returnPath": "bounce+1@example.org",
        "from": ['"Marlow, Ines" <ines@example.org>'],
        "sender": ["desk@example.org"],
        "to": ["Margins <import@notes.example>", '"Doe, Jane" <jane@example.com>'],
        "cc": ["import@notes.example", "one@example.com", "=?utf-8?q?Zo=C3=AB?= <zoe@example.com>"],
        "bcc": ["hidden@example.com"],
        "replyTo": ["reply@example.org"],
        "subject": "Notes",
        "messageId": "<1@example.org>",
        "date": "Sun, 1 Nov 2026 10:00:00 +0000",
    }


def test_the_destination_is_that_of_the_header() -> None:
    """Plain addresses, each once; those of the envelope are the receipt's recipients alone."""
    assert _mail(HEADER)["destination"] == [
        "import@notes.example", "jane@example.com", "one@example.com", "zoe@example.com",
        "hidden@example.com",
    ]  # fmt: skip


def test_a_mail_without_a_header() -> None:
    """Every field of commonHeaders but the envelope's is optional."""
    assert _mail(b"\r\nbody\r\n")["commonHeaders"] == {"returnPath": "bounce+1@example.org"}


def test_long_headers_are_cut_off() -> None:
    """The event has ten kilobytes of them, and says that there are more."""
    mail = _mail((b"X-Long: " + b"y" * 900 + b"\r\n") * 12 + HEADER)
    assert mail["headersTruncated"]
    assert len(mail["headers"]) == 11


def test_verdicts_that_are_chosen() -> None:
    """The others stay as they are."""
    assert verdicts_of({"dmarc": "FAIL"}) == {**VERDICTS, "dmarc": "FAIL"}


@pytest.mark.parametrize(
    ("name", "status", "known"),
    [("dmarcc", "FAIL", "dmarc"), ("dmarc", "fail", "FAIL"), ("spam", "", "DISABLED")],
)
def test_verdicts_that_there_are_not(name: str, status: str, known: str) -> None:
    """Neither a name nor a status is taken that SES does not have; the message has those it has."""
    with pytest.raises(InputError) as refused:
        verdicts_of({name: status})
    assert refused.value.place == f"{name}={status}"
    assert known in refused.value.remedy
