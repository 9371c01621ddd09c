"""The thread that stays with a folder: looks, waits for news, and comes back after a failure."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Generic

from margins.agent.backoff import delay
from margins.agent.fetching.collector import Collector, Tally
from margins.agent.fetching.folder import Fetching, Folder, Key, Stopped
from margins.agent.receive import Receipt
from margins.errors import ConfigError, MarginsError, Refused, Unavailable
from margins.mail.envelope import MailObject

__all__ = ["Fetcher"]

_log = logging.getLogger("margins.agent.fetching")

_POLL_SECONDS = 0.2
_LONGEST_WAIT = 1_500.0  # RFC 2177: servers hang up after half an hour
_LEAST_WAIT = 0.1
_FIRST_RETRY, _LAST_RETRY = 5.0, 300.0
_FIRST_AFTER_NO = 60.0  # providers lock accounts that are tried with a wrong password


class Fetcher(Generic[Key]):
    """Fetches mail until it is stopped.

    Args:
        name: of the thread.
        open_folder: opens it until the context ends; every wait in it ends with Stopped once the
            event is set. Raises Refused, ConfigError, Unavailable or Stopped.
        submit: hands one mail over and gives its receipt once it is durable.
    """

    def __init__(
        self,
        name: str,
        rules: Fetching,
        open_folder: Callable[[threading.Event], AbstractContextManager[Folder[Key]]],
        submit: Callable[[MailObject], Future[Receipt]],
    ) -> None:
        self._rules = rules
        self._open_folder = open_folder
        self._submit = submit
        self._stop = threading.Event()
        self._collector: Collector[Key] = Collector(rules, self._hand_over)
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def place(self) -> str:
        """Where mail is fetched from, for people."""
        return self._rules.place

    def start(self) -> None:
        """Begin fetching."""
        self._thread.start()

    def stop(self, *, seconds: float) -> None:
        """Hang up. What is in hand and not marked yet is found a duplicate at the next start."""
        self._stop.set()
        self._thread.join(seconds)
        if self._thread.is_alive():
            _log.warning("%s is left in the middle of something", self._thread.name)

    def _hand_over(self, mail: MailObject) -> Receipt:
        future = self._submit(mail)
        while True:
            try:
                return future.result(_POLL_SECONDS)
            except TimeoutError:
                if self._stop.is_set():
                    raise Stopped from None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._open_folder(self._stop) as folder:
                    self._stay(folder)
            except Stopped:
                return
            except (ConfigError, Refused, Unavailable) as error:
                self._stop.wait(self._put_off(error))
            except Exception as error:  # noqa: BLE001
                # The thread must outlive any mistake: mail nobody fetches is as good as lost.
                _log.exception("%s could not be looked into", self._rules.folder)
                self._stop.wait(self._put_off(Unavailable(f"{type(error).__name__}.")))

    def _put_off(self, error: MarginsError) -> float:
        """Seconds until the next try; the reason is in the log."""
        self._failures += 1
        if isinstance(error, Unavailable):
            wait = delay(self._rules.place, self._failures, first=_FIRST_RETRY)
            wait = min(wait, _LAST_RETRY)
        else:
            wait = delay(self._rules.place, self._failures, first=_FIRST_AFTER_NO)
        _log.error("no mail is fetched for %.0f seconds: %s", wait, error)
        return wait

    def _stay(self, folder: Folder[Key]) -> None:
        while not self._stop.is_set():
            tally = self._collector.collect(folder)
            self._failures = 0
            if tally.outcomes:
                _log.info("fetched from %s: %s", self._rules.folder, tally)
            folder.wait(self._pause(tally))
            # A server that always has news must not keep us busy.
            self._stop.wait(_LEAST_WAIT)

    def _pause(self, tally: Tally) -> float:
        usual = min(self._rules.seconds, _LONGEST_WAIT)
        soon = self._rules.retry_seconds if tally.unfinished else usual
        return max(_LEAST_WAIT, min(usual, soon, self._collector.due))
