"""Dates of messages (RFC 5322 s3.3 and s4.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.mail.date import parse_date_time


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
        ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00"),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", None),
        ("Tue, 1 Jul 2003 10:52 +0200 (CEST)", "2003-07-01T10:52:00+02:00"),
        ("Thu, 13 Feb 1969 23:32 EST", "1969-02-13T23:32:00-05:00"),
        ("Mon, 23 Nov 26 03:00:00 +0000", "2026-11-23T03:00:00+00:00"),
        ("Thursday, 1 January 2015 00:00:60 Z", "2015-01-01T00:00:59+00:00"),
        ("1 Jan 2015 00:00:00 +9999", "2015-01-01T00:00:00+00:00"),
        ("31 Feb 2015 00:00:00 +0000", None),
        ("1 Foo 2015 00:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    """The forms of RFC 5322, old ones too; anything else is no date."""
    read = parse_date_time(text)
    assert (read.isoformat() if read else None) == iso


@given(
    st.integers(min_value=0, max_value=2**32),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_round_trip(seconds: int, minutes: int) -> None:
    """What the standard library writes is read back to the second."""
    stamped = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    assert parse_date_time(format_datetime(stamped)) == stamped


@given(st.text(max_size=60))
def test_total(text: str) -> None:
    """Any text is a moment with a zone, or nothing."""
    read = parse_date_time(text)
    assert read is None or read.astimezone(UTC) == read


def test_linear() -> None:
    """A long line of spaces or digits is no date, at once."""
    for unit in (" ", "1", "a", "1 Jan ", "00:"):
        assert parse_date_time(unit * 60_000) is None
