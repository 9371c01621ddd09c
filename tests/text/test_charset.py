"""Bytes to text."""

from __future__ import annotations

import codecs
import encodings
import pkgutil
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.text.charset import decode, python_codec, stated

# The encodings of https://encoding.spec.whatwg.org by their names in Python; gbk, shift_jis and
# euc-kr by the supersets that browsers read them as.
HONOURED = {
    "utf-8", "utf-16-le", "utf-16-be", "cp866", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5",
    "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-15",
    "iso8859-16", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp874", "cp1250", "cp1251",
    "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "gb18030", "big5hkscs",
    "euc_jp", "iso2022_jp", "cp932", "cp949",
}  # fmt: skip


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        (" utf8 ", "utf-8"),
        ("us-ascii", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("ISO_8859-1:1987", "cp1252"),
        ("ANSI_X3.4-1968", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("iso-8859-11", "cp874"),
        ("GB2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("big5", "big5hkscs"),
        ("koi8-ru", "koi8-u"),
        ("utf-7", None),
        ("unicode_escape", None),
        ("idna", None),
        ("punycode", None),
        ("zlib", None),
        ("rot13", None),
        ("hex", None),
        ("undefined", None),
        ("x-unknown", None),
        ("", None),
        ("utf-8\0", "utf-8"),
    ],
)
def test_labels(label: str, codec: str | None) -> None:
    """The labels browsers honour, however they are spelt, and no other codec Python has."""
    assert python_codec(label) == codec


def _python_names() -> list[str]:
    """Every name under which Python knows a codec, and every spelling of it."""
    modules = {module.name for module in pkgutil.iter_modules(encodings.__path__)}
    return sorted(modules | set(aliases) | set(aliases.values()))


def test_no_codec_of_python_is_honoured_for_its_name() -> None:
    """A name Python knows means here what browsers take it for, or nothing; never a transform."""
    names = _python_names()
    assert {"utf_7", "unicode_escape", "idna", "punycode", "rot13", "zlib_codec"} <= set(names)
    for name in names:
        for label in (name, name.upper(), name.replace("_", "-"), f" {name}\t"):
            codec = python_codec(label)
            assert codec is None or codec in HONOURED, label
            assert codec is None or codecs.lookup(codec)._is_text_encoding, label


@pytest.mark.parametrize(
    "content",
    [b"+ADw-script+AD4-", rb"\u003cscript\u003e", rb"\N{LESS-THAN SIGN}script", b"xn--script-4ea"],
)
def test_no_charset_makes_markup_of_harmless_bytes(content: bytes) -> None:
    """However a part labels ASCII without a bracket, its text has none."""
    assert [name for name in _python_names() if "<" in decode(content, name)] == []


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso8859-2", "koi8-r", "cp1251", "cp1253",
        "cp1255", "gb18030", "big5", "euc_jp", "shift_jis", "iso2022_jp", "euc_kr",
    ],
)  # fmt: skip
def test_declared(encoding: str) -> None:
    """Text in the declared charset comes back as it was."""
    alphabets = {
        "iso8859-2": "Zażółć gęślą jaźń", "koi8-r": "Съешь ещё этих", "cp1251": "Съешь ещё этих",
        "cp1253": "Ξεσκεπάζω", "cp1255": "דג סקרן", "gb18030": "我能吞下玻璃",
        "big5": "我能吞下玻璃", "euc_jp": "いろはにほへと", "shift_jis": "いろはにほへと",
        "iso2022_jp": "いろはにほへと", "euc_kr": "키스의 고유조건은",
    }  # fmt: skip
    text = alphabets.get(encoding, "A note about tides: Sø, 我, ё")
    assert decode(text.encode(encoding), encoding.partition("-sig")[0]) == text


def test_bom_decides() -> None:
    """A byte order mark is stronger than any label, and no part of the text."""
    assert decode(codecs.BOM_UTF8 + "Sø".encode(), "iso-8859-1") == "Sø"
    assert decode(codecs.BOM_UTF16_BE + "Sø".encode("utf-16-be"), "utf-8") == "Sø"


def test_utf_16_without_a_bom() -> None:
    """Zeros in every second byte betray it."""
    assert decode("Your Highlight on page 3".encode("utf-16-le")) == "Your Highlight on page 3"
    assert decode("Your Highlight on page 3".encode("utf-16-be")) == "Your Highlight on page 3"


def test_utf_8_wins_over_a_wrong_label() -> None:
    """Mail programs call UTF-8 by many names."""
    for label in ("us-ascii", "iso-8859-1", "windows-1251", "gb2312", "x-unknown", ""):
        assert decode("Sø — 我".encode(), label) == "Sø — 我"


def test_damaged_utf_8_stays_utf_8() -> None:
    """One broken character does not turn all others into nonsense."""
    content = "Съешь ещё этих мягких французских булок".encode()
    assert decode(content[:-1]) == "Съешь ещё этих мягких французских було\ufffd"
    assert decode(content[1:], "iso-8859-1").endswith("булок")


def test_latin_1_is_not_taken_for_damaged_utf_8() -> None:
    """Windows-1252 is the last resort, labelled or not."""
    assert decode(b"caf\xe9 \x93quoted\x94") == "café “quoted”"
    assert decode("ÄÖÜ äöü éèê ß".encode("cp1252")) == "ÄÖÜ äöü éèê ß"


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (b'<html><head><meta charset="gb2312">', "gb2312"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", "koi8-r"),
        (b'<?xml version="1.0" encoding="windows-1251"?>', "windows-1251"),
        (b"<p>charset=koi8-r</p>", ""),
        (b'<meta charset="utf-16">', ""),
        (b" " * 2000 + b'<meta charset="koi8-r">', ""),
        (b"", ""),
    ],
)
def test_stated(content: bytes, label: str) -> None:
    """HTML and XML say in their head what they are written in."""
    assert stated(content) == label


def test_a_file_that_states_its_charset_needs_no_label() -> None:
    """What the file states counts when the mail says nothing, or nothing known."""
    content = '<meta charset="gb2312"><p>我能吞下玻璃</p>'.encode("gb18030")
    assert "我能吞下玻璃" in decode(content)
    assert "我能吞下玻璃" in decode(content, "x-unknown")


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16", "iso-2022-jp", "gbk", "x"]))
def test_total(content: bytes, label: str) -> None:
    """Any bytes under any label are text."""
    decode(content, label)


@given(st.text(alphabet=st.characters(exclude_characters="\0\x1b", exclude_categories=["Cs"])))
def test_utf_8_round_trip(text: str) -> None:
    """Text in UTF-8 comes back, whatever the label; a leading BOM goes."""
    assert decode(text.encode(), "iso-8859-1") == text.removeprefix("\ufeff")
