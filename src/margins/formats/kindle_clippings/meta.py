"""The second line of a clipping: what it is, where it stands, when it was made.

```
- Your Highlight on page 31 | Location 474-475 | Added on Sunday, August 20, 2023 1:33:13 PM
- Highlight Loc. 1846-49  | Added on Monday, 3 December 12 21:33:43 GMT+00:59
- Your Highlight on Location na página 33-33 | Adicionado: sábado, 14 de outubro de 2023 06:10:50
– Ваша заметка на странице 5 | Место 12 | Добавлено: среда, 28 февраля 2024 г. в 10:07:53
- 133ページ|位置No. 1647-1648のハイライト |作成日: 2021年8月3日火曜日 23:24:53
- 您在第 4 页（位置 #69-70）的标注 | 添加于 2017年5月23日星期二 下午9:05:10
```

A word of any known language names the kind; where there is none, `ranged` tells a highlight.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from margins.annotation import Span
from margins.text.dates import parse_date
from margins.text.normal import fold
from margins.text.places import count_numbers, read_place
from margins.text.words import Meaning, find_words

__all__ = ["Meta", "read_meta", "starts_meta"]

_LONGEST = 400
_BULLETS = ("-", "\u2013", "\u2014", "\u2022", "*")
_KINDS = frozenset({
    Meaning.HIGHLIGHT, Meaning.UNDERLINE, Meaning.NOTE, Meaning.BOOKMARK, Meaning.CLIPPING,
})  # fmt: skip


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

    @property
    def placed(self) -> bool:
        """It says where in the book or when."""
        return bool(self.page or self.location or self.created or self.date)


def starts_meta(line: str) -> bool:
    """True when the line begins as the second line of a clipping does."""
    return line.lstrip().startswith(_BULLETS)


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
    if bar and count_numbers(date) > 2:
        return place, date, None
    return text, "", None


def read_meta(line: str) -> Meta | None:
    """What a line says, or None when it is not the second line of a clipping."""
    if not starts_meta(line) or len(line) > _LONGEST:
        return None
    place, date, created = _split_date(fold(line.lstrip()[1:]))
    where = read_place(place)
    kinds = [word.meaning for word in where.words if word.meaning in _KINDS]
    if not (kinds or (date and (where.location or where.page))):
        return None
    return Meta(
        kind=kinds[0] if kinds else None,
        ranged=where.ranged,
        page=where.page,
        location=Span(*where.location) if where.location else None,
        created=created,
        date=date.strip() if date and created is None else "",
        unknown=tuple(word.text for word in where.words if word.meaning is None),
    )
