"""The second line of a clipping: what it is, where it stands, when it was made.

```
- Your Highlight on page 31 | Location 474-475 | Added on Sunday, August 20, 2023 1:33:13 PM
- Highlight Loc. 1846-49  | Added on Monday, 3 December 12 21:33:43 GMT+00:59
- Your Highlight on Location na página 33-33 | Adicionado: sábado, 14 de outubro de 2023 06:10:50
– Ваша заметка на странице 5 | Место 12 | Добавлено: среда, 28 февраля 2024 г. в 10:07:53
- 133ページ|位置No. 1647-1648のハイライト |作成日: 2021年8月3日火曜日 23:24:53
- 您在第 4 页（位置 #69-70）的标注 | 添加于 2017年5月23日星期二 下午9:05:10
```

Words of known languages name the kind and the numbers. Where a language is not known, structure
does: a range is a highlight, and of two numbers the first is the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from margins.annotation import Span
from margins.text.dates import parse_date
from margins.text.normal import fold
from margins.text.numbers import number_range, roman, whole
from margins.text.words import Found, Meaning, find_words

__all__ = ["Meta", "read_meta", "starts_meta"]

_LONGEST = 400
_BULLETS = ("-", "\u2013", "\u2014", "\u2022", "*")
_KINDS = frozenset({
    Meaning.HIGHLIGHT, Meaning.UNDERLINE, Meaning.NOTE, Meaning.BOOKMARK, Meaning.CLIPPING,
})  # fmt: skip
_LABELS = frozenset({Meaning.PAGE, Meaning.LOCATION})
_NUMBERS = re.compile(r"#?\d[\d,.']*(\s?(?:-|~|\u301c|t/m)\s?#?\d[\d,.']*)?")
_ROMAN_PAGE = re.compile(r"\s*([ivxlcdm]+)(?:\s?-\s?([ivxlcdm]+))?(?![^\W_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What the line says.

    Attributes:
        kind: None when no word of it is known; `ranged` then tells a highlight.
        ranged: a place is printed as a range, as highlights are: "9-9".
        page: "31", "31-33", "xii", or empty.
        created: None when there is no date, or none that can be read.
        date: the words that should have been a date, when they could not be read.
        unknown: folded words that no table has.
    """

    kind: Meaning | None
    ranged: bool
    page: str
    location: Span | None
    created: datetime | None
    date: str
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    end: int
    span: Span
    ranged: bool


def starts_meta(line: str) -> bool:
    """True when the line begins as the second line of a clipping does."""
    return line.lstrip().startswith(_BULLETS)


def _span(printed: str) -> Span | None:
    """The range; pages marked from the bottom up are printed backwards, "234-220"."""
    if (pair := number_range(printed)) is None:
        first, _, last = printed.partition("-")
        ends = whole(first), whole(last)
        pair = (ends[1], ends[0]) if ends[0] is not None and ends[1] is not None else None
    return Span(*pair) if pair is not None and pair[0] <= pair[1] else None


def _numbers(text: str) -> list[_Number]:
    numbers = []
    for found in _NUMBERS.finditer(text):
        span = _span(found[0].replace("#", "").rstrip(",.'"))
        if span is not None:
            numbers.append(_Number(found.start(), found.end(), span, bool(found[1])))
    return numbers


def _label(number: _Number, labels: list[Found]) -> Found | None:
    """The nearest label before the number ("Page 31"), else the one after it ("133ページ")."""
    before = [label for label in labels if label.end <= number.start]
    return before[-1] if before else labels[0] if labels else None


def _label_numbers(
    text: str, words: tuple[Found, ...]
) -> tuple[dict[Meaning, _Number], list[_Number]]:
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


def _split_date(text: str) -> tuple[str, str, datetime | None]:
    """The part about the place, the part about the date, and the date when it can be read.

    A date in a language not known betrays itself by its numbers: day, year, hour, minute.
    """
    place, bar, date = text.rpartition("|")
    if bar and (created := parse_date(date)):
        return place, date, created
    for word in find_words(text):
        if word.meaning is Meaning.ADDED:
            return text[: word.start], text[word.start :], parse_date(text[word.start :])
    if bar and len(_NUMBERS.findall(date)) > 2:
        return place, date, None
    return text, "", None


def read_meta(line: str) -> Meta | None:
    """What a line says, or None when it is not the second line of a clipping."""
    if not starts_meta(line) or len(line) > _LONGEST:
        return None
    place, date, created = _split_date(fold(line.lstrip()[1:]))
    kinds: list[Meaning] = []
    unknown: list[str] = []
    numbers: dict[Meaning, _Number] = {}
    alone: list[_Number] = []
    page = ""
    for segment in place.split("|"):
        words = find_words(segment)
        kinds += [word.meaning for word in words if word.meaning in _KINDS]
        labelled, others = _label_numbers(segment, words)
        numbers = labelled | numbers
        alone += others
        page = page or ("" if labelled else _roman_page(segment, words))
        unknown += [w.text for w in words if w.meaning is None and w.text not in page.split("-")]
    free = [label for label in (Meaning.LOCATION, Meaning.PAGE) if label not in numbers]
    numbers |= zip(free, reversed(alone), strict=False)
    if Meaning.PAGE in numbers:
        page = str(numbers[Meaning.PAGE].span)
    if not (kinds or (date and (numbers or page))):
        return None
    location = numbers.get(Meaning.LOCATION)
    return Meta(
        kind=kinds[0] if kinds else None,
        ranged=any(number.ranged for number in numbers.values()),
        page=page,
        location=location.span if location else None,
        created=created,
        date=date.strip() if date and created is None else "",
        unknown=tuple(unknown),
    )
