"""Encoded words (RFC 2047)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.encoded_word import decode_words, plain


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("=?ISO-8859-1?Q?a?=", "a"),
        # RFC 2047 s8
        ("=?ISO-8859-1?Q?a?= b", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        ("=?utf-8?q?S=C3=B8mand?=", "Sømand"),
        ("=?utf-8*da?Q?S=C3=B8mand?=", "Sømand"),
        ("=?UTF-8?B?U8O4bWFuZA==?=", "Sømand"),
        ("=?UTF-8?B?U8O4bWFuZA?=", "Sømand"),
        ("=?iso-2022-jp?B?GyRCOCQbKEI=?=", "犬"),
        ("=?gb2312?B?yum8rg==?=", "书籍"),
        ("x=?utf-8?Q?y?=z", "xyz"),
        # a character cut in half between two words
        ("=?utf-8?B?w6nD?= =?utf-8?B?qQ==?=", "éé"),
        ("=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=A9?=", "é"),
        # not encoded words
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
        ("=?utf-8?Q?a", "=?utf-8?Q?a"),
        ("=??Q?a?=", "=??Q?a?="),
        ("1 =? 2", "1 =? 2"),
    ],
)
def test_words(written: str, text: str) -> None:
    """The examples of RFC 2047 s8 and what programs make of it."""
    assert decode_words(written) == text


def test_nothing_smuggles_a_line_break() -> None:
    """Line breaks and control characters inside encoded words become spaces."""
    assert decode_words("=?utf-8?Q?a=0D=0AFrom:_b=00=1B=7F?= c") == "a  From: b    c"


def test_unknown_charsets_are_read_as_best_they_can() -> None:
    """A charset nobody knows, and Python's codecs that are none, never decide what happens."""
    for charset in ("x-unknown", "utf-7", "unicode_escape", "idna", "zlib", "rot13", "undefined"):
        assert decode_words(f"=?{charset}?Q?caf=C3=A9_+AGE-?=") == "café +AGE-"


def test_linear() -> None:
    """Fifty thousand words are one word each."""
    assert decode_words("=?utf-8?q?a?= " * 50_000) == "a" * 50_000
    assert decode_words("=?utf-8?q?a?= b " * 50_000).count("a b") == 50_000
    for tricky in ("=?", "=?x?q?", "=?x?q?a", "?=", "=?x?b?====="):
        decode_words(tricky * 50_000)


@given(st.text(max_size=200))
def test_total(text: str) -> None:
    """Any text decodes to one line."""
    decoded = decode_words(text)
    assert plain(decoded) == decoded
    assert len(decoded.splitlines()) <= 1
