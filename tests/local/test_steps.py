"""Work that is done in steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from margins.local.steps import Steps


def _wait(steps: Steps) -> None:
    deadline = time.monotonic() + 10
    while not steps.idle:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_waits_gives_its_place_away() -> None:
    """One hand carries a second piece of work on while the first waits, and then the first."""
    done: list[str] = []

    def slow() -> Iterator[float]:
        done.append("slow begins")
        yield 0.3
        done.append("slow ends")

    def quick() -> Iterator[float]:
        done.append("quick")
        yield from ()

    steps = Steps("test", 1)
    steps.start()
    steps.add(slow())
    steps.add(quick())
    _wait(steps)
    steps.close(5)
    assert done == ["slow begins", "quick", "slow ends"]


def test_no_more_at_a_time_than_there_are_hands() -> None:
    """And as many as there are."""
    lock, now, most = threading.Lock(), 0, 0

    def work() -> Iterator[float]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.1)
        with lock:
            now -= 1
        yield from ()

    steps = Steps("test", 3)
    steps.start()
    for _ in range(9):
        steps.add(work())
    _wait(steps)
    steps.close(5)
    assert most == 3


def test_work_that_fails_ends() -> None:
    """The hand takes the next."""

    def broken() -> Iterator[float]:
        raise LookupError
        yield 0.0

    done: list[bool] = []

    def good() -> Iterator[float]:
        done.append(True)
        yield from ()

    steps = Steps("test", 1)
    steps.start()
    steps.add(broken())
    steps.add(good())
    _wait(steps)
    steps.close(5)
    assert done == [True]


def test_the_end_does_not_wait_for_what_waits() -> None:
    """Work whose next step is in an hour is left."""

    def hour() -> Iterator[float]:
        yield 3600.0

    steps = Steps("test", 2)
    steps.start()
    steps.add(hour())
    time.sleep(0.05)
    began = time.monotonic()
    steps.close(5)
    assert time.monotonic() - began < 2
    assert not steps.idle
