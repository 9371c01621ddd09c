"""Messages made to exhaust their reader: each gets a bounded answer."""

from __future__ import annotations

import time

import pytest

from margins.errors import MailError
from margins.mail import attachments, cloud_link, parse

_SECONDS = 5.0  # of this process, so that a busy machine does not count
_FROM = b"From: orla@finch.example\r\n"
_MIXED = _FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
_BASE64 = _FROM + b"Content-Transfer-Encoding: base64\r\n\r\n"
_PRINTABLE = _FROM + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
_UUENCODE = _FROM + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n"
_CHARSET = _FROM + b"Content-Type: text/plain; charset=%s\r\n\r\n"
_MEBIBYTE = 1024 * 1024


def _nested(levels: int, boundary: bytes = b"") -> bytes:
    return _FROM + b"".join(
        b"Content-Type: multipart/mixed; boundary=%s%d\r\n\r\n--%s%d\r\n"
        % (boundary, n, boundary, n)
        for n in range(levels)
    )


_Row = tuple[bytes, bytes, int, bytes]
# A beginning, what repeats behind it, how often, an end: nothing large exists before its test.
REFUSED: dict[str, _Row] = {
    "nested 900 deep": (_nested(900), b"", 0, b""),
    "nested 10,000 deep": (_nested(10_000), b"", 0, b""),
    "90 levels over 300,000 lines": (_nested(90), b"x\n", 300_000, b""),
    "forwarded 10,000 times": (_FROM, b"Content-Type: message/rfc822\r\n\r\n", 10_000, b""),
    "100,000 empty parts": (_MIXED, b"--b\r\n\r\n", 100_000, b""),
    "100,000 typed parts": (_MIXED, b"--b\r\nContent-Type: a/b\r\n\r\nx\r\n", 100_000, b""),
    "a million folded lines": (_FROM + b"Subject: x", b"\r\n y", 1_000_000, b"\r\n\r\n"),
    "a million headers": (_FROM, b"X: y\r\n", 1_000_000, b"\r\n"),
    "a megabyte of subject": (_FROM + b"Subject: ", b"word ", 200_000, b"\r\n\r\n"),
    "50,000 encoded words": (_FROM + b"Subject: ", b"=?utf-8?q?a?=\r\n ", 50_000, b"\r\n\r\n"),
    "20,000 recipients": (_FROM + b"To: ", b"a@b.example, ", 20_000, b"\r\n\r\n"),
    "20,000 parameters": (_FROM + b"Content-Type: a/b", b"; a=b", 20_000, b"\r\n\r\n"),
    "900 headers per part": (_MIXED, b"--b\r\n" + b"X: y\r\n" * 900 + b"\r\n", 900, b""),
    "40,000 folds per part": (_MIXED, b"--b\r\nX: y" + b"\n y" * 40_000 + b"\n\n", 100, b""),
}
READ: dict[str, _Row] = {
    "20,000 quotes": (b"From: ", b'"', 20_000, b"\r\n\r\n"),
    "20,000 brackets": (b"From: ", b"<", 20_000, b"\r\n\r\n"),
    "500 parentheses": (b"From: ", b"(", 500, b"\r\n\r\n"),
    "4,000 recipients": (_FROM + b"To: ", b"a@b.example, ", 4_000, b"\r\n\r\n"),
    "bad base64": (_BASE64, b"=\xffQ!==", 100_000, b""),
    "bad quoted-printable": (_PRINTABLE, b"=G=\xff=", 100_000, b""),
    "bad uuencode": (_UUENCODE, b"\xffM`\n", 100_000, b""),
    "text in UTF-7": (_CHARSET % b"utf-7", b"+ADw-script+AD4-", 10_000, b""),
    "text in unicode_escape": (_CHARSET % b"unicode_escape", b"\\N{BULLET}", 10_000, b""),
    "text in a codec that inflates": (_CHARSET % b"zlib", b"x\x9c\x03\0\0\0\0\1", 10_000, b""),
    "text in a charset with a NUL": (_CHARSET % b'"utf-8\0"', b"x", 10_000, b""),
    "text in a charset of 5,000 letters": (_CHARSET % (b"x" * 5_000), b"x", 10_000, b""),
    "8,000 parameters": (_FROM + b"Content-Type: a/b", b"; a=b", 8_000, b"\r\n\r\nx"),
    "8,000 sections": (_FROM + b"Content-Type: a/b", b";n*9*=%41", 6_000, b"\r\n\r\nx"),
    "8,000 encoded words": (_FROM + b"Subject: ", b"=?utf-8?q?a?=\r\n ", 8_000, b"\r\n\r\n"),
    "unfinished words": (_FROM + b"Subject: ", b"=?x?q?", 10_000, b"\r\n\r\n"),
    "brackets in an identifier": (_FROM + b"Message-ID: <", b"[a", 9_000, b"\r\n\r\n"),
}
HUGE: dict[str, _Row] = {
    "50 MB of base64 on one line": (_BASE64, b"QUJD", 12 * _MEBIBYTE, b""),
    "50 MB of base64": (_BASE64, b"QUJD" * 19 + b"\r\n", 640 * 1024, b""),
    "50 MB of padded base64": (_BASE64, b"QQ==", 12 * _MEBIBYTE, b""),
    "50 MB of padding": (_BASE64, b"=", 50 * _MEBIBYTE, b""),
    "50 MB of spaces behind padding": (_BASE64 + b"QQ==", b" ", 50 * _MEBIBYTE, b"!"),
    "20 MB of spaces": (_PRINTABLE, b" ", 20 * _MEBIBYTE, b"x"),
    "20 MB of equal signs": (_PRINTABLE, b"=", 20 * _MEBIBYTE, b"x"),
    "20 MB of soft breaks": (_PRINTABLE, b"=\r\n", 7 * _MEBIBYTE, b""),
    "50 MB of empty uuencode": (
        _UUENCODE,
        b"\n",
        50 * _MEBIBYTE,
        b"end",
    ),
    "24 MB of short lines": (_FROM + b"\r\n", b"x\n", 12 * _MEBIBYTE, b""),
    "50 MB of almost delimiters": (_MIXED, b"--\n", 16 * _MEBIBYTE, b""),
    "50 MB of empty lines": (_MIXED, b"\n", 50 * _MEBIBYTE, b""),
    "18 levels over 50 MB": (_nested(18, b"b" * 60), b"\n--" + b"b" * 60 + b"x", 700 * 1024, b""),
    "24 MB of links": (_FROM + b"\r\n", b"https://a.a.a.a.", 1_500_000, b""),
}


def _content(row: _Row) -> bytes:
    head, unit, count, tail = row
    return head + unit * count + tail


def _seconds(content: bytes) -> float:
    started = time.process_time()
    message = parse(content)
    attachments(message)
    cloud_link(message)
    for field in message.header.fields:
        message.values(field.name)
    return time.process_time() - started


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    """Beyond the limits: one sentence, at once."""
    content = _content(REFUSED[name])
    started = time.process_time()
    with pytest.raises(MailError) as refused:
        parse(content)
    assert str(refused.value).endswith(".")
    assert time.process_time() - started < _SECONDS


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    """Hostile within the limits: read like any other."""
    assert _seconds(_content(READ[name])) < _SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_huge(name: str) -> None:
    """As large as mail gets, in the worst of shapes."""
    assert _seconds(_content(HUGE[name])) < _SECONDS
