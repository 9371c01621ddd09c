"""Two requests to the notes API per mail, one to read and one to write, whatever its size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from running import Running, free_port, mail, notebook_html

pytestmark = pytest.mark.slow


class Counting(ThreadingHTTPServer):
    """Passes requests on to the notes API and counts them."""

    daemon_threads = True
    target = 0
    count = 0


class _Pass(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Counting)
        server.count += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        onward = HTTPConnection("127.0.0.1", server.target, timeout=60)
        onward.request("POST", self.path, body, dict(self.headers))
        answer = onward.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def counting(service: Running) -> Iterator[Counting]:
    """The service with a counting proxy between its worker and its notes API."""
    proxy = Counting(("127.0.0.1", free_port()), _Pass)
    proxy.target = service.api_port
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    service.stop()
    service.settings["MARGINS_API_URL"] = f"http://127.0.0.1:{proxy.server_port}/graphql"
    service.start()
    yield proxy
    proxy.shutdown()


@pytest.mark.parametrize("notes", [20, 500, 5000])
def test_two_requests_per_mail(service: Running, counting: Counting, notes: int) -> None:
    """A first import costs two requests; the same export again, changing nothing, costs one."""
    service.send(mail(notebook_html(notes)))
    [(_, _, sentence)] = service.settled()
    assert f"{notes} new" in sentence
    assert counting.count == 2
    service.send(mail(notebook_html(notes)))
    service.settled(2)
    assert counting.count == 3
