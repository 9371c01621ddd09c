"""The parent of the processes that read mail: it knows the formats and never sees a byte of mail.

`margins.agent.isolation` starts it, once. It imports the formats, and has a child for every mail
(`margins.agent.reading_process`), which is as it was at its birth: nothing that a mail does to its
child reaches the next one. One child waits, confined, so that a mail need not wait for its birth.

It is asked for children over its standard input, a socket (`margins.agent.lifeline`). At the end of
it there are no more, and it ends with the last of them.
"""

from __future__ import annotations

import gc
import os
import resource
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import NoReturn

from margins.agent.answers import Answer, dump
from margins.agent.confinement import Confinement
from margins.agent.framing import send_frame
from margins.agent.lifeline import asked, hand_out, refuse, tell_end
from margins.agent.reading import read_message
from margins.agent.reading_process import DESCRIPTORS, Allowance, read_one
from margins.formats import Format
from margins.mail import parse

__all__ = ["load", "main"]

_IMPORTED_LATE = (
    "encodings.cp437",  # names in archives
    "margins.formats.kobo.database",
    "pypdf.filters",
    "pypdf.generic._font",
    "selectolax.lexbor",
)
_REHEARSAL = b"""\
From: reader@example.org\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Sent from here\r
--b\r
Content-Type: text/html; charset=utf-8\r
Content-Disposition: attachment; filename="book.html"\r
\r
<html><body><div class="notebookFor">Notebook Export</div><div class="bookTitle">A Book</div>
<div class="authors">Somebody</div>
<div class="noteHeading">Highlight(<span class="highlight_blue">blue</span>) - Location 1</div>
<div class="noteText">A quote</div></body></html>\r
--b--\r
"""


def load(name: str) -> Sequence[Format]:
    """The formats, and whatever reading will need of them, imported and tried once.

    A child forgets what it imports and what it compiles; only what is there at its birth is not
    paid for with every mail.

    Args:
        name: "module:function" that gives an object with `formats`.
    """
    module, _, function = name.partition(":")
    formats: Sequence[Format] = getattr(import_module(module), function)().formats
    for each in formats:
        _ = each.about  # a built-in format is imported when it is first asked something
    for late in _IMPORTED_LATE:
        with suppress(ImportError):  # an extra that is not installed
            import_module(late)
    with suppress(Exception):  # what somebody else's format does wrong is found with a mail
        dump(Answer(reading=read_message(parse(_REHEARSAL), formats)))
    return formats


@dataclass(slots=True)
class _Child:
    pid: int
    mail: socket.socket
    life: socket.socket | None = None


class _Nursery:
    """Has children, hands them out, and buries them.

    Args:
        control: where children are asked for.
        read: what a child does, with the socket on which it takes its mail.
    """

    def __init__(self, control: socket.socket, read: Callable[[socket.socket], NoReturn]) -> None:
        self._control = control
        self._read = read
        self._children: dict[int, _Child] = {}
        self._spare: _Child | None = None
        self._asked_for = True
        self._selector = selectors.PollSelector()  # which no child shares, as it would an epoll
        self._deaths, self._told = socket.socketpair()
        for end in (self._deaths, self._told):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._deaths, selectors.EVENT_READ, self._bury)
        self._selector.register(control, selectors.EVENT_READ, self._ask)

    def run(self) -> None:
        """Go on until nobody can ask any more and the last child has ended."""
        with suppress(OSError):
            self._spare = self._bear()
        while self._asked_for or self._children:
            for key, _ in self._selector.select():
                key.data()

    def _bear(self) -> _Child:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                raise
            if pid == 0:
                self._read(theirs)
        child = self._children[pid] = _Child(pid, ours)
        return child

    def _ask(self) -> None:
        try:
            life = asked(self._control)
        except EOFError:
            self._asked_for = False
            self._selector.unregister(self._control)
            if self._spare is not None:
                os.kill(self._spare.pid, signal.SIGKILL)
            return
        if life is not None:
            self._hand_out(life)

    def _hand_out(self, life: socket.socket) -> None:
        self._bury()  # the spare may have died of something
        try:
            child = self._spare or self._bear()
        except OSError as error:
            with life, suppress(OSError):
                refuse(life, str(error))
            return
        self._spare = None
        child.life = life
        self._selector.register(life, selectors.EVENT_READ, partial(self._let_go, child))
        with child.mail, suppress(OSError):
            hand_out(life, child.mail)
        with suppress(OSError):
            self._spare = self._bear()

    def _let_go(self, child: _Child) -> None:
        """Nobody waits for its answer any more."""
        if child.life is not None:  # else it was buried a moment ago, and its number is free
            self._cut(child)
            os.kill(child.pid, signal.SIGKILL)

    def _cut(self, child: _Child) -> None:
        if child.life is not None:
            self._selector.unregister(child.life)
            child.life.close()
            child.life = None

    def _bury(self) -> None:
        """Say of every child that has ended how it did."""
        with suppress(BlockingIOError):
            self._deaths.recv(4096)
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid, None)
            if child is None:  # of somebody else's format
                continue
            child.mail.close()
            if child is self._spare:
                self._spare = None
            if child.life is not None:
                with suppress(OSError):
                    tell_end(child.life, os.waitstatus_to_exitcode(status))
            self._cut(child)


def _take_control() -> socket.socket:
    """The standard input, moved to where no format looks for it."""
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return control


def main(formats: str, allowance: Allowance) -> None:
    """Say why it cannot begin, or nothing, in a frame; then have children."""
    # They are for the service, which ends what it has in hand: a mail must not fail of them.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with _take_control() as control:
        try:
            loaded = load(formats)
        except Exception as error:  # noqa: BLE001
            send_frame(control, f"{type(error).__name__}: {error}".encode())
            return
        for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
            resource.setrlimit(limit, (0, 0))
        read = partial(read_one, formats=loaded, confinement=Confinement(), allowance=allowance)
        gc.collect()
        gc.freeze()  # a child's collector then leaves alone, and shared, what was there before it
        send_frame(control, b"")
        _Nursery(control, read).run()


if __name__ == "__main__":
    main(sys.argv[1], Allowance(*map(int, sys.argv[2:5])))
