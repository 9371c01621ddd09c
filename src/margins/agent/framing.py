"""Byte strings over a stream socket, each behind its length, each by a deadline."""

from __future__ import annotations

import socket
import struct
import time

__all__ = ["receive_frame", "send_frame"]

_LENGTH = struct.Struct("!Q")
_BLOCK = 1024 * 1024


def _patience(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def send_frame(peer: socket.socket, content: bytes, *, deadline: float | None = None) -> None:
    """Send one byte string.

    Args:
        deadline: of the monotonic clock; None waits for ever.

    Raises:
        OSError: the peer is gone; TimeoutError, which is one, when the deadline has passed.
    """
    peer.settimeout(_patience(deadline))
    peer.sendall(_LENGTH.pack(len(content)) + content)


def _exactly(peer: socket.socket, size: int, deadline: float | None) -> bytes:
    content = bytearray()
    while len(content) < size:
        peer.settimeout(_patience(deadline))
        block = peer.recv(min(_BLOCK, size - len(content)))
        if not block:
            raise ConnectionResetError("the peer has closed the stream")
        content += block
    return bytes(content)


def receive_frame(peer: socket.socket, *, deadline: float | None = None, limit: int) -> bytes:
    """Receive one byte string.

    Raises:
        OSError: the peer is gone, or announces more than `limit` bytes; TimeoutError as above.
    """
    (size,) = _LENGTH.unpack(_exactly(peer, _LENGTH.size, deadline))
    if size > limit:
        raise ConnectionAbortedError(f"the peer announces {size} bytes")
    return _exactly(peer, size, deadline)
