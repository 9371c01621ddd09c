"""What drives functions: the event source mapping of a queue, and schedules."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

pytest.importorskip("awslambdaric")

from margins.local.drivers import Poller, Ticker, failed_ids
from margins.local.settings import Outcome, Throttled

BATCH = [{"MessageId": "a"}, {"MessageId": "b"}]


def _outcome(answer: object, *, failed: bool = False) -> Outcome:
    return Outcome(
        answer=json.dumps(answer).encode(), failed=failed, duration=0.1, init=0.0, memory=1.0
    )


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"other": "b"}]}, {"a", "b"}),
        ("text", {"a", "b"}),
    ],
)
def test_partial_batch_failures(answer: object, failed: set[str]) -> None:
    """As Lambda documents it: an empty answer is success, a wrong one is not."""
    assert failed_ids(_outcome(answer), BATCH) == failed


def test_an_answer_nobody_asked_for() -> None:
    """Without ReportBatchItemFailures Lambda does not read it: the batch is done."""
    answer = {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert failed_ids(_outcome(answer), BATCH, partial=False) == set()
    assert failed_ids(_outcome(answer, failed=True), BATCH, partial=False) == {"a", "b"}


def test_a_function_that_failed_gets_the_whole_batch_again() -> None:
    """Whatever its error says."""
    assert failed_ids(_outcome({"batchItemFailures": []}, failed=True), BATCH) == {"a", "b"}


class Queue:
    """SQS's two operations over a list, with what was deleted."""

    def __init__(self, count: int) -> None:
        self.waiting = [
            {"MessageId": f"m{n}", "ReceiptHandle": f"h{n}", "Body": "{}"} for n in range(count)
        ]
        self.deleted: list[str] = []
        self.hidden: list[int] = []

    def get_queue_attributes(self, **_asked: Any) -> dict[str, Any]:
        return {"Attributes": {"VisibilityTimeout": "540"}}

    def change_message_visibility(self, **asked: Any) -> None:
        self.hidden.append(asked["VisibilityTimeout"])

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        self.hidden += [asked["VisibilityTimeout"]] if "VisibilityTimeout" in asked else []
        most = asked["MaxNumberOfMessages"]
        taken = self.waiting[:most]
        del self.waiting[:most]
        return {"Messages": taken} if taken else {}

    def delete_message(self, **asked: Any) -> None:
        self.deleted.append(asked["ReceiptHandle"])


class Counted:
    """A function that takes a while, and knows how many events it had at a time."""

    def __init__(
        self, *, limit: int = 100, seconds: float = 0.15, debug_port: int = 0, failing: bool = False
    ) -> None:
        self._failing = failing
        self.settings = type(
            "Settings", (), {"name": "f", "region": "eu-west-1", "debug_port": debug_port}
        )
        self._limit, self._seconds = limit, seconds
        self._lock = threading.Lock()
        self.now = self.most = self.done = self.throttled = 0

    def invoke(self, _event: object) -> Outcome:
        with self._lock:
            if self.now >= self._limit:
                self.throttled += 1
                raise Throttled("busy", place="f")
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self._seconds)
        with self._lock:
            self.now -= 1
            self.done += 1
        return _outcome(None, failed=self._failing)


def _polled(queue: Queue, function: Counted, *, most: int) -> None:
    poller = Poller(queue, "url", "arn", function, batch=1, most=most)
    poller.start()
    deadline = time.monotonic() + 10
    while queue.waiting and time.monotonic() < deadline:
        time.sleep(0.01)
    poller.close()


def test_batches_are_handled_at_a_time() -> None:
    """As many as the mapping may have, and no more; every message is deleted once."""
    queue, function = Queue(12), Counted()
    _polled(queue, function, most=4)
    assert (function.most, function.done) == (4, 12)
    assert sorted(queue.deleted) == sorted(f"h{n}" for n in range(12))


def test_a_throttled_batch_stays_in_the_queue() -> None:
    """Nothing is deleted that the function did not get."""
    queue, function = Queue(6), Counted(limit=1)
    _polled(queue, function, most=3)
    assert function.throttled > 0
    assert len(queue.deleted) == function.done == 6 - function.throttled


def test_a_message_in_the_hands_of_a_debugger_does_not_come_back() -> None:
    """It is hidden for as long as SQS can; one that failed comes back as the queue says."""
    queue = Queue(1)
    _polled(queue, Counted(debug_port=5678, failing=True), most=1)
    assert (queue.hidden[0], queue.hidden[-1], queue.deleted) == (12 * 3600, 540, [])
    usual = Queue(1)
    _polled(usual, Counted(failing=True), most=1)
    assert (usual.hidden, usual.deleted) == ([], [])


def test_ticks_are_asynchronous() -> None:
    """As EventBridge invokes: the next does not wait for the one before, and Lambda tries again."""
    events: list[float] = []

    class Function:
        settings = type("Settings", (), {"name": "f"})
        invoke_later = events.append

    ticker = Ticker(Function(), lambda after: after + 0.2, lambda now: now)
    ticker.step()
    for _ in range(2):
        time.sleep(0.25)
        assert ticker.step() == 0.0
    assert len(events) == 2


def test_ticks_that_wait() -> None:
    """The first after a whole period; each event has its moment; a throttled tick comes again."""
    events: list[float] = []

    class Function:
        settings = type("Settings", (), {"name": "f"})
        refused = 1

        def invoke(self, event: float) -> None:
            if self.refused:
                self.refused = 0
                raise Throttled("busy", place="f")
            events.append(event)

    ticker = Ticker(Function(), lambda after: after + 0.2, lambda now: now, waits=True)
    began = time.time()
    assert 0 < ticker.step() <= 0.2
    time.sleep(0.25)
    assert ticker.step() == 1.0  # throttled
    assert ticker.step() == 0.0
    [event] = events
    assert 0.1 < event - began < 0.3
