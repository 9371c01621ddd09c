"""A whole message, read once."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from margins.errors import MailError
from margins.mail import Address, Message, attachments, cloud_link, parse
from margins.mail.limits import Limits

LETTER = b"""\
From: Orla Finch <orla@finch.example>
To: in@notes.example
Subject: =?utf-8?Q?Notebook_export_for_S=C3=B8?=
Date: Mon, 23 Nov 2026 03:00:00 +0100
Message-ID: <1@finch.example>
Received: first
Received: second
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="one"

--one
Content-Type: text/plain; charset=us-ascii

Here it is.
--one
Content-Type: text/html; name="S.html"
Content-Disposition: attachment; filename*=utf-8''S%C3%B8.html
Content-Transfer-Encoding: quoted-printable

<h1>S=C3=B8</h1>
--one
Content-Type: text/plain

Sent from my telephone
--one--
"""


def test_everything_it_says() -> None:
    """Author, subject, date, identifier, fields and entities of an ordinary mail."""
    message = parse(LETTER)
    assert message.author == Address("orla", "finch.example")
    assert message.author_defect == ""
    assert message.subject == "Notebook export for Sø"
    assert message.date == datetime.fromisoformat("2026-11-23T03:00:00+01:00")
    assert message.message_id == "<1@finch.example>"
    assert message.values("received") == ("first", "second")
    assert [p.media_type for p in message.root.parts] == ["text/plain", "text/html", "text/plain"]
    assert message.defects == ()


def test_nothing_at_all() -> None:
    """No bytes are a message without an author."""
    message = parse(b"")
    assert (message.author, message.author_defect) == (None, "The message has no From field.")
    assert (message.subject, message.message_id, message.date) == ("", "", None)
    assert message.values("Subject") == ()


def summary(message: Message) -> object:
    """What must not depend on line endings."""
    return (
        message.author,
        message.author_defect,
        message.subject,
        message.date,
        message.defects,
        [(p.number, p.media_type, p.filename) for p in message.root.walk()],
        [
            (a.place, a.filename, a.inline, a.content.replace(b"\r\n", b"\n"))
            for a in attachments(message).attachments
        ],
        attachments(message).problems,
        cloud_link(message),
    )


def read(content: bytes) -> object:
    """The summary, or the sentence of the MailError."""
    try:
        return summary(parse(content, limits=Limits(parts=20, depth=5)))
    except MailError as refused:
        return str(refused)


_CHUNKS = st.sampled_from([
    b"From: a@b.example\n", b"Subject: x\n", b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: multipart/digest; boundary=c\n", b"Content-Type: message/rfc822\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n",
    b"Content-Disposition: attachment; filename=a.eml\n", b"\n", b"\n\n", b"--b\n", b"--b--\n",
    b"--c\n", b"--c--\n", b" \n", b"text=20\n", b"U3ViamVjdDogeA==\n", b"PK\x03\x04",
    b"\x1f\x8b\x08", b"\x78\x9f\x3e\x22", b"--b", b"=?utf-8?q?=C3?=", b"\0", b'"',
    b"; name*0*=utf-8''a%FF",
])  # fmt: skip
_BINARY = {b"PK", b"\x1f\x8b", b"\x78\x9f"}  # where a line feed is data


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    """Nothing but MailError comes out of any bytes."""
    read(content)


@given(st.lists(_CHUNKS, max_size=40).map(b"".join))
def test_any_shape(content: bytes) -> None:
    """Nor out of any arrangement of the things messages are made of."""
    read(content)


@given(st.lists(_CHUNKS.filter(lambda chunk: chunk[:2] not in _BINARY), max_size=30))
def test_line_endings(chunks: list[bytes]) -> None:
    """A message in CRLF says the same as in LF."""
    content = b"".join(chunks)
    assert read(content) == read(content.replace(b"\n", b"\r\n"))


@given(st.data())
def test_mutations(data: st.DataObject) -> None:
    """An ordinary mail with bytes changed, removed or doubled is still read or refused."""
    content = bytearray(LETTER)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 12))
        content[at : at + length] = data.draw(st.binary(max_size=12))
    read(bytes(content))
