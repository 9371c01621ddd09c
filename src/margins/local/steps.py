"""Work that is done in steps, so much of it at a time: what has to wait gives its place away."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Iterator
from itertools import count

__all__ = ["Steps"]

_log = logging.getLogger("margins.local.steps")


class Steps:
    """Hands that carry on whatever is due. Threads may share it.

    A piece of work is an iterator: each of its values is the seconds to wait before it is carried
    on, and its end is the end of the work.

    Args:
        most: pieces of work in hand at a time.
    """

    def __init__(self, name: str, most: int) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Iterator[float]]] = []
        self._numbers = count()
        self._open = 0
        self._closed = False
        self._hands = [
            threading.Thread(target=self._run, name=f"{name} {n}", daemon=True) for n in range(most)
        ]

    def start(self) -> None:
        """Begin."""
        for hand in self._hands:
            hand.start()

    @property
    def idle(self) -> bool:
        """All work that was added has ended."""
        return self._open == 0

    def add(self, work: Iterator[float]) -> None:
        """Take a piece of work, and return."""
        with self._changed:
            self._open += 1
        self._schedule(work, 0.0)

    def _schedule(self, work: Iterator[float], seconds: float) -> None:
        with self._changed:
            due = time.monotonic() + seconds
            heapq.heappush(self._waiting, (due, next(self._numbers), work))
            self._changed.notify()

    def _next(self) -> Iterator[float] | None:
        """What is due next, once it is; None at the end."""
        with self._changed:
            while not self._closed:
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(left)
        return None

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                pause = next(work, None)
            except Exception:  # noqa: BLE001
                _log.exception("%s failed", threading.current_thread().name)
                pause = None
            if pause is not None:
                self._schedule(work, pause)
                continue
            with self._changed:
                self._open -= 1

    def close(self, seconds: float) -> None:
        """Leave what waits, and wait for the steps in hand, but no longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        until = time.monotonic() + seconds
        for hand in self._hands:
            hand.join(max(0.0, until - time.monotonic()))
