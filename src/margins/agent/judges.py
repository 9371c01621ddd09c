"""Threads that judge mails which wait for other machines, shared fairly among those who send them.

A mail behind silent name servers takes a judge for twenty seconds. Whoever sends many of them waits
for his own: one origin holds at most a quarter of the judges, and the origins take turns.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["Judges"]

_Work = tuple[Callable[[], None], Callable[[], None]]


class Judges:
    """A pool of threads with a queue for every origin. Threads may share it.

    Args:
        most: judgements at a time.
    """

    def __init__(self, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="judge")
        self._most = most
        self._share = max(1, most // 4)
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[_Work]] = OrderedDict()
        self._closed = False

    def submit(self, who: str, judge: Callable[[], None], let_go: Callable[[], None]) -> None:
        """Judge when it is this origin's turn.

        Args:
            judge: never raises.
            let_go: called instead, should the pool be closed before the turn came.
        """
        with self._lock:
            if not (closed := self._closed):
                self._waiting.setdefault(who, deque()).append((judge, let_go))
                self._fill()
        if closed:
            let_go()

    def _fill(self) -> None:
        """Start what may start; the lock is held."""
        for who in list(self._waiting):
            if self._busy.total() >= self._most:
                return
            if self._busy[who] < self._share:
                queue = self._waiting.pop(who)
                judge, _ = queue.popleft()
                if queue:
                    self._waiting[who] = queue  # behind all others
                self._busy[who] += 1
                self._pool.submit(self._run, who, judge)

    def _run(self, who: str, judge: Callable[[], None]) -> None:
        try:
            judge()
        finally:
            with self._lock:
                self._busy[who] -= 1
                if not self._busy[who]:
                    del self._busy[who]
                if not self._closed:
                    self._fill()

    def close(self) -> None:
        """Let go of what waits, and wait for what is being judged."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, OrderedDict()
        for queue in waiting.values():
            for _, let_go in queue:
                let_go()
        self._pool.shutdown()
