"""The Runtime API that Lambda's runtime clients talk to: one server per execution environment.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Invocation", "RuntimeApi", "error"]

_PREFIX = "/2018-06-01/runtime/"


@dataclass(slots=True, kw_only=True)
class Invocation:
    """One event on its way through a function.

    Attributes:
        deadline_ms: when the function is killed, in milliseconds since 1970.
        answer: the response, or the error as Lambda reports it; None until there is one.
        status: success, failure (the function raised), error (its process ended), timeout.
    """

    id: str
    event: bytes
    deadline_ms: int
    arn: str
    trace: str
    answer: bytes | None = None
    status: str = "success"
    done: threading.Event = field(default_factory=threading.Event)

    def end(self, answer: bytes, *, status: str = "success") -> None:
        """Give the answer, unless there is one."""
        if not self.done.is_set():
            self.answer, self.status = answer, status
            self.done.set()

    def reopen(self) -> None:
        """Lambda does not take the answer it was given."""
        self.done.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment per answer
    server: RuntimeApi

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self) -> None:
        """`invocation/next`: wait for an event."""
        if self.path != f"{_PREFIX}invocation/next":
            self._send(404, b"")
            return
        self.server.ready.set()
        invocation = self.server.waiting.get()
        if invocation is None:
            self.close_connection = True
            return
        self._send(
            200,
            invocation.event,
            {
                "Lambda-Runtime-Aws-Request-Id": invocation.id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
                "Lambda-Runtime-Trace-Id": invocation.trace,
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        """`invocation/ID/response`, `invocation/ID/error` and `init/error`."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.path.removeprefix(_PREFIX).split("/"):
            case ["invocation", id_, ("response" | "error") as kind]:
                self._send(202, b'{"status":"OK"}')
                self.server.finish(id_, body, "failure" if kind == "error" else "success")
            case ["init", "error"]:
                self._send(202, b'{"status":"OK"}')
                self.server.init_error = body
                self.server.ready.set()
            case _:
                self._send(404, b"")


class RuntimeApi(ThreadingHTTPServer):
    """Serves one runtime client, in threads of its own, on a free port of loopback.

    Attributes:
        ready: set once the function has been loaded, or has failed to.
        init_error: what it failed with.
        waiting: events not fetched yet; None ends the client's wait.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ready = threading.Event()
        self.init_error = b""
        self.waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """`host:port`, for AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed hangs up without a word."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def offer(self, invocation: Invocation) -> None:
        """Hand out an event."""
        self._current = invocation
        self.waiting.put(invocation)

    def finish(self, id_: str, body: bytes, status: str) -> None:
        """The client's answer to an event; a late one is ignored."""
        if self._current is not None and self._current.id == id_:
            self._current.end(body, status=status)

    def close(self) -> None:
        """Stop serving."""
        self.waiting.put(None)
        self.shutdown()
        self.server_close()


def error(kind: str, message: str) -> bytes:
    """An error in Lambda's shape."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
