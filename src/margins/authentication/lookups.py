"""One message's look-ups: each question asked once, all of them within one limit of time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from margins.errors import Unavailable
from margins.ports.resolver import RecordType, Resolver

__all__ = ["Lookups"]

# RFC 7208 s4.6.4: at least 20 seconds. How many there are SPF, DKIM and ARC each bound themselves.
_SECONDS = 20.0
_Answer = TypeVar("_Answer")


class Lookups:
    """A Resolver in front of another that remembers answers and stops when the time is up.

    Args:
        seconds: how long all answers together may take; the last one may overrun it.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._resolver = resolver
        self._left = seconds
        self._clock = clock
        self._texts: dict[str, tuple[bytes, ...]] = {}
        self._records: dict[tuple[str, RecordType], tuple[str, ...]] = {}

    def texts(self, name: str) -> tuple[bytes, ...]:
        """See Resolver.texts."""
        if name not in self._texts:
            self._texts[name] = self._ask(lambda: self._resolver.texts(name))
        return self._texts[name]

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """See Resolver.records."""
        question = (name, kind)
        if question not in self._records:
            self._records[question] = self._ask(lambda: self._resolver.records(name, kind))
        return self._records[question]

    def _ask(self, look_up: Callable[[], _Answer]) -> _Answer:
        if self._left <= 0:
            raise Unavailable("The look-ups for one message took too long.", place="DNS")
        began = self._clock()
        try:
            return look_up()
        finally:
            self._left -= self._clock() - began
