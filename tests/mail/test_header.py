"""The header block, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import MailError
from margins.mail.header import Header, read_header
from margins.mail.limits import Limits


def names(header: Header) -> list[str]:
    """The names of the fields, in order."""
    return [field.name for field in header.fields]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_fields_in_order(newline: bytes) -> None:
    """Names as written, values unfolded and decoded, the body behind the empty line."""
    content = newline.join([
        b"Subject: =?utf-8?Q?S=C3=B8?=", b" and sand", b"X-Tag:one", b"x-tag:  two\t", b"Empty:",
        b"", b"Body: none",
    ])  # fmt: skip
    header = read_header(content)
    assert names(header) == ["Subject", "X-Tag", "x-tag", "Empty"]
    assert header.value("subject") == "Sø and sand"
    assert header.values("X-TAG") == ("one", "two")
    assert header.value("Empty") == header.value("Missing") == ""
    assert content[header.end :] == b"Body: none"
    assert header.defects == ()


def test_raw_keeps_the_folding() -> None:
    """What signatures are computed over is kept as it came."""
    assert read_header(b"To: a,\r\n\tb\r\n\r\n").fields[0].raw == b" a,\r\n\tb"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"", b""),
        (b"\r\nBody", b"Body"),
        (b"\nBody", b"Body"),
        (b"A: b", b""),
        (b"A: b\r\n", b""),
        (b"A: b\r\n\r\n", b""),
        (b"A: b\r\n\nBody", b"Body"),
        (b"A: b\n\r\nBody", b"Body"),
    ],
)
def test_where_the_body_starts(content: bytes, body: bytes) -> None:
    """Behind the first empty line of either kind, or nowhere."""
    assert content[read_header(content).end :] == body


@pytest.mark.parametrize(
    ("content", "fields", "defect"),
    [
        (b" x\r\nA: b\r\n\r\n", ["A"], "The first header line is a continuation of nothing."),
        (b"A : b\r\n\r\n", ["A"], "Header line 1 has white space before its colon."),
        (b"A: b\r\njunk\r\nC: d\r\n\r\n", ["A", "C"], "Header line 2 is not a header field."),
        (b"junk\r\n more\r\nC: d\r\n\r\n", ["C"], "Header line 1 is not a header field."),
        (b"\xc3\xa9: b\r\nC: d\r\n\r\n", ["C"], "Header line 1 is not a header field."),
        (b": b\r\nC: d\r\n\r\n", ["C"], "Header line 1 is not a header field."),
        (b"A: b\r\n \t\r\nC: d\r\n\r\n", ["A", "C"], "Header line 2 is blank but for white space."),
        (b"A: b\0\r\n\r\n", ["A"], "The header block contains a NUL byte."),
        (
            b"A: b\rC: d\r\n\r\n",
            ["A"],
            "The header block contains a carriage return that ends no line.",
        ),
        (b"A: b\nC: d\r\n\r\n", ["A", "C"], "The header block mixes two kinds of line endings."),
        (b"\xef\xbb\xbfA: b\r\n\r\n", ["A"], "The message begins with a byte order mark."),
    ],
)
def test_defects(content: bytes, fields: list[str], defect: str) -> None:
    """What is irregular stays readable and is named."""
    header = read_header(content)
    assert names(header) == fields
    assert header.defects == (defect,)


def test_forgotten_empty_line() -> None:
    """Two lines in a row that are no fields begin the body."""
    content = b"A: b\r\nDear all,\r\nhere it is.\r\n\r\nMore.\r\n"
    header = read_header(content)
    assert names(header) == ["A"]
    assert content[header.end :].startswith(b"Dear all,")


@pytest.mark.parametrize(
    ("content", "fields", "body"),
    [
        (b"not a message, sorry!\r\n", [], b"not a message, sorry!\r\n"),
        (b"Dear all,\r\n\r\nhere it is.\r\n", [], b"Dear all,\r\n\r\nhere it is.\r\n"),
        (b"A: b\r\n \r\n--boundary\r\nC: d\r\n\r\n", ["A"], b"--boundary\r\nC: d\r\n\r\n"),
        (b"A: b\r\nThe end.", ["A"], b"The end."),
    ],
)
def test_no_text_is_taken_for_header(content: bytes, fields: list[str], body: bytes) -> None:
    """What is no header is body: nothing that somebody wrote gets lost between the two."""
    header = read_header(content)
    assert names(header) == fields
    assert content[header.end :] == body


@pytest.mark.parametrize(
    "line",
    [
        b"From a@b.example Mon Nov 23 03:00:00 2026",
        b"From a@b.example  Mon Nov  2 03:00:00 2026 +0200",
        b"From - Mon Nov 23 03:00:00 2026",
        b"From MAILER-DAEMON Mon Nov 23 03:00 MET 2026",
        b"From a@b.example Mon Nov 23 03:00:00 2026\r",
    ],
)
def test_mbox_line(line: bytes) -> None:
    """The line between messages of a mailbox file is passed over, and no defect."""
    end = b"\r\n" if line.endswith(b"\r") else b"\n"
    header = read_header(line.rstrip(b"\r") + end + b"A: b" + end * 2)
    assert (names(header), header.defects) == (["A"], ())


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (b"From : a@b.example", ["From", "A"]),
        (b"From  : a@b.example", ["From", "A"]),
        (b"From \t: a@b.example Mon Nov 23 03:00:00 2026", ["From", "A"]),
        (b"From : Mon Nov 23 03:00:00 2026", ["From", "A"]),
        (b"From x: Mon Nov 23 03:00:00 2026", ["A"]),
        (b"From a@b.example", ["A"]),
        (b"From a@b.example Mon Nov 23", ["A"]),
        (b"From  Mon Nov 23 03:00:00 2026", ["A"]),
        (b"from a@b.example Mon Nov 23 03:00:00 2026", ["A"]),
    ],
)
def test_what_only_begins_like_an_mbox_line_is_a_defect(line: bytes, fields: list[str]) -> None:
    """Another reader may take it for the From field; only sender and date make a separator."""
    header = read_header(line + b"\nA: b\n\n")
    assert (names(header), len(header.defects)) == (fields, 1)


def test_an_mbox_line_stands_first_or_nowhere() -> None:
    """Further down it is as irregular as any other line that is no field."""
    header = read_header(b"A: b\nFrom a@b.example Mon Nov 23 03:00:00 2026\nC: d\n\n")
    assert (names(header), len(header.defects)) == (["A", "C"], 1)


@pytest.mark.parametrize(
    "content",
    [
        b"A: b\r\n" * 1_001 + b"\r\n",
        b"A: b\r\n" * 200_000,
        b"A: " + b"x" * (64 * 1024) + b"\r\n\r\n",
        b"A: x" + b"\r\n y" * 50_000,
        b"x" * 200_000,
        (b"A: " + b"x" * 998 + b"\r\n") * 132 + b"\r\n",
    ],
)
def test_limits(content: bytes) -> None:
    """Too many fields, too long a line, too large a block: one sentence, at once."""
    with pytest.raises(MailError, match="header"):
        read_header(content)


def test_limits_are_values() -> None:
    """A block exactly as large as the limits passes; one more does not."""
    content = b"A: b\r\n" * 10 + b"\r\n"
    exact = Limits(fields=10, header_bytes=60, header_line=6)
    assert len(read_header(content, limits=exact).fields) == 10
    for limits in (
        Limits(fields=9),
        Limits(header_bytes=50),
        Limits(header_line=5),
    ):
        with pytest.raises(MailError):
            read_header(content, limits=limits)


def test_within_offsets() -> None:
    """A block inside a larger content is read where it stands and no further."""
    content = b"junk\nA: b\nC: d\n--boundary\nE: f\n"
    header = read_header(content, 5, 14)
    assert names(header) == ["A", "C"]
    assert header.end == 14


@given(st.binary(max_size=300))
def test_total(content: bytes) -> None:
    """Any bytes are a block; values are single lines; the end lies within."""
    header = read_header(content)
    assert 0 <= header.end <= len(content)
    for field in header.fields:
        assert len(field.value.splitlines()) <= 1


@given(
    st.lists(
        st.tuples(
            st.from_regex(rb"[A-Za-z-]{1,12}", fullmatch=True),
            st.from_regex(rb"[ -~]{0,30}(\n[ \t][!-~]{1,9}){0,2}", fullmatch=True),
        ),
        max_size=6,
    )
)
def test_line_endings_do_not_matter(fields: list[tuple[bytes, bytes]]) -> None:
    """A block in CRLF says what the same block in LF says."""
    block = b"".join(name + b":" + value + b"\n" for name, value in fields) + b"\nBody"
    unix, dos = read_header(block), read_header(block.replace(b"\n", b"\r\n"))
    assert [(f.name, f.value) for f in unix.fields] == [(f.name, f.value) for f in dos.fields]
    assert unix.defects == dos.defects
