"""Reading mails in processes of their own, so that no mail can stop the service.

Parsing is the one place where hostile bytes meet much code, some of it in C. Each mail is read by
a child process with bounds on processor time, memory and the clock, shut off from the network, from
other processes and from files; one that breaks its bounds is killed, the mail fails with the
reason, and the next mail gets another child. Children are kept warm, since starting one costs more
than reading most mails.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from margins.agent.answers import Answer, load, raise_or_return
from margins.agent.framing import receive_frame, send_frame
from margins.agent.reading import Reading
from margins.errors import MailError, Unavailable

__all__ = ["Bounds", "IsolatedReader"]

_log = logging.getLogger("margins.agent")
_MIB = 1024 * 1024
_MAILS_PER_CHILD = 200
_START_SECONDS = 30.0
_DYING_SECONDS = 2.0
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_REMEDY = "The mail is kept and can be replayed. Send the export on its own, in a fresh mail."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What reading one mail may cost.

    Attributes:
        cpu_seconds: processor time.
        wall_seconds: by the clock, which runs faster than processor time on a busy machine.
        memory: address space of the child in bytes, the interpreter included.
        answer: bytes of what it read.
    """

    cpu_seconds: int = 5
    wall_seconds: float = 60.0
    memory: int = 768 * _MIB
    answer: int = 256 * _MIB


_DEFAULT = Bounds()


class _Child:
    """One process that reads mails, one at a time."""

    def __init__(self, formats: str, bounds: Bounds) -> None:
        self._bounds = bounds
        self.mails = 0
        self._socket, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603  nothing of a mail is in it
                    [
                        sys.executable, "-P", "-m", "margins.agent.reading_process", formats,
                        str(theirs.fileno()), str(bounds.cpu_seconds), str(bounds.memory),
                    ],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={n: os.environ[n] for n in _KEPT_VARIABLES if n in os.environ},
                )  # fmt: skip
            deadline = time.monotonic() + _START_SECONDS
            if trouble := receive_frame(self._socket, deadline=deadline, limit=_MIB):
                raise OSError(trouble.decode("utf-8", "replace"))
        except OSError as error:
            self.close()
            raise Unavailable(f"No process could be started to read the mail: {error}.") from error

    def read(self, content: bytes) -> Answer:
        """What the mail says, or the error it ended in.

        Raises:
            MailError: the child broke its bounds, or died; it cannot be used any more.
        """
        self.mails += 1
        bounds = self._bounds
        deadline = time.monotonic() + bounds.wall_seconds
        try:
            send_frame(self._socket, content, deadline=deadline)
            return load(receive_frame(self._socket, deadline=deadline, limit=bounds.answer))
        except TimeoutError:
            what = f"Reading the mail took more than {bounds.wall_seconds:g} s."
        except OSError:
            what = self._last_words()
        raise MailError(what, remedy=_REMEDY)

    def _last_words(self) -> str:
        try:
            status = self._process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return "The process that read the mail gave an answer that cannot be believed."
        if status == -signal.SIGXCPU:
            return f"Reading the mail took more than {self._bounds.cpu_seconds} s of computing."
        return f"The process that read the mail ended with status {status}."

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._socket.close()
        if process := getattr(self, "_process", None):
            process.kill()
            process.wait()


class IsolatedReader:
    """margins.agent.Agent.reader: reads every mail in a child process. Threads may share it.

    Args:
        formats: "module:function" that gives an object with `formats`; called in the child.
    """

    def __init__(self, formats: str, bounds: Bounds = _DEFAULT) -> None:
        self._formats = formats
        self._bounds = bounds
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def _take(self) -> _Child:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Child(self._formats, self._bounds)

    def _give_back(self, child: _Child) -> None:
        if child.mails >= _MAILS_PER_CHILD:
            child.close()
            return
        with self._lock:
            self._idle.append(child)

    def warm(self) -> None:
        """Start a child now, so that the first mail need not wait for it."""
        self._give_back(self._take())

    def answer(self, content: bytes) -> Answer:
        """What a child makes of the mail, with what it cost.

        Raises:
            MailError: the child broke its bounds, or died.
            Unavailable: no child could be started.
        """
        child = self._take()
        try:
            answer = child.read(content)
        except BaseException:
            child.close()
            raise
        if answer.trace:
            _log.error("a mail could not be read\n%s", answer.trace)
        if answer.exhausted:
            child.close()
        else:
            self._give_back(child)
        return answer

    def __call__(self, content: bytes) -> Reading:
        """What the mail says; attachments come back without their content.

        Raises:
            MailError, NoNotes: as `margins.agent.reading.read_message`, or the bounds were broken.
            Unavailable: no child could be started.
        """
        return raise_or_return(self.answer(content))

    def close(self) -> None:
        """End the children that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()
