"""Schedule expressions of EventBridge."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.errors import InputError
from margins.local.schedule import parse_schedule

NOW = datetime(2026, 11, 23, 15, 30, 20, tzinfo=UTC).timestamp()  # a Monday


def _next(expression: str, after: float = NOW) -> str | None:
    found = parse_schedule(expression)(after)
    return None if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        ("rate(1 minute)", "2026-11-23 15:31:20"),
        ("rate(5 minutes)", "2026-11-23 15:35:20"),
        ("rate(2 hours)", "2026-11-23 17:30:20"),
        ("rate(7 days)", "2026-11-30 15:30:20"),
        ("cron(0 12 * * ? *)", "2026-11-24 12:00:00"),
        ("cron(0/15 * * * ? *)", "2026-11-23 15:45:00"),
        ("cron(5,40 15 * * ? *)", "2026-11-23 15:40:00"),
        ("cron(0 3 1 * ? *)", "2026-12-01 03:00:00"),
        ("cron(15 10 ? * MON-FRI *)", "2026-11-24 10:15:00"),
        ("cron(0 8 ? * SUN *)", "2026-11-29 08:00:00"),
        ("cron(0 0 29 FEB ? *)", "2028-02-29 00:00:00"),
        ("cron(0 0 1 1 ? 2030)", "2030-01-01 00:00:00"),
        ("cron(0 0 1 1 ? 2020)", None),
        ("at(2026-12-24T18:00:00)", "2026-12-24 18:00:00"),
        ("at(2020-12-24T18:00:00)", None),
    ],
)
def test_the_next_tick(expression: str, moment: str | None) -> None:
    """In UTC, strictly after the moment asked about."""
    assert _next(expression) == moment


@pytest.mark.parametrize(
    "expression",
    [
        "", "daily", "rate(0 minutes)", "rate(5 weeks)", "cron(0 12 * * *)", "cron(60 * * * ? *)",
        "cron(0 12 L * ? *)", "cron(0 12 ? * 2#1 *)", "cron(5/0 * * * ? *)", "cron(9-3 * * * ? *)",
    ],
)  # fmt: skip
def test_what_is_not_known(expression: str) -> None:
    """An error names the expression, rather than a schedule that never ticks."""
    with pytest.raises(InputError, match="not known here"):
        parse_schedule(expression)


@given(
    st.integers(0, 59), st.integers(0, 23), st.floats(NOW, NOW + 3e8, allow_nan=False)
)  # fmt: skip
def test_a_daily_tick_is_within_a_day(minute: int, hour: int, after: float) -> None:
    """Whatever the moment, the next one is later, at most a day ahead, and on the clock."""
    tick = parse_schedule(f"cron({minute} {hour} * * ? *)")(after)
    assert tick is not None
    assert after < tick <= after + 86400
    moment = datetime.fromtimestamp(tick, UTC)
    assert (moment.minute, moment.hour, moment.second) == (minute, hour, 0)
