"""Attachments inside winmail.dat."""

from __future__ import annotations

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from margins.mail.container import Allowance, Opened
from margins.mail.limits import LIMITS, Limits
from margins.mail.tnef import TNEF, open_tnef


def attribute(identifier: int, data: bytes, level: int = 2) -> bytes:
    """One attribute with its checksum."""
    return pack("<BII", level, identifier, len(data)) + data + pack("<H", sum(data) & 0xFFFF)


def unicode_property(identifier: int, text: str) -> bytes:
    """One MAPI property of text."""
    value = text.encode("utf-16-le") + b"\0\0"
    return pack("<HHII", 0x1F, identifier, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def attached(content: bytes, title: str = "", *properties: bytes) -> bytes:
    """The attributes of one attachment."""
    out = attribute(0x00069002, bytes(14))
    if title:
        out += attribute(0x00018010, title.encode("cp1252") + b"\0")
    if content:
        out += attribute(0x0006800F, content)
    if properties:
        out += attribute(0x00069005, pack("<I", len(properties)) + b"".join(properties))
    return out


def tnef(*attributes: bytes) -> bytes:
    """A stream of these attributes."""
    return TNEF + b"\x01\x00" + attribute(0x00089006, pack("<I", 0x10000), 1) + b"".join(attributes)


def opened(content: bytes, limits: Limits = LIMITS) -> Opened:
    """The container opened with a fresh allowance."""
    return open_tnef(content, Allowance(limits))


def test_attachments_in_order() -> None:
    """Contents and names of every attachment."""
    files = opened(tnef(attached(b"one", "S\u00f8.html"), attached(b"two", "b.csv"))).files
    assert [(f.name, f.content) for f in files] == [("Sø.html", b"one"), ("b.csv", b"two")]


def test_long_name_and_type() -> None:
    """MAPI properties name better than the old title does, whatever stands between them."""
    named = pack("<HH", 0x03, 0x8001) + bytes(16) + pack("<III", 0, 7, 42)
    by_string = (
        pack("<HH", 0x0B, 0x8002) + bytes(16) + pack("<II", 1, 6) + "abc".encode("utf-16-le")
    )
    by_string += bytes(2) + pack("<I", 1)
    many = pack("<HHI", 0x1003, 0x3000, 3) + bytes(12)
    properties = (
        named, by_string, many, pack("<HHQ", 0x40, 0x3007, 1),
        unicode_property(0x3707, "Salt & Sea.html"), unicode_property(0x370E, "Text/HTML"),
    )  # fmt: skip
    (file,) = opened(tnef(attached(b"one", "SALT~1.HTM", *properties))).files
    assert (file.name, file.media_type, file.content) == ("Salt & Sea.html", "text/html", b"one")


def test_forwarded_message() -> None:
    """A message inside is a container of its own."""
    inner = tnef(attached(b"one", "a.html"))
    value = bytes(16) + inner
    embedded = pack("<HHII", 0x0D, 0x3701, 1, len(value)) + value + b"\0" * (-len(value) % 4)
    (file,) = opened(tnef(attached(b"", "Fwd", embedded))).files
    assert file.content == inner


def test_cut_short() -> None:
    """What was read before the end is given, and the end is reported."""
    whole = tnef(attached(b"one", "a.html"), attached(b"two" * 50, "b.html"))
    result = opened(whole[:-20])
    assert [f.content for f in result.files] == [b"one"]
    assert "cut short" in result.problems[0]


def test_unreadable_properties_cost_only_the_name() -> None:
    """A property of an unknown type hides those after it, never the content."""
    odd = pack("<HHI", 0x7777, 0x3707, 9)
    (file,) = opened(tnef(attached(b"one", "a.html", odd))).files
    assert (file.name, file.content) == ("a.html", b"one")


def test_entries() -> None:
    """Attachments are bounded, and more are reported."""
    result = opened(tnef(*[attached(b"x")] * 5), Limits(entries=4))
    assert len(result.files) == 4
    assert len(result.problems) == 1


@given(st.binary(max_size=300))
def test_total(noise: bytes) -> None:
    """Any bytes are a container, maybe an empty one."""
    opened(TNEF + noise)
    opened(tnef(attached(b"x", "y") + noise))
    opened(tnef(attribute(0x00069002, b"") + attribute(0x00069005, noise)))
