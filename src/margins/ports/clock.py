"""The time, so that tests can own it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Clock"]


class Clock(Protocol):
    """Wall-clock time."""

    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        ...
