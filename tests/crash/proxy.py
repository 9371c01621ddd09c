"""A notes API that answers wrongly, late, or not at all: the real one behind a faulty proxy."""

from __future__ import annotations

import threading
import time
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

from faults import Faults

FAULTS = {
    "500": 0.10,
    "429": 0.05,
    "errors": 0.05,
    "commit, then drop": 0.10,
    "commit, then stall": 0.03,
    "stall": 0.02,
}


class FaultyProxy(ThreadingHTTPServer):
    """Passes requests on to a port, or does one of FAULTS instead, by chance.

    Attributes:
        faults: what is done, and how often it was.
        mended: from now on everything is passed on.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, target: int, chance: Random, *, stall_seconds: float = 1.5) -> None:
        super().__init__(("127.0.0.1", 0), _Faulty)
        self.target = target
        self.stall_seconds = stall_seconds
        self.mended = False
        self.faults = Faults(FAULTS, chance)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def fault(self) -> str:
        """What to do to one request; empty for nothing."""
        return "" if self.mended else self.faults.draw()

    def handle_error(self, *args: object) -> None:
        """A client that was killed is no news here."""


class _Faulty(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment per answer
    server: FaultyProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.fault()
        if fault == "500":
            self._answer(500, b'{"errors":[{"message":"planted"}]}')
        elif fault == "429":
            self._answer(429, b"{}", {"Retry-After": "1"})
        elif fault == "errors":
            said = b'{"data":null,"errors":[{"message":"planted","path":["importNotebook"]}]}'
            self._answer(200, said)
        elif fault == "stall":
            self._stall()
        else:
            self._pass_on(body, fault)

    def _stall(self) -> None:
        time.sleep(self.server.stall_seconds)
        self.close_connection = True

    def _pass_on(self, body: bytes, fault: str) -> None:
        onward = HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        try:
            onward.request("POST", self.path, body, dict(self.headers))
            answer = onward.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            self.close_connection = True  # killed under our hands
            return
        finally:
            onward.close()
        if fault == "commit, then stall":
            self._stall()
        elif fault:
            self.close_connection = True
        else:
            self._answer(answer.status, content)

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
