"""Function URLs: a port of loopback in front of a function, in payload format 2.0.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import base64
import binascii
import json
import socket
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from margins.local.events import url_event
from margins.local.function import Function
from margins.local.settings import Closed, Throttled

__all__ = ["FunctionUrl", "answer_of"]

_MOST_BYTES = 6 * 1024 * 1024
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}
_Answer = tuple[int, list[tuple[str, str]], bytes]


def answer_of(said: Any) -> _Answer:
    """Status, header fields and body of what a function answered.

    Without a statusCode the whole answer is the body, as JSON.

    Raises:
        ValueError: it cannot be sent.
    """
    if not isinstance(said, dict) or "statusCode" not in said:
        body = said if isinstance(said, str) else json.dumps(said)
        return 200, [("content-type", "application/json")], body.encode()
    status, told = int(said["statusCode"]), said.get("headers") or {}
    if not 200 <= status <= 599 or not isinstance(told, Mapping):
        raise ValueError("no such status, or headers that are no object")
    headers = [(str(name), str(value)) for name, value in told.items()]
    headers += [("set-cookie", str(cookie)) for cookie in said.get("cookies") or ()]
    headers = [(name, value) for name, value in headers if name.lower() not in _HOP]
    if any(c in text for pair in headers for text in pair for c in "\r\n\0"):
        raise ValueError("a header field of two lines")
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    body = said.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    if not said.get("isBase64Encoded"):
        return status, headers, text.encode()
    try:
        return status, headers, base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a body that is not Base64") from error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 60.0
    server: FunctionUrl

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The function's log says it."""

    def _serve(self) -> None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= _MOST_BYTES or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(413, [], b'{"Message":"Request Too Long"}')
            return
        self._send(*self._ask(self.rfile.read(length)))

    def _ask(self, body: bytes) -> _Answer:
        signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")
        if self.server.iam and not signed:
            return 403, [], b'{"Message":"Forbidden"}'
        path, _, query = self.path.partition("?")
        event = url_event(
            method=self.command,
            path=path,
            query=query,
            headers=[(name.lower(), value) for name, value in self.headers.items()],
            body=body,
            now=time.time(),
        )
        try:
            outcome = self.server.function.invoke(event)
        except Throttled:
            return 429, [], b'{"Message":"Rate Exceeded."}'
        except Closed:
            return 503, [], b'{"Message":"Service Unavailable"}'
        try:
            if outcome.failed:
                raise ValueError("the function failed")
            return answer_of(outcome.value())
        except (ValueError, TypeError):
            return 502, [], b"Internal Server Error"

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815


class FunctionUrl(ThreadingHTTPServer):
    """Has its address from the beginning, and a function once there is one.

    Args:
        port: 0 takes any free one.
        iam: only signed requests are let through (AuthType AWS_IAM); who signed is not looked at.
    """

    daemon_threads = True
    function: Function

    def __init__(self, *, port: int = 0, iam: bool = False) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.iam = iam
        self._serving: threading.Thread | None = None

    @property
    def url(self) -> str:
        """With a slash at the end, as AWS's."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def serve(self, function: Function) -> None:
        """Begin."""
        self.function = function
        self._serving = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._serving.start()

    def close(self) -> None:
        """Stop."""
        if self._serving is not None:
            self.shutdown()
        self.server_close()
