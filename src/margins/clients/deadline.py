"""How long a caller has left. What is asked of another service ends by then, with Unavailable.

A time-out bounds one silence; a mail that asks ten times of somebody who is silent needs a bound of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from margins.errors import Unavailable

__all__ = ["seconds_left", "within"]

_ends: ContextVar[float] = ContextVar("ends", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ask what is asked here, in this thread, within so many seconds, or less where that is said.

    Nothing is interrupted: clients look before they wait.
    """
    token = _ends.set(min(_ends.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _ends.reset(token)


def seconds_left(most: float) -> float:
    """How long one wait may take, at most so many seconds.

    Raises:
        Unavailable: there is no time left.
    """
    left = min(most, _ends.get() - monotonic())
    if left <= 0:
        raise Unavailable("There is no time left to ask.")
    return left
