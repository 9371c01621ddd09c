"""AWS that answers wrongly: moto behind a proxy that fails by chance, also after the deed."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import urlsplit

from faults import Faults

__all__ = ["FAULTS", "FaultyServices"]

FAULTS = {
    "503": 0.04,
    "throttled": 0.04,
    "done, then 500": 0.04,
    "done, then dropped": 0.04,
}


class FaultyServices(ThreadingHTTPServer):
    """Passes requests on, or does one of FAULTS as well, by chance; a context manager.

    A transaction whose ClientRequestToken has been seen is not carried out again: moto knows none.
    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html

    Attributes:
        faults: what is done, and how often it was.
        done: what came of each transaction that has a token.
    """

    daemon_threads = True

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Faulty)
        self.target = urlsplit(url).netloc
        self.faults = Faults(FAULTS, Random(seed))
        self.done: dict[str, _Reply] = {}
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """What the clients are told."""
        return f"http://127.0.0.1:{self.server_port}"

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


@dataclass(frozen=True)
class _Reply:
    status: int
    content: bytes
    headers: Sequence[tuple[str, str]] = ()


_BUSY = _Reply(503, b'{"__type": "com.amazonaws#ServiceUnavailable"}')
_THROTTLED = _Reply(400, b'{"__type": "com.amazonaws#ThrottlingException"}')
_BROKEN = _Reply(500, b'{"__type": "com.amazonaws#InternalServerError"}')


class _Faulty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment per answer
    server: FaultyServices

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.server.faults.draw():
            case "503":
                self._say(_BUSY)
            case "throttled":
                self._say(_THROTTLED)
            case "done, then 500":
                self._once(body)
                self._say(_BROKEN)
            case "done, then dropped":
                self._once(body)
                self.close_connection = True
            case _:
                self._say(self._once(body))

    do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = _any  # noqa: N815

    def _once(self, body: bytes) -> _Reply:
        """What came of the request, or of the same one when it was sent before."""
        if not self.headers.get("X-Amz-Target", "").endswith(".TransactWriteItems"):
            return self._pass_on(body)
        token = json.loads(body).get("ClientRequestToken", "")
        if token in self.server.done:
            return self.server.done[token]
        reply = self._pass_on(body)
        if token and reply.status == 200:
            self.server.done[token] = reply
        return reply

    def _pass_on(self, body: bytes) -> _Reply:
        with closing(HTTPConnection(self.server.target, timeout=30)) as onward:
            onward.request(self.command, self.path, body, dict(self.headers))
            answer = onward.getresponse()
            return _Reply(answer.status, answer.read(), answer.getheaders())

    def _say(self, reply: _Reply) -> None:
        self.send_response_only(reply.status)
        headers = {name.title(): value for name, value in reply.headers}
        if self.command != "HEAD":
            headers["Content-Length"] = str(len(reply.content))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
