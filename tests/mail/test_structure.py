"""The tree of entities: RFC 2046 by its own examples, and everything that breaks it."""

from __future__ import annotations

import pytest

from margins.errors import MailError
from margins.mail import parse
from margins.mail.limits import Limits
from margins.mail.structure import Part, read_structure


def tree(text: str) -> list[tuple[str, str, bytes]]:
    """Number, media type and body of every leaf."""
    root, _ = read_structure(text.encode().replace(b"\n", b"\r\n"))
    return [(p.number, p.media_type, p.body) for p in root.walk() if not p.parts]


def defects(text: str) -> tuple[str, ...]:
    """What is wrong with the structure."""
    return read_structure(text.encode())[1]


MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"


def test_single_part() -> None:
    """A message without a type is plain text."""
    assert tree("Subject: x\n\nText\n") == [("1", "text/plain", b"Text\r\n")]


def test_rfc_2046_example() -> None:
    """Preamble and epilogue are no parts; the line break before a delimiter belongs to it."""
    text = (
        'Content-type: multipart/mixed; boundary="simple boundary"\n\n'
        "This is the preamble.\n--simple boundary\n\nImplicit type.\nNo line break at its end.\n"
        "--simple boundary\nContent-type: text/plain; charset=us-ascii\n\n"
        "Explicit type.\nA line break at its end.\n\n--simple boundary--\n\nThe epilogue.\n"
    )
    assert tree(text) == [
        ("1", "text/plain", b"Implicit type.\r\nNo line break at its end."),
        ("2", "text/plain", b"Explicit type.\r\nA line break at its end.\r\n"),
    ]
    assert defects(text) == ()


def test_numbers_are_those_of_imap() -> None:
    """RFC 3501 s6.4.5: nested multiparts and messages number their parts below their own."""
    text = (
        MIXED + "--b\n\none\n--b\nContent-Type: multipart/alternative; boundary=c\n\n"
        "--c\n\ntwo one\n--c\nContent-Type: text/html\n\ntwo two\n--c--\n"
        "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nthree one\n"
        "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=d\n\n"
        "--d\n\nfour one\n--d\n\nfour two\n--d--\n--b--\n"
    )
    assert [(number, body.strip()) for number, _, body in tree(text)] == [
        ("1", b"one"),
        ("2.1", b"two one"),
        ("2.2", b"two two"),
        ("3.1", b"three one"),
        ("4.1", b"four one"),
        ("4.2", b"four two"),
    ]
    root, _ = read_structure(text.encode())
    assert [p.forwarded for p in root.walk() if not p.parts] == [False] * 3 + [True] * 3


def test_digest() -> None:
    """Parts of a digest are messages when they say nothing else (RFC 2046 s5.1.5)."""
    text = (
        "Content-Type: multipart/digest; boundary=b\n\n"
        "--b\n\nSubject: one\n\nfirst\n--b\n\nSubject: two\n\nsecond\n--b--\n"
    )
    assert tree(text) == [("1.1", "text/plain", b"first"), ("2.1", "text/plain", b"second")]


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        # the closing delimiter is missing
        (MIXED + "--b\n\none\n--b\n\ntwo", [b"one", b"two"]),
        # an inner multipart never ends; the outer delimiter ends it
        (
            MIXED + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n"
            "--b\n\ntwo\n--b--",
            [b"one", b"two"],
        ),
        # the same boundary inside and outside
        (
            MIXED + "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n"
            "--b\n\ntwo\n--b--",
            [b"one", b"two"],
        ),
        # one boundary begins with the other
        (
            MIXED + "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--bb--\n"
            "--b\n\ntwo\n--b--",
            [b"one", b"two"],
        ),
        # white space behind delimiters, and lines that only look like one
        (
            MIXED + "--b \t\n\none\n--bx\n--b-\n --b\n--b--  \nepilogue",
            [b"one\r\n--bx\r\n--b-\r\n --b"],
        ),
        # a header block cut off by a delimiter
        (MIXED + "--b\nContent-Type: text/html\n--b\n\ntwo\n--b--", [b"", b"two"]),
        # parts without anything
        (MIXED + "--b\n--b\n\n--b\n\n\n--b--", [b"", b"", b""]),
        # no boundary, or none that ever comes
        ("Content-Type: multipart/mixed\n\ntext", [b"text"]),
        ("Content-Type: multipart/mixed; boundary=\n\ntext", [b"text"]),
        (MIXED + "text", [b"text"]),
        (MIXED + "text\n--b--", [b"text"]),
        # a boundary full of characters that mean something to patterns
        (
            'Content-Type: multipart/mixed; boundary="(.*)+?|"\n\n--(.*)+?|\n\none\n--(.*)+?|--',
            [b"one"],
        ),
        # no media type at all
        ("Content-Type: html\n\ntext", [b"text"]),
        ("Content-Type: ;;;\n\ntext", [b"text"]),
    ],
)
def test_repairs(text: str, bodies: list[bytes]) -> None:
    """Damage of every usual kind loses no text."""
    assert [body for _, _, body in tree(text)] == bodies


def test_defects_are_named() -> None:
    """What was repaired is said."""
    assert defects(MIXED + "--b\n\none") == (
        "The message is a multipart that does not end; something may be lost.",
    )
    assert defects(MIXED + "--b\nContent-Type: multipart/mixed\n\nx\n--b--") == (
        "Part 1 is a multipart without a boundary.",
    )
    assert defects(MIXED + "--b--") == ("The message is a multipart without parts.",)


def test_encoded_message_is_a_leaf() -> None:
    """What is encoded is one body until somebody decodes it."""
    text = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA=="
    assert tree(text) == [("1", "message/rfc822", b"Subject: x")]


def nested(levels: int) -> bytes:
    """Multiparts in one another around a text."""
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(levels)
    )
    return opening + b"\r\ntext"


def test_depth() -> None:
    """Twenty levels are read, one more is refused, ten thousand as quickly."""
    assert len(list(parse(nested(19)).root.walk())) == 20
    for content in (nested(20), nested(10_000), b"Content-Type: message/rfc822\n\n" * 10_000):
        with pytest.raises(MailError, match="20 levels deep"):
            parse(content)


def test_parts() -> None:
    """A thousand entities are read, one more is refused."""
    assert len(parse(MIXED.encode() + b"--b\n\nx\n" * 999).root.parts) == 999
    with pytest.raises(MailError, match="more than 1,000 parts"):
        parse(MIXED.encode() + b"--b\n\nx\n" * 1_000)


def test_all_headers_together() -> None:
    """The header blocks of all parts share one allowance."""
    content = MIXED.encode() + (b"--b\n" + b"A: b\n" * 20 + b"\nx\n") * 10
    assert parse(content, limits=Limits(header_total=2_000)).root.parts
    with pytest.raises(MailError, match="all parts together"):
        parse(content, limits=Limits(header_total=1_000))


def test_walk_is_the_order_of_the_message() -> None:
    """Every entity comes before those inside it."""

    def numbers(part: Part) -> list[str]:
        return [p.number for p in part.walk()]

    assert numbers(parse(MIXED.encode() + b"--b\n\nx\n--b\n\ny\n--b--").root) == ["", "1", "2"]
