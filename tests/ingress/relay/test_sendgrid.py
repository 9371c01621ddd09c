"""What SendGrid Inbound Parse posts with "raw, full MIME" and a security policy."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from posting import CONTENT, MAX_BYTES, NOW, SENDER, TO, Answer, Posting, multipart, posting
from starlette.datastructures import Headers

from margins.errors import ConfigError
from margins.ingress.relay import SendGrid
from margins.ingress.relay.provider import Head, Refusal
from margins.mail import Envelope, Outcome

HOUR = 3600
PRIVATE = ec.generate_private_key(ec.SECP256R1())
_DER = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
_PEM = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
KEY = b64encode(PRIVATE.public_key().public_bytes(*_DER)).decode()
FIELDS: dict[str, bytes | str] = {
    "charsets": '{"to":"UTF-8","subject":"UTF-8","from":"UTF-8"}',
    "dkim": "{@example.org : pass}",
    "email": CONTENT,
    "envelope": f'{{"to":["{TO}"],"from":"{SENDER}"}}',
    "from": "Ada <ada@example.org>",
    "sender_ip": "192.0.2.25",
    "SPF": "pass",
    "subject": "caf\u00e9",
    "to": TO,
}


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay with a public key."""
    with posting(SendGrid([KEY])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new."""
    return running.begin()


def sign(body: bytes, at: object = NOW) -> dict[str, str]:
    """The two header fields of a signed request."""
    signature = PRIVATE.sign(f"{at}".encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": f"{at}",
    }


def post(relay: Posting, form: Mapping[str, bytes | str] = FIELDS, at: int = NOW) -> Answer:
    """One request of SendGrid."""
    content_type, body = multipart(form)
    return relay.post("sendgrid", {"Content-Type": content_type, **sign(body, at)}, body)


def test_the_raw_message_arrives(relay: Posting) -> None:
    """The field `email` byte for byte, with the envelope and the client of the SMTP session."""
    assert post(relay).status == 200
    assert relay.mail.content == CONTENT
    assert relay.mail.envelope == Envelope(
        reverse_path=SENDER,
        forward_paths=(TO,),
        peer="192.0.2.25",
        ingress="relay",
        trusted=False,
    )


def test_the_vector_sendgrid_publishes() -> None:
    """Key, timestamp, payload and signature from the tests of SendGrid's own library.

    Source: https://github.com/sendgrid/sendgrid-python/blob/main/test/unit/test_eventwebhook.py
    """
    public_key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3G"
        "Rqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    )
    provider = SendGrid([public_key])
    payload = (
        b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
        b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
        b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C'
        b'-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",'
        b'"timestamp":1600112492}]\r\n'
    )
    fields = {
        "Content-Type": "multipart/form-data; boundary=xYzZY",
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
        "X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZU"
        "AiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
    }
    head = Head(headers=Headers(fields))
    with pytest.raises(Refusal, match="does not begin with its boundary") as genuine:
        provider.read(head, payload, 1600112502)  # the signature is right, it is just no form
    assert genuine.value.status == 422
    with pytest.raises(Refusal, match="signature"):
        provider.read(head, payload.rstrip(), 1600112502)


def test_a_key_as_pem(relay: Posting) -> None:
    """The key may also be in the settings as openssl prints it."""
    pem = PRIVATE.public_key().public_bytes(*_PEM).decode()
    with posting(SendGrid([pem])) as other:
        assert post(other).status == 200


@pytest.mark.parametrize("key", ["", "x", b64encode(b"key").decode(), "an RSA key", KEY[:-8]])
def test_what_is_no_such_key(key: str) -> None:
    """The service does not start with it."""
    if key == "an RSA key":
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
        key = b64encode(other.public_bytes(*_DER)).decode()
    with pytest.raises(ConfigError, match="relay_sendgrid_keys"):
        SendGrid([key])


def test_a_changed_body_is_never_dropped_for_good(relay: Posting) -> None:
    """4xx would make SendGrid drop the mail without a word, so a wrong signature is 503."""
    content_type, body = multipart(FIELDS)
    headers = {"Content-Type": content_type, **sign(body)}
    answer = relay.post("sendgrid", headers, body.replace(b"ada@", b"eve@"))
    assert (answer.status, answer.headers["Margins-Outcome"], relay.mails) == (503, None, [])


@pytest.mark.parametrize(
    "change",
    [
        {"X-Twilio-Email-Event-Webhook-Signature": "***"},
        {"X-Twilio-Email-Event-Webhook-Signature": ""},
        {"X-Twilio-Email-Event-Webhook-Signature": b64encode(b"\x30\x06\x02\x01\x00").decode()},
        {"X-Twilio-Email-Event-Webhook-Timestamp": str(NOW - 1)},
        {"X-Twilio-Email-Event-Webhook-Timestamp": "now"},
    ],
)
def test_a_forged_signature(relay: Posting, change: dict[str, str]) -> None:
    """What is not base64, not DER, or of another time is not genuine."""
    content_type, body = multipart(FIELDS)
    headers = {"Content-Type": content_type, **sign(body), **change}
    assert relay.post("sendgrid", headers, body).status == 503
    assert relay.mails == []


def test_without_a_signature_nothing_is_received(relay: Posting) -> None:
    """A webhook without a security policy is not believed."""
    content_type, body = multipart(FIELDS)
    assert relay.post("sendgrid", {"Content-Type": content_type}, body).status == 503


def test_a_signature_is_good_while_sendgrid_tries(relay: Posting) -> None:
    """It tries for three days; the signature covers the mail, so a copy brings nothing new."""
    relay.now = NOW + 72 * HOUR
    assert post(relay).status == 200
    relay.now = NOW + 74 * HOUR
    assert post(relay).status == 503


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.UNKNOWN_SENDER, 403),
        (Outcome.UNAUTHENTICATED, 403),
        (Outcome.MALFORMED, 422),
        (Outcome.DUPLICATE, 200),
        (Outcome.HELD, 200),
        (Outcome.UNAVAILABLE, 503),
    ],
)
def test_4xx_ends_the_tries(relay: Posting, outcome: Outcome, status: int) -> None:
    """A verdict is the 4xx of its outcome, an outage 5xx."""
    relay.outcome = lambda _: outcome
    answer = post(relay)
    assert (answer.status, answer.headers["Margins-Outcome"]) == (status, outcome.value)


def test_a_mail_that_is_too_large_ends_the_tries(relay: Posting) -> None:
    """413, whether the message is too large or the request already."""
    assert post(relay, FIELDS | {"email": b"x" * (MAX_BYTES + 1)}).status == 413
    assert post(relay, FIELDS | {"email": b"x" * (MAX_BYTES + 2 * 1024 * 1024)}).status == 413
    assert relay.mails == []


@pytest.mark.parametrize(
    "change",
    [
        {"envelope": "{"},
        {"envelope": "[]"},
        {"envelope": '{"to":"import@in.example","from":"ada@example.org"}'},
        {"envelope": '{"to":["import@in.example"]}'},
        {"envelope": b"\xff"},
        {"sender_ip": "mail.example.org"},
    ],
)
def test_an_envelope_that_cannot_be_read(relay: Posting, change: dict[str, str]) -> None:
    """It is tried again rather than dropped."""
    assert post(relay, FIELDS | change).status == 503
    assert relay.mails == []


def test_an_option_forgotten_at_sendgrid_costs_no_mail(relay: Posting) -> None:
    """Without the raw message it is 503, and the log says what is missing."""
    form = {name: value for name, value in FIELDS.items() if name != "email"}
    assert post(relay, form | {"text": "Hello", "headers": "From: a"}).status == 503


def test_a_mail_cannot_write_fields_of_the_form(relay: Posting) -> None:
    """SendGrid's samples all have one boundary; a mail that contains it gains nothing."""
    forged = b'\r\n--xYzZY\r\nContent-Disposition: form-data; name="sender_ip"\r\n\r\n192.0.2.1'
    assert post(relay, FIELDS | {"email": CONTENT + forged}).status == 503
    assert relay.mails == []
