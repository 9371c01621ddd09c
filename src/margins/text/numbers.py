"""Numbers as reading apps print them: any script, thousands separators, roman pages, ranges.

What cannot be read is None, never an exception and never a guess.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["number_range", "roman", "whole"]

_MOST_DIGITS = 9
# Comma, full stop, apostrophes, Arabic and full-width separators, and the narrow spaces.
_GROUP = ",.'\u2019\u066c\uff0c\u00a0\u2009\u202f "
_WHOLE = re.compile(rf"[0-9]{{1,3}}(?:[{_GROUP}][0-9]{{2,3}})*[{_GROUP}][0-9]{{3}}|[0-9]+")
_BETWEEN = re.compile(r"\s*(?:[-\u2010-\u2015\u2212~\u301c\uff5e\uff0d]|t/m|to|bis|\u81f3)\s*")
_ROMAN = re.compile(r"(M{0,3})(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def whole(text: str) -> int | None:
    """The whole number that the text is: "1,234", "1.234", "１２", "٣٤"; at most nine digits."""
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= _MOST_DIGITS else None
    if len(text) > 64 or _WHOLE.fullmatch(text := _ascii_digits(text.strip())) is None:
        return None
    digits = "".join(c for c in text if c.isdigit())
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def roman(text: str) -> int | None:
    """The value of a roman numeral from 1 to 3999, in one case throughout; None for others."""
    text = text.strip()
    if not 0 < len(text) <= 15:
        return None
    text = unicodedata.normalize("NFKC", text)
    if text not in {text.upper(), text.lower()} or not _ROMAN.fullmatch(text.upper()):
        return None
    values = [_ROMAN_VALUES[c] for c in text.upper()]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))


def number_range(text: str) -> tuple[int, int] | None:
    """First and last of a range, (n, n) for a single number, None when it is neither.

    Old Kindles shorten the last number: "1846-49" is (1846, 1849). Separators are any dash, the
    Japanese wave dash, "t/m", "to", "bis" and "至". A range that runs backwards is None.
    """
    if text.isascii() and text.isdigit():
        return None if (only := whole(text)) is None else (only, only)
    if len(text) > 64:
        return None
    parts = _BETWEEN.split(text.strip())
    if len(parts) > 2:
        return None
    first, last = whole(parts[0]), whole(parts[-1])
    if first is None or last is None:
        return None
    if last < first:
        kept = len(str(first)) - len(parts[-1].strip())
        last = int(str(first)[:kept] + str(last).zfill(len(parts[-1].strip()))) if kept > 0 else 0
    return (first, last) if first <= last else None
