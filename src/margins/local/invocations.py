"""Lambda's Invoke, on a port of loopback: who has keys of AWS calls a function by its name.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from margins.local.function import Function
from margins.local.settings import Closed, Throttled

__all__ = ["Invocations"]

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_MOST_BYTES = 6 * 1024 * 1024


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 60.0
    server: Invocations

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The function's log says it."""

    def do_POST(self) -> None:
        content = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES))
        status, failed, body = self._answer(content)
        self.send_response(status)
        if failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, content: bytes) -> tuple[int, bool, bytes]:
        """Status, whether the function failed, and what it said."""
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return 403, False, b'{"Message":"Missing Authentication Token"}'
        named = _PATH.fullmatch(self.path)
        name = unquote(named[1]).rpartition(":")[2] if named else ""
        if (function := self.server.functions.get(name)) is None:
            return 404, False, b'{"Message":"Function not found"}'
        try:
            outcome = function.invoke(json.loads(content or b"null"))
        except ValueError:
            return 400, False, b'{"Message":"Could not parse request body into json"}'
        except Throttled:
            return 429, False, b'{"Message":"Rate Exceeded."}'
        except Closed:
            return 503, False, b'{"Message":"Service Unavailable"}'
        return 200, outcome.failed, outcome.answer or b"null"


class Invocations(ThreadingHTTPServer):
    """Serves until it is closed.

    Args:
        functions: by name.
    """

    daemon_threads = True

    def __init__(self, functions: Mapping[str, Function]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.functions = functions
        self._serving = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._serving.start()

    @property
    def url(self) -> str:
        """For AWS_ENDPOINT_URL_LAMBDA."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()
