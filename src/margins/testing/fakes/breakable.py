"""What every fake shares: it can be told to fail."""

from __future__ import annotations

from margins.errors import Unavailable

__all__ = ["Breakable"]


class Breakable:
    """Something that can be taken away.

    Attributes:
        failing: raised by every call while it is set.
    """

    def __init__(self) -> None:
        self.failing: Unavailable | None = None

    def answer_or_fail(self) -> None:
        """Called first by every method of the port."""
        if self.failing is not None:
            raise self.failing
