"""Our own dialect, for the Cloudflare Worker and for any mail server of the operator's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from posting import CONTENT, NOW, SENDER, TO, Posting, posting, signed
from rows import row

from margins.ingress.relay import Signed
from margins.mail import Envelope, Outcome

SECRET = "tide-and-time-wait-for-no-reader"
OLD = "the-secret-that-is-being-replaced"


@pytest.fixture(scope="module")
def running() -> Iterator[Posting]:
    """A relay with a secret, and the one before it."""
    with posting(Signed("margins", [SECRET, OLD])) as found:
        yield found


@pytest.fixture
def relay(running: Posting) -> Posting:
    """The same, as new."""
    return running.begin()


def test_the_message_and_its_envelope_arrive(relay: Posting) -> None:
    """Content byte for byte, both paths, the client and its HELO name; nobody is trusted."""
    headers = signed(SECRET, client="2001:DB8::1", helo="mail.example.org")
    answer = relay.post("margins", headers, CONTENT)
    assert (answer.status, answer.headers["Margins-Outcome"]) == (200, "accepted, durable")
    assert relay.mail.content == CONTENT
    assert relay.mail.envelope == Envelope(
        reverse_path=SENDER,
        forward_paths=(TO,),
        peer="2001:db8::1",
        helo="mail.example.org",
        ingress="relay",
        trusted=False,
    )


def test_a_vector_made_with_openssl(relay: Posting) -> None:
    """The example of docs/relay.md, computed with the openssl command, is taken."""
    content = b"From: ada@example.org\nTo: import@in.example\n\nHello\n"
    headers = {
        "Content-Type": "message/rfc822",
        "Content-Digest": "sha-256=:7SJtOcG/TIfdfAdnJJi5eRWqKfGm5GKRwPGiolQLBUU=:",
        "Margins-Timestamp": "1793520000",
        "Margins-Envelope": "eyJmcm9tIjoiYWRhQGV4YW1wbGUub3JnIiwidG8iOlsiaW1wb3J0QGlu"
        "LmV4YW1wbGUiXX0=",
        "Margins-Signature": "870c741d700a0a202e040cf4a96e9359c1bcf66256f168650386f1ee014ee595",
    }
    assert relay.post("margins", headers, content).status == 200
    assert relay.mail.envelope.forward_paths == (TO,)


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.UNKNOWN_SENDER])
def test_a_mail_that_was_taken_is_named(relay: Posting, outcome: Outcome) -> None:
    """A field has its id, or that of the mail it is a duplicate of, and the text says it."""
    relay.outcome, relay.entry = lambda _: outcome, row()
    answer = relay.post("margins", signed(SECRET), CONTENT)
    taken = outcome is not Outcome.UNKNOWN_SENDER
    assert answer.headers["Margins-Mail"] == (relay.entry.id if taken else None)
    assert answer.text.endswith(f" as {relay.entry.id}\n") == taken


def test_two_secrets_live_while_one_replaces_the_other(relay: Posting) -> None:
    """What the old secret signed is taken until the operator removes it."""
    assert relay.post("margins", signed(OLD), CONTENT).status == 200


def test_a_client_may_be_unknown(relay: Posting) -> None:
    """Without a client there is nothing to look up for SPF, and the null reverse-path is one."""
    assert relay.post("margins", signed(SECRET, **{"from": ""}), CONTENT).status == 200
    envelope = relay.mail.envelope
    assert (envelope.peer, envelope.helo, envelope.reverse_path) == ("", "", "")


@pytest.mark.parametrize(
    "change",
    [
        {"Content-Digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"},
        {"Margins-Timestamp": str(NOW + 1)},
        {"Margins-Envelope": signed(SECRET, **{"from": "eve@example.net"})["Margins-Envelope"]},
        {"Margins-Signature": "0" * 64},
        {"Margins-Signature": ""},
    ],
    ids=["digest", "timestamp", "envelope", "signature", "empty"],
)
def test_everything_is_signed(relay: Posting, change: dict[str, str]) -> None:
    """Changing any of the signed fields, or the signature, is 401 and no mail."""
    answer = relay.post("margins", signed(SECRET) | change, CONTENT)
    assert (answer.status, relay.mails) == (401, [])
    assert "Margins-Outcome" not in answer.headers


def test_another_body_is_refused(relay: Posting) -> None:
    """A genuine head does not carry another message."""
    assert relay.post("margins", signed(SECRET), CONTENT + b"more").status == 401
    assert relay.mails == []


@pytest.mark.parametrize("late", [-301, 301])
def test_five_minutes_either_way(relay: Posting, late: int) -> None:
    """A signature is good for five minutes, and as long before its time."""
    assert relay.post("margins", signed(SECRET, at=NOW + late), CONTENT).status == 401
    within = NOW + late - (1 if late > 0 else -1)
    assert relay.post("margins", signed(SECRET, at=within), CONTENT).status == 200


@pytest.mark.parametrize(
    "envelope",
    [
        {"to": TO},
        {"to": [1]},
        {"from": None},
        {"client": "localhost"},
        {"client": 1},
        {"helo": ["x"]},
    ],
)
def test_an_envelope_of_other_types_is_no_verdict(
    relay: Posting, envelope: dict[str, object]
) -> None:
    """It is 422 without an outcome, so that whoever posts it keeps the mail."""
    answer = relay.post("margins", signed(SECRET, **envelope), CONTENT)
    assert (answer.status, answer.headers["Margins-Outcome"], relay.mails) == (422, None, [])


def test_paths_are_cleaned(relay: Posting) -> None:
    """Brackets go; what is no mailbox is nobody."""
    to = [
        f"<{TO}>",
        "two words@secret.example",
        "line\nbreak@secret.example",
        "x@elsewhere.example",
    ]
    assert relay.post("margins", signed(SECRET, to=to), CONTENT).status == 200
    assert relay.mail.envelope.forward_paths == (TO,)


def test_a_helo_name_with_controls_is_left_out(relay: Posting) -> None:
    """It would end up in rows and logs."""
    assert relay.post("margins", signed(SECRET, helo="a\x1b[2Jb"), CONTENT).status == 200
    assert relay.mail.envelope.helo == ""
