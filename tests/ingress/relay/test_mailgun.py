"""What Mailgun posts to a URL that ends in "mime", in both encodings of a form."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from urllib.parse import quote_plus

import pytest
from posting import CONTENT, MAX_BYTES, NOW, SENDER, TO, Answer, Posting, multipart, posting

from margins.ingress.relay import Mailgun
from margins.mail import Envelope, Outcome

KEY = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
HOUR = 3600


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay with a signing key."""
    with posting(Mailgun([KEY])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new."""
    return running.begin()


def fields(token: str, *, at: int = NOW, key: str = KEY, **changes: object) -> dict[str, object]:
    """The fields of one request, signed as "Securing Webhooks" says."""
    signature = hmac.digest(key.encode(), f"{at}{token}".encode(), "sha256").hex()
    return {
        "recipient": TO,
        "sender": SENDER,
        "from": "Ada <ada@example.org>",
        "subject": "caf\u00e9",
        "body-mime": CONTENT,
        "timestamp": str(at),
        "token": token,
        "signature": signature,
        **changes,
    }


def urlencoded(form: dict[str, object]) -> tuple[str, bytes]:
    """Content type and body of an urlencoded form."""
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in form.items())
    return "application/x-www-form-urlencoded", body.encode()


def post(relay: Posting, form: dict[str, object], encode: object = multipart) -> Answer:
    """One request of Mailgun."""
    content_type, body = encode(form)
    return relay.post("mailgun/mime", {"Content-Type": content_type}, body)


@pytest.mark.parametrize("encode", [multipart, urlencoded])
def test_the_raw_message_arrives(relay: Posting, encode: object) -> None:
    """body-mime byte for byte, in either encoding, with the paths of the SMTP session."""
    answer = post(relay, fields(f"first {encode.__name__}"), encode)
    assert answer.status == 200
    assert relay.mail.content == CONTENT
    assert relay.mail.envelope == Envelope(
        reverse_path=SENDER, forward_paths=(TO,), ingress="relay", trusted=False
    )


def test_a_vector_made_with_openssl(relay: Posting) -> None:
    """`printf %s 1793520000<token> | openssl dgst -sha256 -hmac <key>`."""
    form = fields("6f1a4c5e0d8b7f3a291c4e6d8b0a2c4e6f8091a3b5c7d9e1f2")
    form["signature"] = "184d56d78236a073f29f4f0579ba16110d0865d64898d966640d94e5273b10b2"
    assert post(relay, form).status == 200


def test_the_route_wants_the_word_mime(relay: Posting) -> None:
    """Mailgun posts the raw message only to a URL that ends so; there is no other."""
    content_type, body = multipart(fields("no mime"))
    assert relay.post("mailgun", {"Content-Type": content_type}, body).status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 64},
        {"signature": ""},
        {"token": "another"},
        {"timestamp": str(NOW - 1)},
        {"timestamp": "yesterday"},
        {"timestamp": "\u0661\u0662\u0663"},
    ],
)
def test_a_forged_signature(relay: Posting, change: dict[str, str]) -> None:
    """It is 401, which Mailgun tries again: a key that was just changed costs no mail."""
    answer = post(relay, fields("forged") | change)
    assert (answer.status, answer.headers["Margins-Outcome"], relay.mails) == (401, None, [])


def test_a_token_is_good_for_one_mail(relay: Posting) -> None:
    """The signature does not cover the mail, so a captured one must not carry another."""
    assert post(relay, fields("once")).status == 200
    assert post(relay, fields("once", **{"body-mime": CONTENT + b"x"})).status == 401
    assert post(relay, fields("once", sender="eve@example.net")).status == 401
    assert len(relay.mails) == 1


def test_the_same_mail_may_come_again(relay: Posting) -> None:
    """A try whose answer was lost, or that was deferred, is answered as the first would be."""
    relay.outcome = lambda _: Outcome.UNAVAILABLE
    assert post(relay, fields("again")).status == 503
    relay.outcome = lambda _: Outcome.ACCEPTED
    assert post(relay, fields("again")).status == 200
    relay.outcome = lambda _: Outcome.DUPLICATE
    assert post(relay, fields("again")).status == 200


def test_a_signature_is_good_while_mailgun_tries(relay: Posting) -> None:
    """It tries for eight hours, perhaps with the first signature: then an outage costs no mail."""
    relay.now = NOW + 8 * HOUR
    assert post(relay, fields("late")).status == 200
    relay.now = NOW + 10 * HOUR
    assert post(relay, fields("too late")).status == 401
    relay.now = NOW - 301
    assert post(relay, fields("early")).status == 401


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.UNKNOWN_SENDER, 406),
        (Outcome.UNAUTHENTICATED, 406),
        (Outcome.MALFORMED, 406),
        (Outcome.DUPLICATE, 200),
        (Outcome.HELD, 200),
        (Outcome.UNAVAILABLE, 503),
        (Outcome.NO_SPACE, 507),
    ],
)
def test_406_ends_the_tries(relay: Posting, outcome: Outcome, status: int) -> None:
    """A verdict is 406, anything durable 200, anything temporary neither."""
    relay.outcome = lambda _: outcome
    assert post(relay, fields(f"for {outcome}")).status == status


def test_a_mail_that_is_too_large_ends_the_tries(relay: Posting) -> None:
    """It would be too large the next time as well."""
    form = fields("large", **{"body-mime": b"x" * (MAX_BYTES + 1)})
    assert post(relay, form).status == 406
    form = fields("larger", **{"body-mime": b"x" * (4 * MAX_BYTES + 1024 * 1024)})
    assert post(relay, form).status == 406
    assert relay.mails == []


@pytest.mark.parametrize("name", ["body-mime", "sender", "recipient", "token", "signature"])
def test_a_field_is_missing(relay: Posting, name: str) -> None:
    """It is 422, which is tried again."""
    form = fields("missing")
    del form[name]
    answer = post(relay, form)
    assert (answer.status, answer.headers["Margins-Outcome"], relay.mails) == (422, None, [])


@pytest.mark.parametrize("encode", [multipart, urlencoded])
def test_a_field_stands_there_twice(relay: Posting, encode: object) -> None:
    """Nobody can tell whose it is: Mailgun's, or a header field of the mail's own."""
    content_type, body = encode(fields("twice"))
    if encode is multipart:
        head = b'--xYzZY\r\nContent-Disposition: form-data; name="sender"\r\n\r\neve@x.example\r\n'
        body = head + body
    else:
        body += b"&sender=eve%40x.example"
    assert relay.post("mailgun/mime", {"Content-Type": content_type}, body).status == 422


def test_several_recipients_of_one_route(relay: Posting) -> None:
    """They come in one field, and those that are served are kept."""
    form = fields("several", recipient=f"{TO}, b@elsewhere.example,c@secret.example")
    assert post(relay, form).status == 200
    assert relay.mail.envelope.forward_paths == (TO, "c@secret.example")


def test_a_form_without_end(relay: Posting) -> None:
    """A thousand fields are read, one more is refused."""
    more = {f"X-{n}": "" for n in range(1_001 - len(fields("")))}
    assert post(relay, fields("more") | more).status == 422
    more.popitem()
    assert post(relay, fields("many") | more).status == 200
