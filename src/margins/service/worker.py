"""The delivery worker: takes from the ledger what is due, one mail after another."""

from __future__ import annotations

import logging
import threading

from margins.agent.agent import Agent
from margins.agent.deliver import deliver
from margins.errors import Unavailable

__all__ = ["Worker"]

_log = logging.getLogger("margins.worker")


class Worker:
    """A thread that delivers until it is stopped. Any number may share one ledger.

    Args:
        poll_seconds: how often to look for mails whose time has come when nobody calls wake().
    """

    def __init__(self, agent: Agent, *, poll_seconds: float = 1.0) -> None:
        self._agent = agent
        self._poll = poll_seconds
        self._work = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin delivering."""
        self._thread.start()

    def wake(self) -> None:
        """Something was accepted: look now."""
        self._work.set()

    def stop(self) -> None:
        """Finish the mail in hand, leave the rest in the ledger, end."""
        self._stopping = True
        self._work.set()
        self._thread.join()

    def _one(self) -> bool:
        """Deliver one mail that is due; False when there is none."""
        agent = self._agent
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

    def _run(self) -> None:
        while not self._stopping:
            self._work.clear()
            try:
                if self._one():
                    continue
            except Unavailable as error:
                _log.error("the ledger is not available: %s", error)
            self._work.wait(self._poll)
