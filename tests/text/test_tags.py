"""Tags that readers write into their notes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.text.tags import tags


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("#garden", ("garden",)),
        ("a thought #like-this, and (#that_one)", ("like-this", "that_one")),
        ("#one#two", ("one", "two")),
        ("#area/topic.", ("area/topic",)),
        ("#読書、よい #книга #हिन्दी ＃full", ("読書", "книга", "हिन्दी", "full")),
        ("很好#标签", ("标签",)),
        ("#Plot #plot #PLOT", ("Plot",)),
        ("#1 is not one, #3d-printing is", ("3d-printing",)),
        ("C# and F# are languages", ()),
        ("see https://example.org/page.html#top and /#/route", ()),
        ("&#39; ## heading #", ()),
        ("#" + "x" * 101, ()),
        ("", ()),
    ],
)
def test_tags_are_found_where_a_reader_means_them(note: str, found: tuple[str, ...]) -> None:
    """Any script, in order, once each; no numbers, languages, fragments or headings."""
    assert found == tags(note)


@given(st.text(alphabet="#ab1-/ .", max_size=60))
def test_a_tag_stands_in_the_note_behind_its_sign(note: str) -> None:
    """Nothing is made up, and no tag differs from another by case alone."""
    found = tags(note)
    assert all(f"#{tag}" in note for tag in found)
    assert len(found) == len({tag.casefold() for tag in found})
