"""What Postmark posts.

The shape is that of https://postmarkapp.com/developer/webhooks/inbound-webhook, with invented text.
"""

from __future__ import annotations

import ipaddress
import json
from base64 import b64encode
from collections.abc import Iterator

import pytest
from posting import SENDER, TO, Answer, Posting, posting

from margins.ingress.relay import Postmark
from margins.mail import Envelope, Outcome

PASSWORD = "a-long-password-of-postmark"
MESSAGE = "From: Ada <ada@example.org>\r\nTo: import@in.example\r\n\r\nCaf\u00e9 \U0001f30a\r\n"
SENT: dict[str, object] = {
    "FromName": "Ada",
    "MessageStream": "inbound",
    "From": SENDER,
    "To": TO,
    "OriginalRecipient": TO,
    "Subject": "",
    "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
    "Headers": [
        {"Name": "Return-Path", "Value": "<eve@example.net>"},
        {"Name": "Received-SPF", "Value": "Pass client-ip=192.0.2.7; envelope-from=eve@x.example"},
    ],
    "TextBody": "Caf\u00e9",
    "Attachments": [],
    "RawEmail": MESSAGE,
}


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay with a password."""
    with posting(Postmark([PASSWORD])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new."""
    return running.begin()


def post(relay: Posting, sent: object = SENT, *, credentials: str = f"any:{PASSWORD}") -> Answer:
    """As Postmark posts to https://any:password@host/relay/postmark."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": "Basic " + b64encode(credentials.encode()).decode(),
    }
    return relay.post("postmark", headers, json.dumps(sent).encode())


def test_the_raw_message_arrives(relay: Posting) -> None:
    """RawEmail as UTF-8, for the recipient Postmark names."""
    assert post(relay).status == 200
    assert relay.mail.content == MESSAGE.encode()
    assert relay.mail.envelope == Envelope(
        reverse_path="", forward_paths=(TO,), peer="", helo="", ingress="relay", trusted=False
    )


def test_header_fields_say_nothing_about_the_envelope(relay: Posting) -> None:
    """A sender could write Received-SPF himself, and so bring a client whom SPF lets send."""
    post(relay)
    assert relay.mail.envelope.peer == ""


@pytest.mark.parametrize(
    "outcome", [Outcome.UNKNOWN_SENDER, Outcome.UNAUTHENTICATED, Outcome.MALFORMED]
)
def test_403_ends_the_tries(relay: Posting, outcome: Outcome) -> None:
    """A rejected mail is 403, the one status after which Postmark gives up."""
    relay.outcome = lambda _: outcome
    answer = post(relay)
    assert (answer.status, answer.headers["Margins-Outcome"]) == (403, outcome.value)


def test_a_mail_to_somebody_else_ends_the_tries(relay: Posting) -> None:
    """An address that is not served is a verdict; no mail is made of it."""
    assert post(relay, SENT | {"OriginalRecipient": "hash@inbound.postmarkapp.com"}).status == 403
    assert relay.mails == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.DUPLICATE, 200), (Outcome.HELD, 200), (Outcome.UNAVAILABLE, 503)],
)
def test_only_200_is_success(relay: Posting, outcome: Outcome, status: int) -> None:
    """What is durable is 200, not 204; an outage is tried again."""
    relay.outcome = lambda _: outcome
    assert post(relay).status == status


@pytest.mark.parametrize("credentials", ["any:wrong-password-of-postmark", PASSWORD, ":", "any:"])
def test_a_wrong_password(relay: Posting, credentials: str) -> None:
    """It is 401 with a challenge, after which Postmark tries again; there is no verdict."""
    answer = post(relay, credentials=credentials)
    assert (answer.status, relay.mails) == (401, [])
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic ***", "Basic \xff"])
def test_an_authorization_that_is_none(relay: Posting, header: str) -> None:
    """Another scheme, or what is not base64, is 401 too."""
    headers = {"Content-Type": "application/json", "Authorization": header}
    assert relay.post("postmark", headers, json.dumps(SENT).encode()).status == 401


@pytest.mark.parametrize(
    "sent",
    [
        SENT | {"RawEmail": ""},
        {name: value for name, value in SENT.items() if name != "RawEmail"},
        {name: value for name, value in SENT.items() if name != "OriginalRecipient"},
        SENT | {"RawEmail": ["a"]},
        SENT | {"RawEmail": "\ud800"},
        [SENT],
        None,
    ],
    ids=["empty", "not raw", "not inbound", "list", "surrogate", "array", "null"],
)
def test_an_option_forgotten_at_postmark_costs_no_mail(relay: Posting, sent: object) -> None:
    """Without the raw message it is 422, after which Postmark tries again for ten hours."""
    answer = post(relay, sent)
    assert (answer.status, answer.headers["Margins-Outcome"], relay.mails) == (422, None, [])


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff", b"9" * 10_000])
def test_what_is_not_json(relay: Posting, body: bytes) -> None:
    """It is 422, however deep it goes."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": "Basic " + b64encode(f"x:{PASSWORD}".encode()).decode(),
    }
    assert relay.post("postmark", headers, body).status == 422


def test_only_from_its_networks() -> None:
    """With networks in the settings the right password from elsewhere is 401."""
    elsewhere = ipaddress.ip_network("203.0.113.0/24")
    here = ipaddress.ip_network("127.0.0.0/8")
    with posting(Postmark([PASSWORD], [elsewhere])) as relay:
        assert post(relay).status == 401
    with posting(Postmark([PASSWORD], [elsewhere, here])) as relay:
        assert post(relay).status == 200
