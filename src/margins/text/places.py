"""Where a Kindle says a note stands: "on page 31 | Location 474-75", "133ページ|位置No. 1647-1648".

Words of known languages name the numbers. Where they are not known, structure does: of two numbers
the first is the page, and one alone is a location.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from margins.text.numbers import number_range, roman, whole
from margins.text.words import Found, Meaning, find_words

__all__ = ["Place", "count_numbers", "read_place"]

_LABELS = frozenset({Meaning.PAGE, Meaning.LOCATION})
_NUMBERS = re.compile(r"#?\d[\d,.']*(\s?(?:-|~|\u301c|t/m)\s?#?\d[\d,.']*)?")
_ROMAN_PAGE = re.compile(r"\s*([ivxlcdm]+)(?:\s?-\s?([ivxlcdm]+))?(?![^\W_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a text says of the place.

    Attributes:
        page: "31", "31-33", "xii", or empty.
        location: first and last, or None.
        ranged: some number is printed as a range, even if it begins and ends with the same: "9-9".
        words: every word of the text, known or not, but for roman numerals.
    """

    page: str
    location: tuple[int, int] | None
    ranged: bool
    words: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    first: int
    last: int
    ranged: bool

    @property
    def printed(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def count_numbers(text: str) -> int:
    """How many numbers and ranges stand in a text."""
    return len(_NUMBERS.findall(text))


def _pair(printed: str) -> tuple[int, int] | None:
    """The range; pages marked from the bottom up are printed backwards, "234-220"."""
    if (pair := number_range(printed)) is not None:
        return pair
    first, _, last = printed.partition("-")
    ends = whole(first), whole(last)
    if ends[0] is None or ends[1] is None:
        return None
    return min(ends[0], ends[1]), max(ends[0], ends[1])


def _numbers(text: str) -> list[_Number]:
    numbers = []
    for found in _NUMBERS.finditer(text):
        pair = _pair(found[0].replace("#", "").rstrip(",.'"))
        if pair is not None:
            numbers.append(_Number(found.start(), *pair, bool(found[1])))
    return numbers


def _label(number: _Number, labels: list[Found]) -> Found | None:
    """The nearest label before the number ("Page 31"), else the one after it ("133ページ")."""
    before = [label for label in labels if label.end <= number.start]
    return before[-1] if before else labels[0] if labels else None


def _sort(text: str, words: tuple[Found, ...]) -> tuple[dict[Meaning, _Number], list[_Number]]:
    """The numbers of one segment by their labels, and those that have none."""
    labels = [word for word in words if word.meaning in _LABELS]
    labelled: dict[Meaning, _Number] = {}
    alone: list[_Number] = []
    for number in _numbers(text):
        label = _label(number, labels)
        if label is None or label.meaning is None or label.meaning in labelled:
            alone.append(number)
        else:
            labelled[label.meaning] = number
            labels.remove(label)
    return labelled, alone


def _roman_page(text: str, words: tuple[Found, ...]) -> str:
    """The roman page behind the word for page, or empty."""
    for word in words:
        if word.meaning is Meaning.PAGE and (found := _ROMAN_PAGE.match(text, word.end)):
            parts = [part for part in found.groups() if part]
            if all(roman(part) for part in parts):
                return "-".join(dict.fromkeys(parts))
    return ""


def read_place(folded: str) -> Place:
    """The place in a text folded by `margins.text.normal.fold`; its parts are parted by "|"."""
    numbers: dict[Meaning, _Number] = {}
    alone: list[_Number] = []
    every: list[Found] = []
    page = ""
    for segment in folded.split("|"):
        words = find_words(segment)
        labelled, others = _sort(segment, words)
        numbers = labelled | numbers
        alone += others
        page = page or ("" if labelled else _roman_page(segment, words))
        every += words
    free = [label for label in (Meaning.LOCATION, Meaning.PAGE) if label not in numbers]
    numbers |= zip(free, reversed(alone), strict=False)
    if Meaning.PAGE in numbers:
        page = numbers[Meaning.PAGE].printed
    location = numbers.get(Meaning.LOCATION)
    return Place(
        page=page,
        location=(location.first, location.last) if location else None,
        ranged=any(number.ranged for number in numbers.values()),
        words=tuple(word for word in every if word.text not in page.split("-")),
    )
