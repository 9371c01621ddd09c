"""Where a Kindle says a note stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.text.normal import fold
from margins.text.places import count_numbers, read_place

PLACES = {
    "Your Highlight on page 31 | Location 474-475": ("31", (474, 475), True),
    "Highlight on Page 31 | Loc. 474-75": ("31", (474, 475), True),
    "Highlight Loc. 1846-49": ("", (1846, 1849), True),
    "Your Note at location 1,407": ("", (1407, 1407), False),
    "Your Highlight on Location na página 33-33": ("33", None, True),
    "Your Highlight on Location ou posição 9-10": ("", (9, 10), True),
    "on page xii | location 9-9": ("xii", (9, 9), True),
    "on Page ix-xi": ("ix-xi", None, False),
    "on page 234-220": ("220-234", None, True),
    "133ページ|位置No. 1647-1648のハイライト": ("133", (1647, 1648), True),
    "您在第 4 页（位置 #69-70）的标注": ("4", (69, 70), True),
    "您在位置 #70 的笔记": ("", (70, 70), False),
    "на странице 5 | Место 60\u201361": ("5", (60, 61), True),
    "op pagina 8 | locatie 110 t/m 112": ("8", (110, 112), True),
    "Arket 4 | Sted 60-62": ("4", (60, 62), True),
    "Sted 62": ("", (62, 62), False),
    "page civic": ("", None, False),
    "nothing": ("", None, False),
}


@pytest.mark.parametrize(("printed", "meant"), PLACES.items())
def test_each_way_of_printing_a_place_is_read(
    printed: str, meant: tuple[str, tuple[int, int] | None, bool]
) -> None:
    """Labels before and after the number, abbreviated, backwards and roman, or none at all."""
    place = read_place(fold(printed))
    assert (place.page, place.location, place.ranged) == meant


def test_words_of_the_place_are_given_without_its_roman_numbers() -> None:
    """A roman page is a number, not a word that no table has."""
    words = read_place("on page xii | blip 9").words
    assert [word.text for word in words if word.meaning is None] == ["blip"]


def test_numbers_are_counted_a_range_as_one() -> None:
    """It tells a date in an unknown language from a place."""
    assert count_numbers("location 9-12") == 1
    assert count_numbers("3 blorp 2023 14:00") == 4


@given(st.text(max_size=200))
def test_any_text_has_a_place_or_none(text: str) -> None:
    """No text raises, and a location never runs backwards."""
    location = read_place(fold(text)).location
    assert location is None or 0 <= location[0] <= location[1]
