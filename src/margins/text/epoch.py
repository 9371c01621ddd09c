"""Moments written as a count of seconds since 1970, which are in UTC by definition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["from_epoch"]

_START = datetime(1970, 1, 1, tzinfo=UTC)
_END = 7258118400  # the year 2200


def from_epoch(seconds: float | None) -> datetime | None:
    """The moment, with its zone; None for nothing, zero, and what is not of our time.

    Counts too large for seconds are read as milliseconds, as phones write them.
    """
    if seconds is None or seconds <= 0:
        return None
    if seconds >= _END:
        seconds /= 1000
    return _START + timedelta(seconds=seconds) if seconds < _END else None
