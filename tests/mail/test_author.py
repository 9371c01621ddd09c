"""The one author: named only where no two readers can disagree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail import parse

VICTIM = b"admin@legit.example"


def decided(block: bytes) -> tuple[str | None, str]:
    """Author and defect of a message with this header block."""
    message = parse(block + b"\r\n\r\nText\r\n")
    return (str(message.author) if message.author else None, message.author_defect)


@pytest.mark.parametrize(
    ("value", "author"),
    [
        (b"orla@finch.example", "orla@finch.example"),
        (b"<orla@finch.example>", "orla@finch.example"),
        (b"Orla Finch <orla@finch.example>", "orla@finch.example"),
        (b"Orla F. Finch <ORLA@Finch.example>", "orla@finch.example"),
        (b'"Finch, Orla (home)" <orla@finch.example>', "orla@finch.example"),
        (b'"Orla \\"Ola\\" Finch" <orla@finch.example>', "orla@finch.example"),
        (b"=?utf-8?B?w5ZybGE=?= <orla@finch.example>", "orla@finch.example"),
        ("Örla Finch <orla@finch.example>".encode(), "orla@finch.example"),
        (b"Orla Finch\r\n <orla@finch.example>", "orla@finch.example"),
        (b"Orla\r\n\tFinch <orla@finch.example>", "orla@finch.example"),
        (b"orla@finch.example <orla@finch.example>", "orla@finch.example"),
        (b'"orla@finch.example" <orla@finch.example>', "orla@finch.example"),
        ("orla@bücher.example".encode(), "orla@xn--bcher-kva.example"),
    ],
)
def test_what_people_send(value: bytes, author: str) -> None:
    """The ways in which mail programs write one author."""
    assert decided(b"To: in@notes.example\r\nFrom: " + value) == (author, "")


@pytest.mark.parametrize(
    "value",
    [
        b'"admin@legit.example" <evil@attack.example>',
        b'"admin@legit.example, " <evil@attack.example>',
        b"=?utf-8?Q?admin=40legit.example?= <evil@attack.example>",
        b"=?utf-8?B?PGFkbWluQGxlZ2l0LmV4YW1wbGU+?= <evil@attack.example>",
        b"=?utf-8?Q?x=0D=0AFrom=3A_admin=40legit.example?= <evil@attack.example>",
    ],
)
def test_an_address_in_the_name_is_a_name(value: bytes) -> None:
    """Whatever a display name claims, the author is the address in the brackets."""
    assert decided(b"From: " + value) == ("evil@attack.example", "")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"   ",
        b"<>",
        b"Orla Finch",
        b"<first@attack.example>, <admin@legit.example>",
        b"admin@legit.example,<second@attack.example>",
        b"<admin@legit.example>\\,<second@attack.example>",
        b"<any@attack.example>admin@legit.example",
        b"<any@attack.example> <admin@legit.example>",
        b"any@attack.example admin@legit.example",
        b"admin@legit.example <any@attack.example>",
        b"=?utf-8?B?PGFkbWluQGxlZ2l0LmV4YW1wbGU+?=,<second@attack.example>",
        b"=?utf-8?B?PGFkbWluQGxlZ2l0LmV4YW1wbGU+?=",
        b"<@attack.example,@any.example:admin@legit.example>",
        b"Friends: admin@legit.example;",
        b"Friends: admin@legit.example, any@attack.example;",
        b"undisclosed-recipients:;",
        b"admin@legit.example (any@attack.example)",
        b"(any@attack.example) admin@legit.example",
        b"Orla (Finch) <admin@legit.example>",
        b"=?utf-8?Q?x=0D=0AFrom:_any=40attack.example?= <admin@legit.example>",
        b'"any@attack.example"@legit.example',
        b'"admin"@legit.example',
        b"admin@[192.0.2.1]",
        b"admin@legit.example.",
        b"<admin@legit.example",
        b"admin@legit.example>",
        b"<<admin@legit.example>>",
        b"< admin@legit.example >",
        b"<admin@ legit.example>",
        b"<admin@legit.example>;",
        b'"unclosed <admin@legit.example>',
        b'"a" <x@attack.example> "b" <admin@legit.example>',
        b'"x <any@attack.example>" <admin@legit.example>',
        b'"x\\" , any@attack.example, \\"" <admin@legit.example>',
        b"x\\ y <admin@legit.example>",
        b"admin\0@legit.example",
        b"Orla\0<admin@legit.example>",
        b"Orla \x1b[2J <admin@legit.example>",
        b"Orla \xff <admin@legit.example>",
        b"Orla \xe2\x80\xa8 <admin@legit.example>",
        "аdmin@legit.example".encode(),
        b'"' * 1_900,
        b"(" * 500,
        b"x" * 3_000 + b" <admin@legit.example>",
        b"\r\n \r\n <admin@legit.example>",
    ],
)
def test_no_author(value: bytes) -> None:
    """Lists, groups, routes, comments, quoted local parts and tricks name nobody."""
    author, defect = decided(b"To: in@notes.example\r\nFrom: " + value)
    assert author is None
    assert defect.endswith(".")


@pytest.mark.parametrize(
    "block",
    [
        b"To: in@notes.example",
        b"From: <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"From: <first@attack.example>\r\nFROM: <admin@legit.example>",
        b" From: <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"\tFrom: <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"From: <first@attack.example>\r\nFrom : <admin@legit.example>",
        b"From : <admin@legit.example>",
        b"From : <admin@legit.example>\r\nFrom: <first@attack.example>",
        b"From \t : <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"From x : <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"From x@y.example: Mon Jan  1 00:00:00 2026\r\nFrom: <admin@legit.example>",
        b"From : Mon Jan  1 00:00:00 2026 <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"From admin@legit.example\r\nFrom: <first@attack.example>",
        b"From x Mon Jan  1 00:00:00 2026\r\nFrom : <a@b.example>\r\nFrom: <admin@legit.example>",
        b"From\r\n : <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"From\r\n : <first@attack.example>\r\nSender: <admin@legit.example>",
        b"From\0: <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"X: y\rFrom: <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"X: y\nFrom: <first@attack.example>\r\nFrom: <admin@legit.example>",
        b"\xef\xbb\xbfFrom: <admin@legit.example>",
        b"X: y\r\n \r\nFrom: <admin@legit.example>",
        b"From: <admin@legit.example>\r\nno field here",
        b"From: <admin@legit.example>\r\nX-\xc3\xa9: y",
        b"Resent-From: <admin@legit.example>",
        b"Sender: <admin@legit.example>\r\nReply-To: <admin@legit.example>",
        b"From: <admin@legit.example>\r\nSubject: a\r\nSubject: b",
        b"From: <admin@legit.example>\r\nContent-Type: text/html\r\nContent-type: text/plain",
        b"From: <admin@legit.example>\r\nTo: a@b.example\r\nTo: c@d.example",
        b"From: <admin@legit.example>\r\nDate: x\r\nDate: y",
        b"From: <admin@legit.example>\r\nMessage-ID: <x>\r\nMessage-Id: <y>",
        b"From: <admin@legit.example>\r\nSender: <x@y.example>\r\nSender: <z@y.example>",
    ],
)
def test_irregular_blocks_name_nobody(block: bytes) -> None:
    """A block that another reader may read differently names no author, whatever its From says."""
    author, defect = decided(block)
    assert author is None
    assert defect.endswith(".")


def test_from_in_the_body_is_not_a_field() -> None:
    """Nothing after the header block decides the author, forwarded messages included."""
    message = parse(
        b"Content-Type: message/rfc822\r\n\r\nFrom: <admin@legit.example>\r\n\r\nFrom: x@y.example"
    )
    assert message.author is None


def test_mbox_line_is_not_a_field() -> None:
    """The line that mailbox files put before a message names nobody."""
    message = parse(
        b"From admin@legit.example Mon Jan  1 00:00:00 2026\nFrom: orla@finch.example\n\nx"
    )
    assert str(message.author) == "orla@finch.example"


@given(st.binary(max_size=60))
def test_nobody_becomes_the_victim(noise: bytes) -> None:
    """Beside a From of the attacker, no bytes whatever make the victim the author."""
    for block in (
        b"From: <first@attack.example>\r\n" + noise + b"From: <" + VICTIM + b">",
        b"From: <first@attack.example>" + noise + VICTIM,
        noise + b"\r\nFrom: <first@attack.example>\r\nFrom: <" + VICTIM + b">",
    ):
        assert decided(block)[0] in {None, "first@attack.example"}


def test_espoofer(shared: Path) -> None:
    """Every header-level spoof of the espoofer suite names no author."""
    cases = shared / "corpora" / "espoofer-cases"
    names = [f"server_a{n}" for n in range(8, 20)] + ["client_a1", "client_a2"]
    for name in names:
        message = parse((cases / f"{name}.eml").read_bytes())
        assert message.author is None, name
        assert message.author_defect, name


def test_envelope_level_spoofs_still_say_who_claims_to_write(shared: Path) -> None:
    """Spoofs of SPF and DKIM carry a plain From; proving it false is authentication's part."""
    cases = shared / "corpora" / "espoofer-cases"
    for n in range(1, 8):
        message = parse((cases / f"server_a{n}.eml").read_bytes())
        assert str(message.author) == "admin@legitimate.com"
