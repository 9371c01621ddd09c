"""What a process writes, line by line, with nothing left in the pipe when somebody asks for it."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

__all__ = ["Output"]

_CHUNK = 64 * 1024
_LONGEST = 256 * 1024
_PATIENCE = 500


class Output:
    """A pipe's lines, handed on as they come by a thread of its own.

    Args:
        descriptor: of the end that is read; belongs to the caller.
        line: called with each line. One longer than an event of CloudWatch (256 KiB) comes in
            pieces.
    """

    def __init__(self, descriptor: int, line: Callable[[str], None]) -> None:
        self._descriptor, self._line = descriptor, line
        self._lock = threading.Lock()
        self._begun = b""
        self._ended = False
        os.set_blocking(descriptor, False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLIN | select.POLLHUP)
        while not self._ended:
            waiting.poll(_PATIENCE)
            self.drain()

    def drain(self) -> None:
        """Hand on what has been written by now: a log's last line comes before its REPORT."""
        with self._lock:
            while not self._ended:
                try:
                    chunk = os.read(self._descriptor, _CHUNK)
                except BlockingIOError:
                    return
                self._ended = not chunk
                self._split(chunk)

    def _split(self, chunk: bytes) -> None:
        *lines, self._begun = (self._begun + chunk).split(b"\n")
        if len(self._begun) > _LONGEST or (self._ended and self._begun):
            lines.append(self._begun)
            self._begun = b""
        for line in lines:
            self._line(line.decode("utf-8", "replace"))

    def close(self, seconds: float) -> None:
        """Wait for the end of the pipe, but no longer: what the process started may outlive it."""
        self._thread.join(seconds)
        with self._lock:
            self._ended = True
        self._thread.join()
