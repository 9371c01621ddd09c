"""A clock that tests own."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ManualClock"]


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is moved.

    Attributes:
        time: seconds since 1970.
    """

    time: float = 1_700_000_000.0

    def now(self) -> float:
        """See margins.ports.Clock."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass; negative sets the clock back."""
        self.time += seconds
