"""Threads that do what is due, one thing after another, and rest when there is nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.agent.strangers import expire
from margins.agent.upkeep import tidy
from margins.bootstrap import Parts, open_store
from margins.errors import Unavailable

__all__ = ["Worker", "deliver_next", "tidy_up"]

_log = logging.getLogger("margins.worker")


class Worker:
    """Threads that repeat one step until they are stopped.

    Args:
        step: does one thing; False when there is nothing to do for now.
        poll_seconds: how often to look again when nobody calls wake().
    """

    def __init__(
        self,
        step: Callable[[], bool],
        *,
        name: str,
        threads: int = 1,
        poll_seconds: float = 1.0,
    ) -> None:
        self._step = step
        self._poll = poll_seconds
        self._work = threading.Condition()
        self._calls = 0
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        """Begin working."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is something to do: look now."""
        with self._work:
            self._calls += 1
            self._work.notify_all()

    def stop(self, *, seconds: float) -> None:
        """Finish what is in hand, leave the rest, end.

        What takes longer is left as a crash would leave it: its lease runs out, and the next start
        does it again, under the same key.
        """
        self._stopping = True
        self.wake()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                _log.warning("%s is left in the middle of something", thread.name)

    def _did_something(self) -> bool:
        try:
            return self._step()
        except Unavailable as error:
            _log.error("what the work needs is not available: %s", error)
        except Exception:  # noqa: BLE001
            # The thread must outlive any mistake: a mail nobody delivers is as good as lost.
            _log.exception("a step failed")
        return False

    def _run(self) -> None:
        while not self._stopping:
            calls = self._calls
            if self._did_something():
                continue
            with self._work:
                if self._calls == calls:
                    self._work.wait(self._poll)


def deliver_next(agent: Agent) -> bool:
    """Deliver one mail that is due; False when there is none.

    Raises:
        Unavailable: the ledger did not answer.
    """
    entry = agent.ledger.lease(now=agent.clock.now(), seconds=agent.lease_seconds)
    if entry is None:
        return False
    try:
        done = deliver(agent, entry)
    except LookupError:
        _log.warning("mail %s was taken over by another worker", entry.id)
    else:
        _log.info("mail %s %s: %s", done.id, done.status, done.reason)
    return True


def tidy_up(parts: Parts) -> bool:
    """Reject what waits in vain, remove raw messages nothing needs any more.

    Always False: that is all for now.

    Raises:
        Unavailable: the ledger or the store did not answer.
    """
    late = expire(parts.inbox, now=parts.agent.clock.now())
    if late:
        _log.info("rejected %d mails nobody has decided about", late)
    days = parts.settings.retention_days
    done = tidy(parts.agent, parts.inbox, open_store(parts.settings), retention_days=days)
    if done.expired or done.orphans:
        _log.info("removed %d expired raw mails and %d orphans", done.expired, done.orphans)
    return False
