"""What every web application of the service can rely on."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from margins.service.servers import WebServer, listen


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server whose page says who asked for it."""

    async def app(scope, receive, send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            host = request.client.host if request.client else ""
            answer: Response = PlainTextResponse(f"{host} {request.url.scheme}")
            await answer(scope, receive, send)

    listener = listen("127.0.0.1", 0, "test_port")
    server = WebServer(app, listener, name="test")
    number = listener.getsockname()[1]
    server.start()
    yield number
    server.stop(seconds=1)


def test_a_peer_is_who_connects(port: int) -> None:
    """What a header says of it is anybody's word: a limit on one peer would bind nobody."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    said = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    connection.request("GET", "/", headers=said)
    assert connection.getresponse().read() == b"127.0.0.1 http"


def test_what_it_has_to_say_goes_through_our_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A request that is none is one record, which the formatter makes one line of."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.connect()
    connection.sock.sendall(b"\x1b[31m nonsense\r\n\r\n")
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 400")
    assert "Invalid HTTP request received." in caplog.messages
