"""The words Kindles print around a note."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from margins.formats import kindle_clippings
from margins.text.normal import fold
from margins.text.words import WORDS, Meaning, Status, colour, find_words


def meanings(text: str) -> list[Meaning | None]:
    return [word.meaning for word in find_words(fold(text)) if word.meaning is not Meaning.FILLER]


def test_no_word_has_two_meanings() -> None:
    """One line may mix languages, so a word must mean the same in all of them."""
    table = defaultdict(set)
    for word in WORDS:
        table[word.text].add(word.meaning)
    assert {text: found for text, found in table.items() if len(found) > 1} == {}


def test_every_language_has_words_for_highlight_note_bookmark_and_place() -> None:
    """Each language the clippings claim to read has what an entry needs."""
    spoken = defaultdict(set)
    for word in WORDS:
        spoken[word.language].add(word.meaning)
    needed = {
        Meaning.HIGHLIGHT,
        Meaning.NOTE,
        Meaning.BOOKMARK,
        Meaning.PAGE,
        Meaning.LOCATION,
        Meaning.ADDED,
    }
    complete = {language for language, known in spoken.items() if needed <= known}
    assert complete == set(kindle_clippings.about.languages)


def test_words_nobody_has_seen_are_marked_so() -> None:
    """Languages without any sample have no observed word."""
    seen = {word.language for word in WORDS if word.status is Status.OBSERVED}
    assert seen.isdisjoint({"zh-Hant", "ko", "pl", "tr", "sv"})


def test_words_are_found_in_any_script_and_phrases_win_over_their_parts() -> None:
    """Between boundaries where a script has spaces, anywhere where it has none."""
    assert meanings("Ваш выделенный отрывок на странице 9") == [Meaning.HIGHLIGHT, Meaning.PAGE]
    assert meanings("您在第 4 页（位置 #69-70）的标注") == [
        Meaning.PAGE,
        Meaning.LOCATION,
        Meaning.HIGHLIGHT,
    ]
    assert meanings("Clip This Article") == [Meaning.CLIPPING]
    assert meanings("Noteworthy") == [None]


def test_words_no_table_has_are_found_as_unknown() -> None:
    """They are what a person is told about."""
    assert [w.text for w in find_words("dit glimt på page 4") if w.meaning is None] == [
        "dit",
        "glimt",
    ]


def test_colours_are_named_in_english() -> None:
    """Whatever language the export prints them in; empty for what is none."""
    assert [colour(name) for name in ("Gelb", "rosa", "ピンク", "Orange", "Lilla")] == [
        "yellow",
        "pink",
        "pink",
        "orange",
        "",
    ]


@given(st.text(max_size=200))
def test_words_stand_where_they_are_said_to(text: str) -> None:
    """Each word is the text between its start and its end, in order, none overlapping."""
    folded = fold(text)
    at = 0
    for word in find_words(folded):
        assert at <= word.start < word.end
        assert folded[word.start : word.end] == word.text
        at = word.end
