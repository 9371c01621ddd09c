"""The child of `margins.agent.isolation`: reads mails until its socket is closed.

It can open no connection, write no file and start no process (`margins.agent.confinement`), and
leaves no core dump; its memory is bounded once and its processor time anew for every mail.
"""

from __future__ import annotations

import importlib
import resource
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from margins.agent.answers import Answer, dump
from margins.agent.confinement import confine
from margins.agent.framing import receive_frame, send_frame
from margins.agent.reading import read_message
from margins.errors import MarginsError
from margins.formats import Format
from margins.mail import parse

__all__ = ["main"]

_LARGEST_MAIL = 1024 * 1024 * 1024
_LONGEST_TRACE = 4_000
_TOO_MUCH = ("MailError", "Reading the mail took more memory than one mail may.", "", "")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> int:
    """Highest resident memory in bytes; not ru_maxrss, which begins with that of the parent."""
    with suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _bound(memory: int) -> None:
    with suppress(ValueError):  # macOS knows no bound on the address space
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))


def _allow(seconds: int) -> None:
    """Processor time for one more mail; at its end the kernel sends SIGXCPU."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(_cpu_seconds()) + seconds, hard))


def _read(content: bytes, formats: Sequence[Format]) -> Answer:
    try:
        return Answer(reading=read_message(parse(content), formats))
    except MarginsError as error:
        return Answer(error=(type(error).__name__, error.what, error.place, error.remedy))
    except MemoryError:
        return Answer(error=_TOO_MUCH, exhausted=True)
    except Exception as error:  # noqa: BLE001
        # A bug in us or in a third-party format must leave the mail visible and replayable.
        what = f"Margins failed to read it ({type(error).__name__}). Please report this."
        trace = "".join(traceback.format_tb(error.__traceback__))[-_LONGEST_TRACE:]
        return Answer(error=("MailError", what, "", ""), trace=trace)


def _answer(content: bytes, formats: Sequence[Format]) -> bytes:
    began = _cpu_seconds()
    answer = _read(content, formats)
    return dump(replace(answer, seconds=_cpu_seconds() - began, peak=_peak()))


def _load(name: str) -> Sequence[Format]:
    module, _, function = name.partition(":")
    formats: Sequence[Format] = getattr(importlib.import_module(module), function)().formats
    return formats


def main(formats: str, descriptor: int, seconds: int, memory: int) -> None:
    """Answer every frame with a frame; the first says why it cannot begin, or nothing."""
    with socket.socket(fileno=descriptor) as parent:
        try:
            loaded = _load(formats)
        except Exception as error:  # noqa: BLE001
            send_frame(parent, f"{type(error).__name__}: {error}".encode())
            return
        _bound(memory)
        confine()
        send_frame(parent, b"")
        while True:
            try:
                content = receive_frame(parent, limit=_LARGEST_MAIL)
            except ConnectionError:
                return
            _allow(seconds)
            send_frame(parent, _answer(content, loaded))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
