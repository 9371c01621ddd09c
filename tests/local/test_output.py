"""What a process writes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from margins.local.output import Output


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of one."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_nothing_is_left_behind(pipe: tuple[int, int]) -> None:
    """What was written before `drain` has been handed on after it, whoever read it."""
    reading, writing = pipe
    lines: list[str] = []
    output = Output(reading, lines.append)
    for number in range(300):
        os.write(writing, f"{number}\n".encode())
        output.drain()
        assert lines[-1] == str(number)
    assert lines == [str(number) for number in range(300)]
    os.close(writing)
    output.close(5)


def test_lines_come_by_themselves(pipe: tuple[int, int]) -> None:
    """Nobody has to ask; the last one needs no line break."""
    reading, writing = pipe
    lines: list[str] = []
    both = threading.Event()
    output = Output(reading, lambda line: (lines.append(line), len(lines) == 2 and both.set()))
    os.write(writing, "h\u00e9llo\nwor".encode())
    os.write(writing, b"ld \xff")
    os.close(writing)
    assert both.wait(5)
    output.close(5)
    assert lines == ["h\u00e9llo", "world \ufffd"]


def test_a_line_without_end(pipe: tuple[int, int]) -> None:
    """It comes in pieces rather than growing for ever."""
    reading, writing = pipe
    lines: list[str] = []
    output = Output(reading, lines.append)
    for _ in range(40):
        os.write(writing, b"x" * 16 * 1024)
        output.drain()
    os.close(writing)
    output.close(5)
    assert "".join(lines) == "x" * 40 * 16 * 1024
    assert max(map(len, lines)) <= 320 * 1024


def test_a_pipe_that_somebody_keeps_open(pipe: tuple[int, int]) -> None:
    """What the process started may outlive it; that is not waited for."""
    reading, _ = pipe
    output = Output(reading, lambda _: None)
    began = time.monotonic()
    output.close(0.2)
    assert time.monotonic() - began < 3
