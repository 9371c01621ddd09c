"""What Lambda tells of an invocation, and how long a function may make of it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Context", "seconds_of"]


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""
        ...


def seconds_of(context: Context, *, reserve: float) -> float:
    """What is left before Lambda kills the function, less what its end needs; never below 0."""
    return max(0.0, context.get_remaining_time_in_millis() / 1000 - reserve)
