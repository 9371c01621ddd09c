"""Content-Type and Content-Disposition as mail programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.header import Field
from margins.mail.limits import Limits
from margins.mail.parameter import base_name, read_parameters


def name(body: bytes) -> str:
    """The name parameter of a Content-Type with this rest."""
    return read_parameters(Field(name="Content-Type", raw=b" text/html" + body)).get("name")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ""),
        (b"; name=Salt.html", "Salt.html"),
        (b'; name="Salt & Sea; a tale.html"', "Salt & Sea; a tale.html"),
        (b'; NAME = "Salt.html"', "Salt.html"),
        (b'; name="a\\"b\\\\c"', 'a"b\\c'),
        (b";name=Salt and Sea.html; charset=utf-8", "Salt and Sea.html"),
        (b'; name="never closed', "never closed"),
        (b'; name="first"; name="second"', "first"),
        (b';;; ; name="Salt.html";', "Salt.html"),
        (b"; junk; name=Salt.html", "Salt.html"),
        (b" name=Salt.html", "Salt.html"),
        (b'\r\n\tcharset=utf-8;\r\n\tname="Salt.html"', "Salt.html"),
        (b"; name==?utf-8?Q?S=C3=B8.html?=", "Sø.html"),
        (b'; name="=?utf-8?B?U8O4?=\r\n =?utf-8?B?Lmh0bWw=?="', "Sø.html"),
        ('; name="Sø.html"'.encode(), "Sø.html"),
        (b'; name="S\xf8.html"', "Sø.html"),
        # RFC 2231
        (b"; name*=utf-8''S%C3%B8.html", "Sø.html"),
        (b"; name*=UTF-8'da'S%C3%B8.html", "Sø.html"),
        (b"; name*=iso-8859-1''S%F8.html", "Sø.html"),
        (b"; name*=S%C3%B8.html", "Sø.html"),
        (b'; name*0="Salt and "; name*1="Sea.html"', "Salt and Sea.html"),
        (b'; name*1="Sea.html"; name*0="Salt and "', "Salt and Sea.html"),
        (b"; name*0*=utf-8''S%C3; name*1*=%B8; name*2=.html", "Sø.html"),
        (b"; name=\"S_.html\"; name*=utf-8''S%C3%B8.html", "Sø.html"),
        (b"; name*=utf-8''100%zz", "100%zz"),
        (b"; name*=utf-8''a%0D%0Ab", "a  b"),
    ],
)
def test_names(body: bytes, expected: str) -> None:
    """Quoted, unquoted, encoded in three ways, continued, and wrong in every usual way."""
    assert name(body) == expected


def test_value_is_lower_case() -> None:
    """The media type is the first word, folded."""
    read = read_parameters(Field(name="Content-Type", raw=b" TEXT/Html ; Charset=UTF-8"))
    assert (read.value, read.get("charset"), read.get("name")) == ("text/html", "UTF-8", "")


def test_parameters_are_bounded() -> None:
    """Parameters beyond the limit are not read."""
    field = Field(name="Content-Type", raw=b"a/b" + b"".join(b"; p%d=x" % n for n in range(50)))
    assert len(read_parameters(field, limits=Limits(parameters=10)).parameters) == 10


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Salt.html", "Salt.html"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\notes\\Salt.html", "Salt.html"),
        ("..", ""),
        (".", ""),
        ("a\0b\n", "a b"),
        ("exe\u202elmth.Salt", "exelmth.Salt"),
        ("x" * 300 + ".html", "x" * 250 + ".html"),
    ],
)
def test_base_name(path: str, expected: str) -> None:
    """No file name is a path, breaks a line or reads backwards."""
    assert base_name(path) == expected


@given(st.binary(max_size=200))
def test_total(raw: bytes) -> None:
    """Any bytes are a value with parameters, none with a line break."""
    read = read_parameters(Field(name="Content-Type", raw=raw))
    assert all(len(v.splitlines()) <= 1 for v in read.parameters.values())


@pytest.mark.parametrize("unit", [b";a=b", b'a="', b"\\", b" ", b";", b"=", b"a*0*=", b'"\\'])
def test_linear(unit: bytes) -> None:
    """A field as large as a header block may be takes no longer for being hostile."""
    read_parameters(Field(name="Content-Type", raw=unit * (128 * 1024 // len(unit))))
