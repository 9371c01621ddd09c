"""A child of `margins.agent.nursery`: reads one mail, answers, and is gone.

Before it takes the mail it closes what its parent had open and bounds its memory, its processor
time and its life by the clock; then it can open no connection, write no file and start no process
(`margins.agent.confinement`), and leaves no core dump.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from margins.agent.answers import Answer, dump
from margins.agent.confinement import Confinement
from margins.agent.framing import receive_frame, send_frame
from margins.agent.reading import Reading, insist, read_through
from margins.errors import MarginsError, NoNotes
from margins.formats import Format
from margins.mail import parse

__all__ = ["DESCRIPTORS", "Allowance", "read_one"]

DESCRIPTORS = 256
"""No process here has a file descriptor of this number or above."""

_LARGEST_MAIL = 1024 * 1024 * 1024
_LONGEST_TRACE = 4_000
_GRACE_SECONDS = 5
_TOO_MUCH = ("MailError", "Reading the mail took more memory than one mail may.", "", "")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a child may use.

    Attributes:
        cpu_seconds: processor time.
        memory: address space, bytes.
        wall_seconds: by the clock, after which the service has it killed. It ends by itself a
            little later, should there be nobody left to do it.
    """

    cpu_seconds: int
    memory: int
    wall_seconds: int


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> int:
    """Highest resident memory in bytes, what is shared with the parent included."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _bound(allowance: Allowance) -> None:
    with suppress(ValueError):  # macOS knows no bound on the address space
        resource.setrlimit(resource.RLIMIT_AS, (allowance.memory, allowance.memory))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    # SIGXCPU at the end of the first, which can be ignored, and SIGKILL at the end of the second.
    seconds = allowance.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _keep_only(kept: int) -> None:
    """Close what is open but the standard streams, which lead nowhere, and this."""
    os.closerange(3, kept)
    os.closerange(kept + 1, DESCRIPTORS)


def _read(content: bytes, formats: Sequence[Format]) -> Answer:
    reading: Reading | None = None
    try:
        message = parse(content)
        reading = read_through(message, formats)
        insist(reading, message)
        return Answer(reading=reading)
    except MarginsError as error:
        said = (type(error).__name__, error.what, error.place, error.remedy)
        reasons = error.reasons if isinstance(error, NoNotes) else ()
        return Answer(reading=reading, error=said, reasons=reasons)
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


def _begin(peer: socket.socket, confinement: Confinement, allowance: Allowance) -> str:
    """Why it cannot begin; empty when it can."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _bound(allowance)
        confinement.begin()
        _keep_only(peer.fileno())
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    return ""


def read_one(
    peer: socket.socket,
    *,
    formats: Sequence[Format],
    confinement: Confinement,
    allowance: Allowance,
) -> NoReturn:
    """Say in a frame why it cannot begin, or nothing; answer one frame with one frame; end.

    Called right after the fork, and never returns into what the parent was doing.
    """
    status = 1
    try:
        trouble = _begin(peer, confinement, allowance)
        send_frame(peer, trouble.encode())
        if not trouble:
            content = receive_frame(peer, limit=_LARGEST_MAIL)
            signal.alarm(allowance.wall_seconds + _GRACE_SECONDS)
            send_frame(peer, _answer(content, formats))
            status = 0
    finally:
        os._exit(status)
