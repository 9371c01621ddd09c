"""Lua tables are read as data; whatever is more than data is an error that names the line."""

from __future__ import annotations

import math
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import FormatError
from margins.text import lua
from margins.text.lua import ordered, read_table


def test_settings_are_read_as_saved() -> None:
    """Keys in brackets, names and positions; every kind of value; comments anywhere."""
    source = """-- a comment
return {
    ["title"] = "The Salt Ledger",
    pages = 212, ['ratio'] = -0.5e1; ["hex"] = 0xFF,
    "first", {}, --[[ a long
    comment ]] "third",
    [10] = true, [2.5] = false, none = nil, far = -math.huge,
}
"""
    assert read_table(source) == {
        "title": "The Salt Ledger",
        "pages": 212,
        "ratio": -5.0,
        "hex": 255,
        1: "first",
        2: {},
        3: "third",
        10: True,
        2.5: False,
        "none": None,
        "far": -math.inf,
    }


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (r'"a \"quoted\" word\n\ttab \\ backslash"', 'a "quoted" word\n\ttab \\ backslash'),
        ('"first\\\nsecond"', "first\nsecond"),
        ('"first\\\r\nsecond"', "first\nsecond"),
        (r'"caf\195\169 \xe2\x82\xac \u{1F980}"', "caf\u00e9 \u20ac \U0001f980"),
        (r'"\\195 \\n"', r"\195 \n"),
        ('"a\\z   \n   b"', "ab"),
        ("'it\\'s'", "it's"),
        ("[[long \\n]]", "long \\n"),
        ("[==[\nwith ]] inside]==]", "with ]] inside"),
        (r'"\255"', "\ufffd"),
        (r'"\92n"', r"\n"),
        (r'"\u{D800}"', "\ufffd"),
    ],
)
def test_strings_are_read_as_lua_reads_them(literal: str, expected: str) -> None:
    """Escapes, escaped line ends, bytes in decimal and hexadecimal, long brackets."""
    assert read_table(f"{{{literal}}}") == {1: expected}


@pytest.mark.parametrize(
    "source",
    [
        "return { os.exit() }",
        'return { ["a"] = "b" .. "c" }',
        "return { a = b }",
        "return { function() end }",
        "return setmetatable({}, {})",
        "local t = {} return t",
        "return {} print('after')",
        'return { "never closed }',
        "return { [[never closed }",
        'return { ["a"] "b" }',
        "return { [true] = 1 }",
        "return { [{}] = 1 }",
        "return { 1 2 }",
        "return {",
        "return 5",
        "",
    ],
)
def test_what_is_no_data_is_an_error(source: str) -> None:
    """Nothing is run, and nothing is guessed."""
    with pytest.raises(FormatError):
        read_table(source)


def test_an_error_names_file_and_line() -> None:
    """A person can find the place."""
    with pytest.raises(FormatError) as caught:
        read_table('return {\n    ["a"] = 1,\n    ["b"] = call(),\n}', place="metadata.lua")
    assert caught.value.place == "metadata.lua, line 3"
    assert caught.value.remedy


def test_nesting_is_bounded() -> None:
    """As deep as the limit is read; one deeper, or a million deeper, is an error at once."""
    depth = lua.MAX_DEPTH
    assert read_table("{" * depth + "}" * depth)
    for deeper in (depth + 1, 1_000_000):
        with pytest.raises(FormatError, match="nested"):
            read_table("{" * deeper + "}" * deeper)


def test_the_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file cannot make more values than the limit."""
    monkeypatch.setattr(lua, "MAX_VALUES", 10)
    assert len(read_table("{" + "1," * 10 + "}")) == 10
    with pytest.raises(FormatError, match="more than 10"):
        read_table("{" + "1," * 11 + "}")


def test_a_huge_number_is_bounded_work() -> None:
    """Digits beyond any integer become a float or an error, never a slow conversion."""
    assert read_table("{123456789012345678901234567890}") == {1: 1.2345678901234568e29}
    with pytest.raises(FormatError):
        read_table("{" + "9" * 1_000_000 + "}")


@pytest.mark.parametrize(
    "unit",
    [
        "-",
        "--",
        "--[",
        "--[[",
        "[=",
        "[[",
        '"',
        '"\\',
        "'",
        "\\195",
        "a.",
        "=",
        "return ",
        "{-",
        " \n",
    ],
)
def test_time_grows_no_faster_than_the_source(unit: str) -> None:
    """Half a megabyte of any repeated piece of syntax is read or refused within seconds."""
    for source in ("{" + unit * 100_000, "{[" + unit * 100_000, '{"' + unit * 100_000):
        started = time.process_time()
        with suppress(FormatError):
            read_table(source)
        assert time.process_time() - started < 5


@given(st.text(max_size=300))
def test_any_text_is_a_table_or_an_error(source: str) -> None:
    """Nothing but FormatError comes out."""
    for text in (source, "{" + source + "}"):
        try:
            read_table(text)
        except FormatError:
            continue


def quoted(text: str) -> str:
    """As Lua's `%q` and KOReader write it."""
    for raw, escaped in (
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("\n", "\\\n"),
        ("\r", "\\r"),
        ("\0", "\\000"),
    ):
        text = text.replace(raw, escaped)
    return f'"{text}"'


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30) | st.integers(-(10**15), 10**15)))
def test_what_is_saved_is_read_back(settings: dict[str, str | int]) -> None:
    """Any text survives saving and reading."""
    fields = (
        f"[{quoted(key)}] = {quoted(value) if isinstance(value, str) else value}"
        for key, value in settings.items()
    )
    assert read_table("return {" + ", ".join(fields) + "}") == settings


def test_fields_are_ordered_by_their_numbers() -> None:
    """Whole numbers first, however they are strewn; the others as they stand."""
    table = read_table('{ [10] = "j", b = 1, [2] = "b", a = 2, "a" }')
    assert ordered(table) == [(1, "a"), (2, "b"), (10, "j"), ("b", 1), ("a", 2)]
