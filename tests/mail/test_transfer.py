"""Transfer encodings, decoded as far as they go."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.transfer import (
    decode_transfer,
    from_base64,
    from_quoted_printable,
    from_uuencode,
)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"", b""),
        (b"SGlnaGxpZ2h0", b"Highlight"),
        (b"SGlnaGxp\r\nZ2h0cw==\r\n", b"Highlights"),
        (b"SGlnaGxpZ2h0cw", b"Highlights"),
        (b"SGlnaGxpZ2h0c", b"Highlight"),
        (b"SG ln!aG\txpZ2h0", b"Highlight"),
        (b"QQ==\r\nQg==\r\n", b"AB"),
        (b"QQ==QkI=", b"ABB"),
        (b"SGk=\r\n_____\r\nA list about books\r\n", b"Hi"),
        (b"SGk= see below\r\nSGk=\r\n", b"Hi"),
        (b"SGk=\r\nRegards\r\nOrla\r\n", b"Hi"),
        (b"====", b""),
        (b"\xff\xfe\x00", b""),
    ],
)
def test_base64(body: bytes, content: bytes) -> None:
    """Missing padding, noise, padded lines and footers of lists cost nothing of the content."""
    assert from_base64(body) == content


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"caf=C3=A9", "café".encode()),
        (b"caf=c3=a9", "café".encode()),
        (b"soft=\r\n break=\n s", b"soft break s"),
        (b"soft= \t\r\n break", b"soft break"),
        (b"padding  \t\r\nends", b"padding\r\nends"),
        (b"kept=20\r\nspace", b"kept \r\nspace"),
        (b"1 = 2, =ZZ, =", b"1 = 2, =ZZ, "),
        (b"raw \xc3\xa9", "raw é".encode()),
    ],
)
def test_quoted_printable(body: bytes, content: bytes) -> None:
    """Escapes, soft breaks and transport padding; what is no escape stays."""
    assert from_quoted_printable(body) == content


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"begin 644 a.txt\n$4V%L=```\n`\nend\n", b"Salt"),
        (b"Dear all,\r\nbegin 644 a\r\n$4V%L=```\r\n~~~~ not a line\r\n`\r\nend\r\n$4V", b"Salt"),
        (b"no uuencode at all", b""),
    ],
)
def test_uuencode(body: bytes, content: bytes) -> None:
    """What stands between begin and end, without the lines that are none."""
    assert from_uuencode(body) == content
    assert decode_transfer(body, "X-UUEncode") == content


@given(st.binary(max_size=300))
def test_round_trips(content: bytes) -> None:
    """What the standard library encodes comes back byte for byte."""
    assert from_base64(base64.encodebytes(content)) == content
    assert from_base64(base64.b64encode(content)) == content
    text = content.replace(b"\r", b"").replace(b"\n", b"")
    assert from_quoted_printable(quopri.encodestring(text)) == text


@given(
    st.binary(max_size=300), st.sampled_from(["base64", "Quoted-Printable ", "8bit", "x-new", ""])
)
def test_total(body: bytes, encoding: str) -> None:
    """No body makes any encoding fail, and unknown encodings leave it alone."""
    decoded = decode_transfer(body, encoding)
    if encoding in {"8bit", "x-new", ""}:
        assert decoded == body


@pytest.mark.parametrize("unit", [b"QQ==", b"=", b"= ", b"A", b"\n", b" ", b"=\n", b"==\n", b"!"])
def test_linear(unit: bytes) -> None:
    """A megabyte of the worst characters takes no longer than a megabyte of text."""
    body = unit * (1024 * 1024 // len(unit)) + b"!"
    from_base64(body)
    from_quoted_printable(body)
