"""What drives functions besides SES: the event source mapping of a queue, and schedules."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from margins.local.events import scheduled_event, sqs_event
from margins.local.function import Function, Outcome

__all__ = ["Poller", "Ticker", "failed_ids", "seconds_of"]

_log = logging.getLogger("margins.local.poller")

_PAUSE = 0.1


def failed_ids(outcome: Outcome, messages: Sequence[Mapping[str, Any]]) -> set[str]:
    """Which messages of the batch come back (ReportBatchItemFailures).

    All of them when the function failed or its answer names a message it did not get; none when
    the answer is empty.
    """
    known = {message["MessageId"] for message in messages}
    answer = None if outcome.failed else outcome.value()
    if outcome.failed or not isinstance(answer, (dict, type(None))):
        return known
    items = (answer or {}).get("batchItemFailures") or []
    try:
        named = {item["itemIdentifier"] for item in items}
    except (KeyError, TypeError):
        return known
    return named if named.issubset(known) else known


class _Driver:
    """A thread that calls `step` until it is closed."""

    def __init__(self, name: str) -> None:
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def step(self) -> float:
        """Do what there is to do; the seconds to wait before the next step."""
        raise NotImplementedError

    def _run(self) -> None:
        wait = 0.0
        while not self._closing.wait(wait):
            try:
                wait = self.step()
            except Exception:  # noqa: BLE001
                _log.exception("%s failed", self._thread.name)
                wait = 1.0

    def close(self) -> None:
        """End after the step in hand."""
        self._closing.set()
        self._thread.join(30)


class Poller(_Driver):
    """Hands the messages of a queue to a function and deletes those it is done with.

    Redrive is the queue's own: after maxReceiveCount a message goes to the dead letters.
    """

    def __init__(
        self, sqs: Any, url: str, arn: str, function: Function, *, batch: int, region: str
    ) -> None:
        super().__init__(f"poller of {function.settings.name}")
        self._sqs, self._url, self._arn = sqs, url, arn
        self._function, self._batch, self._region = function, batch, region

    def step(self) -> float:
        """One batch."""
        found = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=min(self._batch, 10), AttributeNames=["All"]
        )
        messages = found.get("Messages", [])
        if not messages:
            return _PAUSE
        event = sqs_event(messages, queue_arn=self._arn, region=self._region)
        failed = failed_ids(self._function.invoke(event), messages)
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return 0.0


class Ticker(_Driver):
    """Invokes a function at a steady rate.

    Args:
        seconds: between two ticks.
    """

    def __init__(self, function: Function, seconds: float) -> None:
        super().__init__(f"schedule of {function.settings.name}")
        self._function, self._seconds = function, seconds
        self._first = True

    def step(self) -> float:
        """One tick; the first comes after a whole period, as with EventBridge."""
        if not self._first:
            s = self._function.settings
            now = time.time()
            self._function.invoke(scheduled_event(region=s.region, account=s.account, now=now))
        self._first = False
        return self._seconds


_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}


def seconds_of(schedule: str) -> float:
    """The period of a `rate(...)` expression.

    Raises:
        ValueError: it is another kind of expression.
    """
    found = _RATE.fullmatch(schedule)
    if found is None:
        raise ValueError(f"only rate(...) is known here, not {schedule!r}")
    return float(found[1]) * _UNITS[found[2]]
