"""Moments counted from 1970."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from margins.text.epoch import from_epoch


@pytest.mark.parametrize("count", [1_700_000_000, 1_700_000_000_000])
def test_seconds_and_milliseconds_are_told_apart(count: int) -> None:
    """The same moment either way, and its zone is known."""
    assert from_epoch(count) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("count", [None, 0, -5, 1e15, 1e300, float("inf")])
def test_what_is_no_moment_of_ours_is_none(count: float | None) -> None:
    """Zero means "never", and nobody marks a book after 2200."""
    assert from_epoch(count) is None
