"""X-Ray's daemon on this machine: takes the segments functions send, over UDP on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

from margins.local.traces import Segment, parse_document

__all__ = ["Daemon", "documents"]

_HEADER = b'{"format": "json", "version": 1}\n'
_MOST_BYTES = 64 * 1024
_RECEIVED = 4 * 1024 * 1024


class Daemon:
    """Takes segments until it is closed.

    Args:
        take: called with the request a document names (only Lambda's own do) and its segments.
    """

    def __init__(self, take: Callable[[str, list[Segment]], None]) -> None:
        self._take = take
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED)
        self._socket.bind(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="x-ray", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    @property
    def address(self) -> str:
        """`host:port`, for AWS_XRAY_DAEMON_ADDRESS."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                request, segments = parse_document(self._socket.recv(_MOST_BYTES))
            except ValueError:
                continue
            self._take(request, segments)

    def send(self, document: Mapping[str, Any]) -> None:
        """Send a document as Lambda does: by then all that the function sent has come before."""
        data = _HEADER + json.dumps(document).encode()
        self._socket.sendto(data, self._socket.getsockname())


def documents(
    *,
    function: str,
    request: str,
    trace: str,
    segment: str,
    outer: str,
    moments: tuple[float, float, float],
    failed: bool,
) -> list[dict[str, Any]]:
    """The two segments Lambda makes of an invocation: of the function, then of the service.

    Args:
        segment: the function's id, which what it sends calls its parent.
        outer: the service's id.
        moments: when INIT began (or the invocation, in a warm start), the invocation, its end.
    """
    began, invoked, ended = moments
    common = {"name": function, "trace_id": trace, "start_time": began, "end_time": ended}
    own = {
        "id": segment,
        "parent_id": outer,
        "origin": "AWS::Lambda::Function",
        "fault": failed,
        "subsegments": _inner(began, invoked, ended),
    }
    whole = {
        "id": outer,
        "origin": "AWS::Lambda",
        "fault": failed,
        "aws": {"request_id": request},
        "http": {"response": {"status": 200}},
    }
    return [common | own, common | whole]


def _inner(began: float, invoked: float, ended: float) -> list[dict[str, Any]]:
    parts = [("Initialization", began, invoked)] if invoked > began else []
    return [
        {"id": token_hex(8), "name": name, "start_time": start, "end_time": end}
        for name, start, end in (*parts, ("Invocation", invoked, ended))
    ]
