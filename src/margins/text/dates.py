"""Dates as reading apps print them, in seventeen languages, by tables and structure.

A line is cut into tokens (numbers, month names, markers, signs), each token becomes one letter, and
a handful of short patterns over those letters know every order. Words that are neither months nor
markers are looked over: labels ("Added on"), weekdays and words of languages never seen.

```
Sunday, August 20, 2023 1:33:13 PM          month day year, 12 hours
Monday, 30 September 2019 00:14:06          day month year
Wednesday, December 23, 2009, 11:44 AM
Thursday, 5 December 13 17:27:49            two-digit year
Monday, 3 December 12 21:33:43 GMT+00:59    a stated zone: the result is aware
Monday, 3 December 12 19:42:30 Greenwich Mean Time
Sonntag, 24. März 2013 um 22:02:21 Uhr
sábado, 29 de octubre de 2022 12:23:37 p. m.
miércoles 11 de octubre de 2017 11H13'
среда, 28 февраля 2024 г. в 10:07:53
2021年8月3日火曜日 23:24:53                   年月日 and 년 월 일
2017年5月23日星期二 下午9:05:10               上午/下午, 午前/午後, 오전/오후
2024-03-14T10:23:15.5Z   2024.03.26   07.12.2017 | 20:00   12/07/2017 8:00 PM
Mon Dec 03 21:33:43 GMT 2012                the year after the time
March 1, 2022                               no time: midnight
```
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["clock", "parse_date"]

_LONGEST = 200

# Full names; Slavic languages print the genitive in dates, the nominative alone.
_MONTHS = """
en january february march april may june july august september october november december
de januar februar märz april mai juni juli august september oktober november dezember
de-AT jänner feber märz april mai juni juli august september oktober november dezember
fr janvier février mars avril mai juin juillet août septembre octobre novembre décembre
es enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
es-PE enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre
it gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
pt janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
nl januari februari maart april mei juni juli augustus september oktober november december
ru январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
ru-gen января февраля марта апреля мая июня июля августа сентября октября ноября декабря
pl styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień
pl-gen stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada
    grudnia
tr ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
sv januari februari mars april maj juni juli augusti september oktober november december
"""


def _month_table() -> dict[str, int]:
    """Every name, and its first three and four letters wherever only one month begins so."""
    rows = re.sub(r"\n +", " ", _MONTHS).strip().splitlines()
    names = {name: n for row in rows for n, name in enumerate(row.split()[1:], 1)}
    starts: dict[str, set[int]] = {}
    for name, number in names.items():
        for length in (3, 4):
            starts.setdefault(name[:length], set()).add(number)
    short = {start: min(numbers) for start, numbers in starts.items() if len(numbers) == 1}
    return short | names


_NUMBERS_OF_MONTHS = _month_table()

# What a token is, in one letter. D is a number, M a month's name, A and P the halves of the day,
# Z Greenwich; y m d h i s mark what stands before them; "," is anything that may stand between the
# parts of a date; "?" is any other word.
_MARKERS = {
    "年": "y", "년": "y", "月": "m", "월": "m", "日": "d", "일": "d",
    "h": "h", "時": "h", "时": "h", "點": "h", "点": "h", "시": "h",
    "'": "i", "′": "i", "’": "i", "min": "i", "分": "i", "분": "i", "s": "s", "秒": "s", "초": "s",
    "am": "A", "上午": "A", "午前": "A", "오전": "A",
    "pm": "P", "下午": "P", "午後": "P", "오후": "P",
    "gmt": "Z", "utc": "Z", "z": "Z", "greenwich mean time": "Z", "coordinated universal time": "Z",
    **dict.fromkeys("-./:+", ""), "−": "-",
    **dict.fromkeys((",", "|", "de", "of", "г", "th", "st", "nd", "rd", "er", "º", "t"), ","),
}  # fmt: skip

_TOKEN = re.compile(
    r"\d+"
    r"|greenwich mean time|coordinated universal time"
    r"|[ap]\.[ ]?m(?![^\W_])\.?"
    r"|[上下]午|午[前後]|오[전후]"
    r"|[\u2e80-\u9fff\uac00-\ud7af]"
    r"|[^\W\d_]+"
    r"|\S"
)

_TIME = re.compile(
    r"(?P<before>[AP]?),?(?P<hour>D)[:h](?P<minute>D)(?:[:i](?P<second>D)(?:\.(?P<fraction>D))?)?"
    r"[is]?,?(?P<after>[AP]?)(?P<zone>Z?(?P<sign>[-+])(?P<offset>D)(?::(?P<offset_minute>D))?|Z)?"
)
_DATES = (
    re.compile(r"(?P<a>D)y(?P<b>D)m(?P<c>D)d?"),
    re.compile(r"(?P<a>D)(?P<sign>[-./])(?P<b>D)(?P=sign)(?P<c>D)"),
    re.compile(r"(?P<a>D)[., ]{0,14}(?P<b>M)[., ]{0,14}(?P<c>D)"),
    re.compile(r"(?P<b>M)[., ]{0,14}(?P<c>D)[., ]{0,14}(?P<a>D)"),
)


def _tokens(text: str) -> tuple[str, list[str]]:
    """The letters of the tokens, and the tokens."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u0307", "")
    tokens = _TOKEN.findall(plain)
    letters: list[str] = []
    for token in tokens:
        if token[0].isdecimal():
            letters.append("D")
        elif token in _NUMBERS_OF_MONTHS:
            letters.append("M")
        else:
            word = f"{token[0]}m" if token[1:2] == "." else token
            letters.append(_MARKERS.get(word, "?") or token)
    return "".join(letters), tokens


def _zone(found: re.Match[str], tokens: list[str]) -> timezone | None:
    if not found["zone"]:
        return None
    if not found["sign"]:
        return UTC
    digits = tokens[found.start("offset")]
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    if found["offset_minute"]:
        minutes = tokens[found.start("offset_minute")]
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if found["sign"] == "-" else offset)


def _time(found: re.Match[str], tokens: list[str]) -> tuple[int, int, int, int]:
    """Hour, minute, second and microsecond; the half of the day is reckoned in."""

    def number(part: str) -> int:
        return int(tokens[found.start(part)]) if found[part] else 0

    hour = number("hour")
    half = found["before"] or found["after"]
    if half == "A" and hour == 12:
        hour = 0
    elif half == "P" and hour < 12:
        hour += 12
    fraction = tokens[found.start("fraction")] if found["fraction"] else ""
    return hour, number("minute"), number("second"), int(fraction[:6].ljust(6, "0"))


def _year(digits: str) -> int:
    """Two digits count from 1970, before which nobody marked a book on a device."""
    short = int(digits)
    return short + (1900 if short >= 70 else 2000) if len(digits) == 2 else short


def _date(found: re.Match[str], tokens: list[str], month_first: bool) -> tuple[int, int, int]:
    """Year, month, day from the three parts of a date in whatever order they stand."""
    first, middle, last = (tokens[found.start(part)] for part in "abc")
    if middle in _NUMBERS_OF_MONTHS:
        # "a" is the year when the month comes first, else the day unless it is too long for one.
        if found.start("b") > found.start("a") and len(first) <= 2:
            first, last = last, first
        return _year(first), _NUMBERS_OF_MONTHS[middle], int(last)
    if len(first) == 4 or "y" in found[0]:
        return _year(first), int(middle), int(last)
    day, month = int(first), int(middle)
    if month > 12 or (month_first and day <= 12 and found["sign"] != "."):
        day, month = month, day
    return _year(last), month, day


def _cut(letters: str, found: re.Match[str]) -> str:
    """The letters without the match, each token still at its own index."""
    return letters[: found.start()] + " " * len(found[0]) + letters[found.end() :]


def parse_date(text: str, *, month_first: bool = False) -> datetime | None:
    """The one date in the text, or None when there is none, or more numbers than a date has.

    Naive unless the text states a zone as an offset or as Greenwich; names of other zones are not
    guessed at. A date without a time is its midnight. Takes time linear in the text, reads at most
    200 characters, never raises.

    Args:
        text: may carry labels and weekdays before and after: "Added on Monday, 3 December 12".
        month_first: how to read "03/04/2024" when neither number exceeds 12, the American way or
            the other; dates with dots are always day first.
    """
    if len(text) > _LONGEST:
        return None
    letters, tokens = _tokens(text)
    time = _TIME.search(letters)
    rest = letters if time is None else _cut(letters, time)
    date = next((found for shape in _DATES if (found := shape.search(rest))), None)
    if date is None or "D" in _cut(rest, date):
        return None
    try:
        year, month, day = _date(date, tokens, month_first)
        if not 1900 <= year < 2200:
            return None
        if time is None:
            return datetime(year, month, day)  # noqa: DTZ001
        return datetime(year, month, day, *_time(time, tokens), tzinfo=_zone(time, tokens))
    except (ValueError, OverflowError):
        return None


def clock(moment: datetime) -> datetime:
    """What the device showed, whatever zone it claimed: so dates with and without one compare."""
    return moment.replace(tzinfo=None)
