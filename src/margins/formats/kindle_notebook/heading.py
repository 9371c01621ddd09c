"""The line above each note: what it is, in which chapter, on which page, at which location.

    kind ["(" colour ")"] " - " [chapter " > "] [page " · "] location

    Highlight (yellow) -  Location 1,204
    Highlight(blue) - Rain - and after > Page 13 · Location 154
    ハイライト(ピンク) - 3.7　海 > ページ23 ·位置607

It is printed in the language the app is set to. So structure decides first: only highlights carry a
colour, and its English name stands in the class of a span. Words decide where structure does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from margins.annotation import Motivation, Span
from margins.annotation.appearance import colour as colour_name
from margins.text.normal import fold, squash
from margins.text.numbers import number_range, roman
from margins.text.words import Meaning, colour, find_words

__all__ = ["Heading", "read_heading"]

_LONGEST = 2000
_SHAPE = re.compile(
    r"(?P<kind>[^()（）]{0,80}?)(?:\s?[(（](?P<colour>[^()（）]{0,40})[)）])?"
    r"(?:(?<=[)）])\s?[-–—]\s?|\s[-–—]\s|$)(?P<place>.*)",
    re.DOTALL,
)
_COLOUR_CLASS = re.compile(r"highlight_([a-z]+)", re.IGNORECASE)
_PARTS = re.compile(r"\s?[·•‧∙]\s?")
# A number, with thousands separators, or a range of them; letters and digits may touch it.
_NUMBER = re.compile(r"[0-9]+(?:[,.'\u2019 ][0-9]{3})*(?:\s?[-\u2013~]\s?[0-9][0-9,.]*)?")

_MOTIVATIONS = {
    Meaning.HIGHLIGHT: Motivation.HIGHLIGHTING,
    Meaning.UNDERLINE: Motivation.HIGHLIGHTING,
    Meaning.CLIPPING: Motivation.HIGHLIGHTING,
    Meaning.NOTE: Motivation.COMMENTING,
    Meaning.BOOKMARK: Motivation.BOOKMARKING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the line above a note says.

    Attributes:
        text: the whole line.
        word: the words for its kind, as printed.
        motivation: None when neither structure nor words tell.
        page: the label as printed; digits without separators.
        unknown: words that no table has, and that a table should have.
    """

    text: str
    word: str
    motivation: Motivation | None
    colour: str = ""
    underlined: bool = False
    chapter: str = ""
    page: str = ""
    location: Span | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Number:
    """One "Page 13" or "Location 154" of a heading."""

    meaning: Meaning | None
    label: str
    span: Span | None
    words: str


@lru_cache(maxsize=256)
def _place_word(folded: str) -> Meaning | None:
    """Whether the words are about a location or a page."""
    meanings = [word.meaning for word in find_words(folded)]
    return next((m for m in (Meaning.LOCATION, Meaning.PAGE) if m in meanings), None)


@lru_cache(maxsize=256)
def _kind_words(word: str) -> tuple[Meaning, ...]:
    """Those of the words that say what kind of entry it is."""
    found = (w.meaning for w in find_words(fold(word)))
    return tuple(meaning for meaning in found if meaning in _MOTIVATIONS and meaning is not None)


def _read_number(part: str) -> _Number | None:
    """A part that has a number in digits, or a roman one; None for any other text."""
    folded = fold(part)
    digits = _NUMBER.search(folded)
    # Without its digits the same few words come back in every heading, and are looked up once.
    meaning = _place_word(_NUMBER.sub("0", folded) if digits else folded)
    if digits:
        ends = number_range(digits[0])
        words = squash(folded[: digits.start()] + folded[digits.end() :])
        span = Span(*ends) if ends else None
        return _Number(meaning, str(span or digits[0]), span, words)
    # Without a word for "page", the XIV of a chapter's title would pass for one.
    if meaning is not Meaning.PAGE:
        return None
    label = next((word for word in reversed(part.split()) if roman(word) is not None), part)
    return _Number(meaning, squash(label), None, "")


def _read_place(place: str) -> tuple[str, list[_Number]]:
    """The chapter, and the numbers behind it."""
    chapter, _, behind = place.rpartition(">")
    numbers = [_read_number(part) for part in _PARTS.split(behind) if part.strip()]
    if numbers and all(number is not None for number in numbers):
        return squash(chapter), [number for number in numbers if number is not None]
    return squash(place), []


def _assign(numbers: list[_Number]) -> tuple[str, Span | None, list[str]]:
    """Page, location and unknown words. A pair of unknown words is page and location, in order."""
    page, location, unknown = "", None, []
    for position, number in enumerate(numbers):
        meaning = number.meaning
        if meaning is None:
            unknown.append(number.words)
            meaning = Meaning.PAGE if position < len(numbers) - 1 else Meaning.LOCATION
        if meaning is Meaning.LOCATION and number.span is not None:
            location = number.span
        else:
            page = number.label
    return page, location, [words for words in unknown if words]


def read_heading(text: str, marks: tuple[str, ...] = ()) -> Heading:
    """What a heading says. Total: a line of any other shape is a heading of unknown kind.

    Args:
        text: the line, in any language.
        marks: class tokens of the elements inside it.
    """
    text = squash(text)[:_LONGEST]
    shape = _SHAPE.fullmatch(text)
    word, printed, place = shape.groups("") if shape else ("", "", text)
    in_class = next((m[1] for mark in marks if (m := _COLOUR_CLASS.fullmatch(mark))), "")
    meanings = _kind_words(word)
    said = _MOTIVATIONS[meanings[0]] if meanings else None
    if in_class or (printed and said is None):
        motivation: Motivation | None = Motivation.HIGHLIGHTING
    else:
        motivation = said
    chapter, numbers = _read_place(place)
    page, location, unknown = _assign(numbers)
    if said is None and word:
        unknown.insert(0, word)
    if printed and not in_class and not colour(printed):
        unknown.append(printed)
    return Heading(
        text=text,
        word=word,
        motivation=motivation,
        colour=colour_name(in_class) or colour(printed),
        underlined=Meaning.UNDERLINE in meanings,
        chapter=chapter,
        page=page,
        location=location,
        unknown=tuple(unknown),
    )
