"""LMTP (RFC 2033): a reply for every recipient."""

from __future__ import annotations

from listening import Listening, Peer, listening, rules
from rows import row

from margins.mail import MailObject, Outcome

CONTENT = b"From: ada@example.org\r\n\r\nHello\r\n"


def _begun(peer: Peer, *recipients: str) -> None:
    assert peer.reply().startswith("220")
    assert peer.say("LHLO postfix.example").startswith("250")
    assert peer.say("MAIL FROM:<ada@example.org>").startswith("250")
    for recipient in recipients:
        assert peer.say(f"RCPT TO:<{recipient}>").startswith("250")
    assert peer.say("DATA").startswith("354")


def _by_recipient(mail: MailObject) -> Outcome:
    accepted = mail.envelope.forward_paths == ("one@in.example",)
    return Outcome.ACCEPTED if accepted else Outcome.UNKNOWN_SENDER


def _answers(server: Listening, content: bytes) -> list[str]:
    with server.peer(lmtp=True) as peer:
        _begun(peer, "one@in.example", "two@in.example")
        peer.sock.sendall(content + b".\r\n")
        return [peer.reply()[:9] for _ in range(2)]


def test_every_recipient_has_its_own_answer() -> None:
    """In the order of RCPT, each judged as a mail to that recipient alone."""
    with listening(rules(addresses=("@in.example",))) as server:
        server.outcome = _by_recipient
        assert _answers(server, CONTENT) == ["250 2.6.0", "550 5.7.1"]
        envelopes = [mail.envelope for mail in server.mails]
    assert [e.forward_paths for e in envelopes] == [("one@in.example",), ("two@in.example",)]
    assert {e.ingress for e in envelopes} == {"lmtp"}


def test_who_is_told_250_is_told_the_mail() -> None:
    """By the ledger's id, so that the peer's log can be matched with the inbox."""
    with listening(rules(addresses=("@in.example",))) as server, server.peer(lmtp=True) as peer:
        server.outcome, server.entry = _by_recipient, row()
        _begun(peer, "one@in.example", "two@in.example")
        peer.sock.sendall(CONTENT + b".\r\n")
        assert peer.reply() == f"250 2.6.0 Message accepted as {server.entry.id}"
        assert peer.reply() == "550 5.7.1 Sender not registered here"


def test_what_refuses_the_content_refuses_it_for_all() -> None:
    """As many replies as recipients, or the peer would wait for ever."""
    with listening(rules(addresses=("@in.example",), max_bytes=1_000)) as server:
        assert _answers(server, b"x" * 2_000 + b"\r\n") == ["552 5.3.4"] * 2
        assert _answers(server, b"a\nb\r\n") == ["550 5.6.1"] * 2


def test_smtp_greetings_are_not_spoken() -> None:
    """HELO and EHLO are refused, and nothing goes before LHLO."""
    with listening(rules()) as server, server.peer(lmtp=True) as peer:
        peer.reply()
        assert peer.say("EHLO x").startswith("500")
        assert peer.say("HELO x").startswith("500")
        assert peer.say("MAIL FROM:<ada@example.org>").startswith("503")
    with listening(rules()) as server, server.peer() as peer:
        peer.reply()
        assert peer.say("LHLO x").startswith("500")
