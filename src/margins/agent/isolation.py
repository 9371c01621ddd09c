"""Every mail is read in a process of its own, so that none can stop the service or touch another.

Parsing is the one place where hostile bytes meet much code, some of it in C. Each mail is read by
a child process with bounds on processor time, memory and the clock, shut off from the network, from
other processes and from files; one that breaks its bounds is killed, and the mail fails with the
reason. No child reads a second mail. Since starting a program costs more than reading most mails,
the children are forks of one process that sees no mail (`margins.agent.nursery`); when it has died,
another is started.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from margins.agent.answers import Answer, load, raise_or_return
from margins.agent.framing import receive_frame, send_frame
from margins.agent.lifeline import NONE, ask, end_of, take
from margins.agent.reading import Reading
from margins.errors import MailError, Unavailable

__all__ = ["Bounds", "IsolatedReader"]

_log = logging.getLogger("margins.agent")
_MIB = 1024 * 1024
_TRIES = 2
_START_SECONDS = 30.0
_DYING_SECONDS = 10.0
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_REMEDY = "Send the export on its own, in a fresh mail."


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


class _LostError(Exception):
    """A child was lost without its mail's doing; that of another nursery may do better."""


class _Child:
    """A process that reads one mail."""

    def __init__(self, life: socket.socket, mail: socket.socket, bounds: Bounds) -> None:
        self._life = life
        self._mail = mail
        self._bounds = bounds

    def _greet(self) -> None:
        """Wait until it has given up what it has to, which it has unless it was born just now."""
        deadline = time.monotonic() + _START_SECONDS
        try:
            trouble = receive_frame(self._mail, deadline=deadline, limit=_MIB)
        except OSError as error:
            raise _LostError(error) from error
        if trouble:
            raise Unavailable(f"{NONE}: {trouble.decode('utf-8', 'replace')}.")

    def read(self, content: bytes) -> Answer:
        """What the mail says, or the error it ended in.

        Raises:
            MailError: the child broke its bounds, or died.
            Unavailable, _LostError: it could not begin; or it died with its parent.
        """
        self._greet()
        bounds = self._bounds
        deadline = time.monotonic() + bounds.wall_seconds
        try:
            send_frame(self._mail, content, deadline=deadline)
            return load(receive_frame(self._mail, deadline=deadline, limit=bounds.answer))
        except TimeoutError:
            what = f"Reading the mail took more than {bounds.wall_seconds:g} s."
        except ConnectionAbortedError:
            what = "The process that read the mail gave an answer that cannot be believed."
        except OSError:
            what = self._last_words()
        raise MailError(what, remedy=_REMEDY)

    def _last_words(self) -> str:
        try:
            status = end_of(self._life, seconds=_DYING_SECONDS)
        except TimeoutError:
            return "The process that read the mail gave an answer that cannot be believed."
        except OSError as error:
            raise _LostError(error) from error
        if status == -signal.SIGXCPU:
            return f"Reading the mail took more than {self._bounds.cpu_seconds} s of computing."
        return f"The process that read the mail ended with status {status}."

    def close(self) -> None:
        """Want no more of it: its parent ends it, whatever it is doing."""
        self._mail.close()
        self._life.close()


class _Nursery:
    """The process that has the children; see `margins.agent.nursery`. Threads may share it."""

    def __init__(self, formats: str, bounds: Bounds, path: Sequence[str]) -> None:
        self._bounds = bounds
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        if places := [*path, *filter(None, [kept.get("PYTHONPATH")])]:
            kept["PYTHONPATH"] = os.pathsep.join(places)
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603  nothing of a mail is in it
                    [
                        sys.executable, "-P", "-m", "margins.agent.nursery", formats,
                        str(bounds.cpu_seconds), str(bounds.memory),
                        str(math.ceil(bounds.wall_seconds)),
                    ],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=kept,
                )  # fmt: skip
            deadline = time.monotonic() + _START_SECONDS
            if trouble := receive_frame(self._control, deadline=deadline, limit=_MIB):
                raise OSError(trouble.decode("utf-8", "replace"))
            self._control.settimeout(_START_SECONDS)
        except OSError as error:
            self.end(seconds=0)
            raise Unavailable(f"{NONE}: {error}.") from error

    def child(self) -> _Child:
        """A child that has seen no mail.

        Raises:
            Unavailable: there can be none for now.
            _LostError: the nursery is gone.
        """
        try:
            with self._lock:
                life = ask(self._control)
            try:
                return _Child(life, take(life, seconds=_START_SECONDS), self._bounds)
            except BaseException:
                life.close()
                raise
        except OSError as error:
            raise _LostError(error) from error

    def end(self, *, seconds: float) -> None:
        """Let it end with the last of its children, which have this time to read what they read."""
        with self._lock:
            self._control.close()
        if process := getattr(self, "_process", None):
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class IsolatedReader:
    """margins.agent.Agent.reader: reads every mail in a child process. Threads may share it.

    Args:
        formats: "module:function" that gives an object with `formats`; called where there is no
            mail, once.
        path: folders modules are found in, beside those every Python of this installation knows.
    """

    def __init__(
        self, formats: str, bounds: Bounds = _DEFAULT, *, path: Sequence[str] = ()
    ) -> None:
        self._formats = formats
        self._bounds = bounds
        self._path = tuple(path)
        self._nursery: _Nursery | None = None
        self._lock = threading.Lock()

    def _ready(self) -> _Nursery:
        with self._lock:
            if self._nursery is None:
                self._nursery = _Nursery(self._formats, self._bounds, self._path)
            return self._nursery

    def _leave(self, nursery: _Nursery) -> None:
        """Use it no more. Mails that its other children read are read again."""
        with self._lock:
            if self._nursery is nursery:
                self._nursery = None
        nursery.end(seconds=0)

    def answer(self, content: bytes) -> Answer:
        """What a child makes of the mail, with what it cost.

        Raises:
            MailError: the child broke its bounds, or died.
            Unavailable: no child could be started.
        """
        why: object = ""
        for _ in range(_TRIES):
            nursery = self._ready()
            try:
                with closing(nursery.child()) as child:
                    answer = child.read(content)
            except _LostError as lost:
                self._leave(nursery)
                why = lost
                continue
            if answer.trace:
                _log.error("a mail could not be read\n%s", answer.trace)
            return answer
        raise Unavailable(f"{NONE}: {why}.")

    def __call__(self, content: bytes) -> Reading:
        """What the mail says; attachments come back without their content.

        Raises:
            MailError, NoNotes: as `margins.agent.reading.read_message`, or the bounds were broken.
            Unavailable: no child could be started.
        """
        return raise_or_return(self.answer(content))

    def examine(self, content: bytes) -> Reading:
        """What the mail says, even when that is nothing; as `margins.agent.reading.read_through`.

        Raises:
            MailError: it cannot be read at all, or the bounds were broken.
            Unavailable: no child could be started.
        """
        answer = self.answer(content)
        return raise_or_return(answer) if answer.reading is None else answer.reading

    def close(self) -> None:
        """End the processes; what other threads have in hand is read to its end first."""
        with self._lock:
            nursery, self._nursery = self._nursery, None
        if nursery is not None:
            nursery.end(seconds=self._bounds.wall_seconds + _DYING_SECONDS)
