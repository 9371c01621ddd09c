"""Content by its digest, and the same message over different routes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from margins.mail.envelope import digest, fingerprint

MESSAGE = b"From: orla@finch.example\nSubject: Notes\n\nText\n\nMore: text\n"
WHOLE = (
    b"From: Orla Finch <orla@finch.example>\r\nTo: notes@in.example\r\nSubject: Notes\r\n"
    b"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@finch.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Text\r\n\r\nMore: text\r\n"
)


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
    """Another author, time, identifier, subject or text is another message."""
    others = [
        MESSAGE.replace(b"Notes", b"Notes 2"),
        MESSAGE.replace(b"orla", b"ada"),
        MESSAGE.replace(b"Text", b"text"),
        MESSAGE.replace(b"Text\n\n", b"Text\n"),
        MESSAGE.replace(b"\n\nText", b"\nText"),
        MESSAGE.replace(b"\n\nText", b"\n\nReceived: x\nText"),
        WHOLE,
        WHOLE.replace(b"2 Nov", b"3 Nov"),
        WHOLE.replace(b"<1@", b"<2@"),
        WHOLE.replace(b"Text", b"text"),
        b"",
    ]
    prints = {fingerprint(content) for content in [MESSAGE, *others]}
    assert len(prints) == len(others) + 1


def test_a_repeated_mail_stays_the_same_whatever_is_added() -> None:
    """Fields that its signature may not cover, and white space that it does not see."""
    repeated = [
        b"X-Again: 1\r\n" + WHOLE,
        b"List-Id: x\r\n" + WHOLE,
        b"Cc: friend@elsewhere.example\r\nIn-Reply-To: <2@x>\r\nReferences: <3@x>\r\n" + WHOLE,
        b"Sender: x@y.example\r\nContent-Language: de\r\n" + WHOLE,
        WHOLE.replace(b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n", b""),
        WHOLE.replace(b"Subject: Notes\r\n", b""),
        WHOLE.replace(b"From: Orla Finch", b"fRoM:\tOrla\r\n  Finch "),
        WHOLE + b"\r\n\r\n",
        WHOLE.replace(b"Text", b"Text \t").replace(b"More: text", b"More: \t text"),
    ]  # fmt: skip
    assert {fingerprint(content) for content in repeated} == {fingerprint(WHOLE)}


_NAME = st.from_regex(rb"[!-9;-~]{1,20}", fullmatch=True)
_VALUE = st.from_regex(rb"[ -~]{0,30}(\r\n[ \t][!-~]{1,30}){0,2}", fullmatch=True)
_OURS = {b"from", b"date", b"message-id"}


@given(st.lists(st.tuples(_NAME.filter(lambda n: n.lower() not in _OURS), _VALUE)), st.data())
def test_no_added_field_makes_another_message(
    added: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    """Whatever it is called, wherever it stands, however it is folded; fields in any order."""
    head, _, body = WHOLE.partition(b"\r\n\r\n")
    fields = [*head.split(b"\r\n"), *(name + b": " + value for name, value in added)]
    shuffled = data.draw(st.permutations(fields))
    content = b"\r\n".join(shuffled) + b"\r\n\r\n" + body
    assert fingerprint(content) == fingerprint(WHOLE)


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t"]), min_size=1))
def test_folding_does_not_matter(space: list[bytes]) -> None:
    """However a relay breaks a long line, between the same words."""
    folded = WHOLE.replace(b"Orla Finch", b"Orla" + b"".join(space) + b"x").replace(
        b"x", b"Finch", 1
    )
    assert fingerprint(folded) == fingerprint(WHOLE)


@given(st.binary(max_size=200), st.binary(max_size=20).filter(lambda b: b"\n" not in b))
def test_total_and_blind_to_received(content: bytes, noise: bytes) -> None:
    """Any bytes have a fingerprint, and a Received line on top does not change it."""
    if content[:1] not in {b" ", b"\t"}:
        assert fingerprint(b"Received: " + noise + b"\n" + content) == fingerprint(content)
