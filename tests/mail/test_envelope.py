"""Content by its digest, and the same message over different routes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from margins.mail.envelope import digest, fingerprint

MESSAGE = b"From: orla@finch.example\nSubject: Notes\n\nText\n\nMore: text\n"


def test_digest_is_sha_256() -> None:
    """The name under which raw content is kept."""
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_routes_do_not_matter() -> None:
    """What relays, SES and mailboxes put on top, folded or not, leaves the fingerprint alone."""
    added = (
        b"From orla@finch.example Mon Nov 23\nReturn-Path: <orla@finch.example>\n"
        b"Received: from a.example\n\tby b.example\n with SMTP\nX-SES-Receipt: x\n y\n"
        b"ARC-Seal: i=1\nAuthentication-Results: b.example;\n spf=pass\nDelivered-To: x\n"
    )
    assert fingerprint(added + MESSAGE) == fingerprint(MESSAGE)


def test_line_endings_do_not_matter() -> None:
    """The same message stored with LF and sent with CRLF is the same."""
    assert fingerprint(MESSAGE.replace(b"\n", b"\r\n")) == fingerprint(MESSAGE)


def test_what_the_author_wrote_matters() -> None:
    """Another subject, another text, a line more or less are another message."""
    others = [
        MESSAGE.replace(b"Notes", b"Notes 2"),
        MESSAGE.replace(b"Text", b"text"),
        MESSAGE + b"\n",
        MESSAGE.replace(b"\n\nText", b"\nText"),
        MESSAGE.replace(b"\n\nText", b"\n\nReceived: x\nText"),
        b"",
    ]
    prints = {fingerprint(content) for content in [MESSAGE, *others]}
    assert len(prints) == len(others) + 1


@given(st.binary(max_size=200), st.binary(max_size=20).filter(lambda b: b"\n" not in b))
def test_total_and_blind_to_received(content: bytes, noise: bytes) -> None:
    """Any bytes have a fingerprint, and a Received line on top does not change it."""
    if content[:1] not in {b" ", b"\t"}:
        assert fingerprint(b"Received: " + noise + b"\n" + content) == fingerprint(content)
