"""Numbers as reading apps print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.text.numbers import number_range, roman, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (" 1,234 ", 1234),
        ("1.234.567", 1234567),
        ("1\u202f234", 1234),
        ("12,34,567", 1234567),
        ("1234", 1234),
        ("１２３", 123),
        ("٣٤", 34),
        ("1.5", None),
        ("", None),
        ("-3", None),
        ("12a", None),
        ("1234567890", None),
        ("9" * 5000, None),
        ("²", None),
    ],
)
def test_a_whole_number_in_any_script(text: str, number: int | None) -> None:
    """Separators and scripts do not matter; what is not a whole number of 9 digits is None."""
    assert number == whole(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("xii", 12), ("IX", 9), ("mcmxciv", 1994), ("Ⅳ", 4), ("iiii", None), ("Xi", None), ("", None)],
)
def test_a_roman_page(text: str, number: int | None) -> None:
    """Only numerals that are spelt correctly, in one case, count."""
    assert number == roman(text)


@given(st.integers(1, 3999))
def test_every_roman_numeral_reads_as_its_value(number: int) -> None:
    """Reading is the inverse of writing from 1 to 3999."""
    tables = [
        ("", "M", "MM", "MMM"),
        ("", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"),
        ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"),
        ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"),
    ]
    written = "".join(t[int(d)] for t, d in zip(tables, f"{number:04}", strict=True))
    assert number == roman(written) == roman(written.lower())


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("31", (31, 31)),
        ("31-33", (31, 33)),
        ("1846-49", (1846, 1849)),
        ("1846-1849", (1846, 1849)),
        ("1900-05", (1900, 1905)),
        ("1,846–1,849", (1846, 1849)),
        ("12 t/m 15", (12, 15)),
        ("69～70", (69, 70)),
        ("50-40", None),
        ("1-2-3", None),
        ("xii-xiv", None),
        ("", None),
    ],
)
def test_a_range(text: str, span: tuple[int, int] | None) -> None:
    """The shortened last number of old Kindles is completed; nothing runs backwards."""
    assert span == number_range(text)


@given(st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1))
def test_every_range_that_runs_forward_is_read_back(a: int, b: int) -> None:
    """Full numbers on both sides are taken as they stand."""
    first, last = sorted((a, b))
    assert (first, last) == number_range(f"{first}-{last}")


@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    """Whatever stands where a number should stand is a number or None."""
    for read in (whole, roman, number_range):
        read(text)
