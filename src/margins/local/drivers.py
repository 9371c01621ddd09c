"""What drives functions besides SES: the event source mapping of a queue, and schedules."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from margins.errors import Unavailable
from margins.local.events import sqs_event
from margins.local.function import Function
from margins.local.schedule import Schedule
from margins.local.settings import Closed, Outcome, Throttled

__all__ = ["Driver", "Poller", "Ticker", "failed_ids"]

_log = logging.getLogger("margins.local.drivers")

_PAUSE = 0.1
_LONGEST_WAIT = 60.0
_LONGEST_VISIBILITY = 12 * 3600


def failed_ids(
    outcome: Outcome, messages: Sequence[Mapping[str, Any]], *, partial: bool = True
) -> set[str]:
    """Which messages of the batch come back.

    All of them when the function failed or its answer names a message it did not get; none when
    the answer is empty.

    Args:
        partial: the mapping has ReportBatchItemFailures; Lambda does not read the answer without.
    """
    known = {message["MessageId"] for message in messages}
    if not partial:
        return known if outcome.failed else set()
    answer = None if outcome.failed else outcome.value()
    if outcome.failed or not isinstance(answer, (dict, type(None))):
        return known
    items = (answer or {}).get("batchItemFailures") or []
    try:
        named = {item["itemIdentifier"] for item in items}
    except (KeyError, TypeError):
        return known
    return named if named.issubset(known) else known


class Driver:
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

    def stop(self) -> None:
        """No step after the one in hand."""
        self._closing.set()

    def close(self) -> None:
        """End after the step in hand."""
        self.stop()
        self._thread.join(30)


class Poller(Driver):
    """Hands the messages of a queue to a function and deletes those it is done with.

    Redrive is the queue's own: after maxReceiveCount a message goes to the dead letters. Messages
    that were throttled come back after their visibility time-out, as those that failed. While
    somebody debugs, no message comes back before its function has answered.

    Args:
        most: batches at a time, each in an execution environment of its own.
        partial: the function says which messages failed (ReportBatchItemFailures).
    """

    def __init__(
        self,
        sqs: Any,
        url: str,
        arn: str,
        function: Function,
        *,
        batch: int,
        most: int,
        partial: bool = True,
    ) -> None:
        super().__init__(f"poller of {function.settings.name}")
        self._sqs, self._url, self._arn = sqs, url, arn
        self._function, self._batch, self._partial = function, batch, partial
        self._free = threading.Semaphore(most)
        self._hands: list[threading.Thread] = []

    def step(self) -> float:
        """Receive one batch, and have it handled while the next is received."""
        if not self._free.acquire(timeout=_PAUSE):
            return 0.0
        messages: list[dict[str, Any]] = []
        try:
            found = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(self._batch, 10),
                AttributeNames=["All"],
                **({"VisibilityTimeout": _LONGEST_VISIBILITY} if self._debugged else {}),
            )
            messages = found.get("Messages", [])
        finally:
            if not messages:
                self._free.release()
        if not messages:
            return _PAUSE
        hand = threading.Thread(target=self._handle, args=(messages,), daemon=True)
        self._hands = [*(each for each in self._hands if each.is_alive()), hand]
        hand.start()
        return 0.0

    def _handle(self, messages: Sequence[Mapping[str, Any]]) -> None:
        region = self._function.settings.region
        try:
            event = sqs_event(messages, queue_arn=self._arn, region=region)
            outcome = self._function.invoke(event)
            failed = failed_ids(outcome, messages, partial=self._partial)
            for message in messages:
                self._settle(message["ReceiptHandle"], failed=message["MessageId"] in failed)
        except Throttled:
            pass  # the function's log has said so
        except Closed:
            pass  # the queue ends as well
        except Exception:  # noqa: BLE001
            _log.exception("%s failed", self._thread.name)
        finally:
            self._free.release()

    @property
    def _debugged(self) -> bool:
        return bool(self._function.settings.debug_port)

    def _settle(self, handle: str, *, failed: bool) -> None:
        """Delete a message that is done with; one that failed comes back by itself, which has to
        be said where it was kept invisible for a debugger.
        """
        if not failed:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=handle)
        elif self._debugged:
            name = "VisibilityTimeout"
            told = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
            self._sqs.change_message_visibility(
                QueueUrl=self._url,
                ReceiptHandle=handle,
                VisibilityTimeout=int(told["Attributes"][name]),
            )

    def close(self) -> None:
        """End after the batches in hand."""
        super().close()
        for hand in self._hands:
            hand.join(30)


class Ticker(Driver):
    """Invokes a function on a schedule.

    As on AWS that is asynchronous: a tick may overlap the one before, and is tried again after a
    failure. Where that would only heap ticks up, each waits for the one before and the next one is
    its second try.

    Args:
        event: makes the event of a tick out of its moment.
        waits: a tick waits for the one before.
    """

    def __init__(
        self,
        function: Function,
        schedule: Schedule,
        event: Callable[[float], object],
        *,
        waits: bool = False,
    ) -> None:
        super().__init__(f"schedule of {function.settings.name}")
        self._function, self._schedule, self._event = function, schedule, event
        self._waits = waits
        self._next = schedule(time.time())  # the first comes after a whole period

    def step(self) -> float:
        """One tick when it is time."""
        if self._next is None:
            return _LONGEST_WAIT
        now = time.time()
        if now < self._next:
            return min(self._next - now, _LONGEST_WAIT)
        if not self._waits:
            self._function.invoke_later(self._event(self._next))
        else:
            try:
                self._function.invoke(self._event(self._next))
            except Unavailable:
                return 1.0
        self._next = self._schedule(max(self._next, time.time() - 1))
        return 0.0
