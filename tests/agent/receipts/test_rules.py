"""A program answers a person once, and never another program (RFC 3834)."""

from __future__ import annotations

import pytest

from margins.agent.receipts import may_reply
from margins.mail import parse
from margins.mail.envelope import Envelope

PLAIN = b"From: reader@example.org\r\nTo: import@notes.example\r\nSubject: Notes\r\n"
ENVELOPE = Envelope(reverse_path="reader@example.org", forward_paths=("import@notes.example",))


def _why(header: bytes = b"", *, start: bytes = PLAIN, envelope: Envelope = ENVELOPE) -> str | None:
    return may_reply(parse(start + header + b"\r\nText.\r\n"), envelope)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Auto-Submitted: no\r\n",
        b"Precedence: first-class\r\n",
        b"X-Auto-Response-Suppress: OOF, DR\r\n",
        b"Received: from a by b; Sun, 1 Nov 2026 10:00:00 +0000\r\n" * 30,
    ],
)
def test_people_are_answered(header: bytes) -> None:
    """Ordinary mail, even over many servers, gets its receipt."""
    assert _why(header) is None


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"Auto-Submitted: auto-replied\r\n", "Auto-Submitted"),
        (b"Auto-Submitted: auto-generated; owner-email=a@b.example\r\n", "Auto-Submitted"),
        (b"Auto-Submitted: no\r\nAuto-Submitted: auto-notified\r\n", "Auto-Submitted"),
        (b"Precedence: BULK\r\n", "bulk"),
        (b"Precedence: list\r\n", "bulk"),
        (b"Precedence: junk\r\n", "bulk"),
        (b"List-Id: <books.lists.example>\r\n", "mailing list"),
        (b"list-unsubscribe: <mailto:u@lists.example>\r\n", "mailing list"),
        (b"X-Auto-Response-Suppress: OOF, AutoReply\r\n", "automatic answers"),
        (b"X-Auto-Response-Suppress: All\r\n", "automatic answers"),
        (b"X-Margins-Receipt: 01M84AX2ZX97AFB858CH7FVPJF\r\n", "receipt itself"),
        (b"Return-Path: <>\r\n", "null"),
        (b"Received: from a by b; Sun, 1 Nov 2026 10:00:00 +0000\r\n" * 31, "30 servers"),
    ],
)
def test_programs_are_not(header: bytes, said: str) -> None:
    """Each sign of a program, a list or a loop suffices, and is named."""
    assert said in (_why(header) or "")


def test_the_null_reverse_path_is_never_answered() -> None:
    """Bounces have it, and a reply to one would bounce."""
    for path in ("", "<>"):
        why = _why(envelope=Envelope(reverse_path=path, forward_paths=ENVELOPE.forward_paths))
        assert "null" in (why or "")


@pytest.mark.parametrize(
    "author",
    ["MAILER-DAEMON", "no-reply", "noreply", "owner-books", "books-request", "books-bounces"],
)
def test_addresses_of_programs_are_never_answered(author: str) -> None:
    """RFC 3834 s2: they belong to lists and mail servers."""
    start = PLAIN.replace(b"From: reader", b"From: " + author.encode())
    assert "that of a program" in (_why(start=start) or "")


def test_nobody_answers_himself() -> None:
    """A mail from the import address to the import address would go round for ever."""
    start = PLAIN.replace(b"From: reader@example.org", b"From: import@notes.example")
    assert "recipient" in (_why(start=start) or "")


def test_a_message_of_two_authors_is_not_answered() -> None:
    """There is nobody to answer."""
    assert "no one author" in (_why(b"From: other@example.org\r\n") or "")
