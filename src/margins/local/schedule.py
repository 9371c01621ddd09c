"""Schedule expressions of EventBridge: rate(...), cron(...) and at(...), in UTC. Pure.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from margins.errors import InputError

__all__ = ["Schedule", "parse_schedule"]

Schedule = Callable[[float], float | None]
"""From a moment (seconds since 1970) to the next tick after it; None when there is none."""

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"rate\((\d{1,6}) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_PART = re.compile(r"(\*|\?|\w{1,4})(?:-(\w{1,4}))?(?:/(\d{1,4}))?")
_MONTHS = {
    m: n
    for n, m in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_DAYS = {d: n for n, d in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_BOUNDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, _MONTHS), (1, 7, _DAYS), (1970, 2199, {}),
)  # fmt: skip
_MOST_DAYS = 4 * 366


def parse_schedule(expression: str) -> Schedule:
    """What an expression means.

    Raises:
        InputError: it is none, or one with L, W or #, which are not known here.
    """
    if found := _RATE.fullmatch(expression):
        period = int(found[1]) * _UNITS[found[2]]
        if period:
            return lambda after: after + period
    if found := _AT.fullmatch(expression):
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp()
        return lambda after: moment if moment > after else None
    if found := _CRON.fullmatch(expression):
        return _cron(expression, found.groups())
    raise _wrong(expression)


def _wrong(expression: str) -> InputError:
    return InputError("This schedule is not known here.", place=expression)


def _cron(expression: str, fields: tuple[str, ...]) -> Schedule:
    try:
        minutes, hours, days, months, weekdays, years = (
            _values(field, *bound) for field, bound in zip(fields, _BOUNDS, strict=True)
        )
    except (ValueError, KeyError) as error:
        raise _wrong(expression) from error
    clocks = sorted(timedelta(hours=h, minutes=m) for h in hours for m in minutes)

    def next_after(after: float) -> float | None:
        now = datetime.fromtimestamp(after, UTC)
        first = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for ahead in range(_MOST_DAYS):
            day = first + timedelta(days=ahead)
            if (
                day.month in months
                and day.day in days
                and day.year in years
                and day.isoweekday() % 7 + 1 in weekdays
            ):
                found = next((day + clock for clock in clocks if day + clock > now), None)
                if found is not None:
                    return found.timestamp()
        return None

    return next_after


def _values(field: str, least: int, most: int, names: dict[str, int]) -> set[int]:
    """The numbers a field stands for."""
    found: set[int] = set()
    for part in field.split(","):
        matched = _PART.fullmatch(part)
        if matched is None:
            raise ValueError(part)
        first, last, step = matched.groups()
        if first in {"*", "?"}:
            start, end = least, most
        else:
            start = names.get(first.upper()) or int(first)
            end = (names.get(last.upper()) or int(last)) if last else (most if step else start)
        if not least <= start <= end <= most or step == "0":
            raise ValueError(part)
        found.update(range(start, end + 1, int(step or 1)))
    return found
