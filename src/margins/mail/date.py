"""The date and time of a message (RFC 5322 s3.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["parse_date_time"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_TIME = re.compile(
    r"(?:[a-z]{3,9}\s{0,9},?)?\s{0,9}(\d{1,2})\s{1,9}([a-z]{3})[a-z]{0,6}\s{1,9}(\d{2,4})"
    r"\s{1,9}(\d{1,2})\s?:\s?(\d{2})(?:\s?:\s?(\d{2}))?\s{0,9}([+-]\d{4}|[a-z]{1,5})?",
    re.IGNORECASE,
)
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip


def _zone(text: str) -> timezone:
    """The zone; UTC when it is unknown, as RFC 5322 s4.3 says of the alphabetic ones."""
    if text[:1] in {"+", "-"}:
        minutes = int(text[1:3]) * 60 + int(text[3:5])
        offset = timedelta(minutes=-minutes if text[0] == "-" else minutes)
        return timezone(offset) if minutes < 24 * 60 else UTC
    return timezone(timedelta(hours=_ZONES.get(text.lower(), 0)))


def _year(text: str) -> int:
    """RFC 5322 s4.3: two digits up to 49 are 20xx; other short years count from 1900."""
    year = int(text)
    if len(text) == 2 and year < 50:
        return 2000 + year
    return 1900 + year if len(text) < 4 else year


def parse_date_time(text: str) -> datetime | None:
    """The moment with its zone, or None when the text is no date-time. Obsolete forms are read."""
    found = _DATE_TIME.match(text.strip())
    if found is None or found[2].lower() not in _MONTHS:
        return None
    try:
        return datetime(
            _year(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]),
            int(found[4]), int(found[5]), min(int(found[6] or 0), 59), tzinfo=_zone(found[7] or ""),
        )  # fmt: skip
    except ValueError:
        return None
