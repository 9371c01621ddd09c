"""What the service and the nursery say to one another about one child.

The service asks over the control socket, with one byte and one end of a socket pair: the child's
life line, at whose other ends the two speak of this child and no other. On it the nursery answers
with the socket on which the child takes its mail, or with the reason why there is no child; and
then, when the child has ended, with its status. The service cuts the line when it wants no more of
the child, which is then killed; a service that has died has cut them all.
"""

from __future__ import annotations

import socket
import struct
import sys

from margins.errors import Unavailable

__all__ = ["NONE", "ask", "asked", "end_of", "hand_out", "refuse", "take", "tell_end"]

NONE = "No process could be started to read the mail"
_CHILD = b"c"
_STATUS = struct.Struct("!i")
_LONGEST_REASON = 1000
# What is received is not handed on to programs that the service starts.
_PRIVATE = socket.MSG_CMSG_CLOEXEC if sys.platform == "linux" else 0


def ask(control: socket.socket) -> socket.socket:
    """Ask for a child: its life line.

    Raises:
        Unavailable: no descriptor is left.
        OSError: the nursery is gone.
    """
    try:
        ours, theirs = socket.socketpair()
    except OSError as error:
        raise Unavailable(f"{NONE}: {error}.") from error
    with theirs:
        try:
            socket.send_fds(control, [_CHILD], [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
    return ours


def asked(control: socket.socket) -> socket.socket | None:
    """Somebody asks for a child: its life line, or None when no descriptor was left for it.

    Raises:
        EOFError: nobody can ask any more.
    """
    try:
        said, descriptors, _, _ = socket.recv_fds(control, len(_CHILD), 1)
    except ConnectionError:
        said, descriptors = b"", []
    if not said:
        raise EOFError
    return socket.socket(fileno=descriptors[0]) if descriptors else None


def hand_out(life: socket.socket, mail: socket.socket) -> None:
    """Answer with a child's socket.

    Raises:
        OSError: the line was cut.
    """
    socket.send_fds(life, [_CHILD], [mail.fileno()])


def refuse(life: socket.socket, reason: str) -> None:
    """Answer with the reason why there is no child.

    Raises:
        OSError: the line was cut.
    """
    life.sendall(reason.encode()[:_LONGEST_REASON])


def take(life: socket.socket, *, seconds: float) -> socket.socket:
    """The child's socket.

    Raises:
        Unavailable: there is no child; says why.
        OSError: the nursery is gone, or does not answer in time.
    """
    life.settimeout(seconds)
    said, descriptors, _, _ = socket.recv_fds(life, _LONGEST_REASON, 1, _PRIVATE)
    if descriptors:
        return socket.socket(fileno=descriptors[0])
    if said == _CHILD:
        raise Unavailable(f"{NONE}: no file descriptor is left.")
    if said:
        raise Unavailable(f"{NONE}: {said.decode('utf-8', 'replace')}.")
    raise ConnectionResetError("the process that has the children is gone")


def tell_end(life: socket.socket, status: int) -> None:
    """Say how the child ended: its exit status, or the signal that ended it, negative.

    Raises:
        OSError: the line was cut.
    """
    life.sendall(_STATUS.pack(status))


def end_of(life: socket.socket, *, seconds: float) -> int:
    """How the child ended, as above.

    Raises:
        TimeoutError: it has not.
        OSError: the nursery is gone.
    """
    life.settimeout(seconds)
    said = life.recv(_STATUS.size, socket.MSG_WAITALL)
    if len(said) < _STATUS.size:
        raise ConnectionResetError("the process that has the children is gone")
    status: int = _STATUS.unpack(said)[0]
    return status
