"""A web server that answers as it is told, over real sockets, and remembers what it was asked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Answer", "Request", "Script", "serving"]


@dataclass
class Answer:
    """What is sent back. `act`, where given, does as it likes with the connection instead."""

    status: int = 200
    body: bytes = b'{"data":{"ok":true}}'
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass
class Request:
    """What was received. Header names are lower case; `peer` tells connections apart."""

    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]


@dataclass
class Script:
    """Answers in order, the last one for ever, and the requests they were given to."""

    url: str
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    requests: list[Request] = field(default_factory=list)

    def next(self) -> Answer:
        """The answer to the next request."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        host, port = self.client_address[:2]
        self.script.requests.append(Request(self.path, headers, body, (str(host), port)))
        answer = self.script.next()
        if answer.act is not None:
            answer.act(self)
            return
        # Without the Date and Server headers that send_response() would add.
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, handler: type[_Handler]) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, 0), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what the script may be about."""


@contextmanager
def serving(*, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    """A server on a free port of this machine, until the block ends."""

    class Handler(_Handler):
        pass

    with _Server(host, Handler) as server:
        scheme, name = "https" if tls else "http", f"[{host}]" if ":" in host else host
        script = Handler.script = Script(url=f"{scheme}://{name}:{server.server_port}/graphql?v=1")
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
