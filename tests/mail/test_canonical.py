"""Bodies in slices: byte for byte what RFC 6376 says, in little memory and time."""

from __future__ import annotations

import re
import time
import tracemalloc
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.canonical import canonical_body

_PIECES = [b" ", b"\t", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"a", b"b  c", b" \r\n", b"\t \t" * 9]
_MIB = 1024 * 1024


def _plain(body: bytes, *, relaxed: bool) -> bytes:
    """RFC 6376 s3.4.3 and s3.4.4, line by line, without a thought for time or memory."""
    *lines, last = body.replace(b"\r\n", b"\n").split(b"\n")
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in lines]
        last = re.sub(rb"[ \t]+", b" ", last)  # white space at the end of a line that has no end
    lines += [last] if last else []
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"" if relaxed else b"\r\n"
    return b"\r\n".join(lines) + b"\r\n"


@given(st.lists(st.sampled_from(_PIECES)), st.integers(1, 9), st.booleans(), st.binary(max_size=3))
def test_where_the_slices_end_does_not_matter(
    pieces: list[bytes], size: int, relaxed: bool, before: bytes
) -> None:
    """In the middle of white space, of CRLF, of the line ends at the end."""
    content = b"".join(pieces)
    found = canonical_body(before + content, len(before), relaxed=relaxed, size=size)
    assert b"".join(found) == _plain(content, relaxed=relaxed)


@given(st.binary(max_size=200), st.integers(1, 300), st.booleans())
def test_any_bytes_have_the_form_of_the_rfc(content: bytes, size: int, relaxed: bool) -> None:
    """Bytes of any value, lines that never end, NUL and eight-bit text among them."""
    found = canonical_body(content, relaxed=relaxed, size=size)
    assert b"".join(found) == _plain(content, relaxed=relaxed)


@pytest.mark.parametrize("relaxed", [False, True])
def test_a_long_body_has_the_form_of_the_rfc(relaxed: bool) -> None:
    """At the slices that are really used, around their edges."""
    for unit in (b"ab\tcd  ef \r\n", b" ", b"\r\n", b"a\r\n\r\n", b" \r"):
        content = (b"x" + unit * (200_000 // len(unit))) * 2
        found = canonical_body(b"From: a\r\n\r\n" + content, 11, relaxed=relaxed)
        assert b"".join(found) == _plain(content, relaxed=relaxed)


HOSTILE = {
    "tabs": b"ab\tcd\tef\tgh\t\r\n",
    "spaces": b" ",
    "tabs and spaces": b"\t ",
    "line ends": b"\n",
    "spaces and carriage returns": b" \r",
    "lines of white space": b" \t\r\n",
    "base64": b"QUJD" * 19 + b"\r\n",
}


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_large_body_takes_little_memory_and_time(name: str, relaxed: bool) -> None:
    """Eight MiB of anything: less than one MiB beside the message itself, less than two seconds."""
    unit = HOSTILE[name]
    content = b"From: a\r\n\r\n" + unit * (8 * _MIB // len(unit)) + b"x"
    tracemalloc.start()
    began = time.process_time()
    try:
        hashed = sha256()
        for piece in canonical_body(content, 11, relaxed=relaxed):
            assert len(piece) <= 128 * 1024
            hashed.update(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < _MIB
    assert time.process_time() - began < 2
