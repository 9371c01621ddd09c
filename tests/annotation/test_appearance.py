"""Colours and styles have one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.annotation.appearance import argb, colour, style


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Yellow", "yellow"),
        (" light blue ", "light blue"),
        ("gray", "grey"),
        ("FDE096", "#fde096"),
        ("#FDE096", "#fde096"),
        ("#fde096cc", "#fde096"),
        ("auto", ""),
        ("transparent", ""),
        ("#fde", ""),
        ("3", ""),
        ("", ""),
    ],
)
def test_a_colour_is_a_name_or_six_digits(written: str, expected: str) -> None:
    """Names in lower case, numbers as #rrggbb, and nothing for what is no colour."""
    assert colour(written) == expected


@given(st.text())
def test_writing_a_colour_twice_changes_nothing(written: str) -> None:
    """colour(colour(x)) == colour(x)."""
    assert colour(colour(written)) == colour(written)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-256, "#ffff00"), (-11184811, "#555555"), (1996532479, "#00aaff"), (0, "#000000")],
)
def test_android_colours_lose_their_opacity(value: int, expected: str) -> None:
    """The lowest three bytes of a signed 32-bit number are red, green and blue."""
    assert argb(value) == expected


@given(st.integers())
def test_any_number_is_some_colour(value: int) -> None:
    """However large or small the number, the result is a colour."""
    assert colour(argb(value)) == argb(value)


def test_a_plain_highlight_has_no_style() -> None:
    """Apps' words for styles become three; words of a plain highlight become none."""
    words = ["underscore", "strikeout", "squiggly", "lighten", "invert", ""]
    assert [style(word) for word in words] == ["underline", "strikethrough", "squiggle", "", "", ""]
