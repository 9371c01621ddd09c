"""When to try again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from margins.agent.backoff import delay

NAMES = st.text(max_size=20)
ATTEMPTS = st.integers(min_value=1, max_value=10_000)


@given(NAMES, ATTEMPTS)
def test_it_doubles_within_bounds(name: str, attempts: int) -> None:
    """The wait is between three quarters of the doubled step and the step, at most an hour."""
    step = min(3600.0, 2.0**attempts) if attempts < 12 else 3600.0
    assert 0.75 * step <= delay(name, attempts) <= step


@given(NAMES, ATTEMPTS, st.floats(min_value=0, max_value=1e6))
def test_what_the_other_side_asks_for_is_a_minimum(name: str, attempts: int, asked: float) -> None:
    """Retry-After is honoured, however long."""
    assert delay(name, attempts, asked) >= asked


def test_mails_that_failed_together_are_spread_out() -> None:
    """A hundred mails that failed at once come back at a hundred different times."""
    assert len({delay(f"mail-{n}", 10) for n in range(100)}) == 100
