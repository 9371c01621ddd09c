"""The words that search sees."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.api.words import searchable, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Two words.", "two words"),
        ("Café NAÏVE Straße", "cafe naive strasse"),
        ("snake_case foo-bar 3.5", "snake case foo bar 3 5"),
        ("東京都", "東京 京都 都"),
        ("書", "書"),
        ("iPhoneを買う", "iphone を買 買う う"),
        ("ｶﾀｶﾅ", "カタ タカ カナ ナ"),
        ("Ångström", "angstrom"),
        ("⑴ ½ coŀlegi", "1 1 2 col legi"),
    ],
)
def test_words(text, expected):
    """Words are folded; runs of unspaced scripts become pairs."""
    assert searchable(text) == expected


@given(st.text())
def test_words_stand_in_the_text(text):
    """Every word tells where it stands, in order."""
    found = list(words(text))
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert found == sorted(found, key=lambda word: word.start)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_takes_a_shorter_way_to_the_same_words(text):
    """The fast path for ASCII gives what the general one gives."""
    assert searchable(text) == " ".join(word.folded for word in words(text))


def test_a_word_is_one_word_for_every_database():
    """No character whatever becomes a word that a database would cut once more."""
    plane = (chr(n) for n in range(0x20000) if not 0xD800 <= n < 0xE000)
    compound = [c for c in plane if unicodedata.normalize("NFKC", c) != c]
    found = {word for c in compound for word in words(f"a{c}b")}
    assert all(word.paired or word.folded.isalnum() for word in found)
    assert not [word for word in found if re.search(r"[\x00-/:-@\[-`{-\x7f\s]", word.folded)]


def test_the_index_has_an_end():
    """A note without end is indexed up to a limit."""
    assert len(searchable("word " * 1_000_000)) == 100_000
