"""The listeners, and the watch over every connection they have taken."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import Future

from margins.agent.receive import Receipt
from margins.ingress.smtp.connections import Connections
from margins.ingress.smtp.handler import Handler
from margins.ingress.smtp.rules import Rules
from margins.ingress.smtp.session import LmtpConnection, SmtpConnection
from margins.mail.envelope import MailObject

__all__ = ["SmtpServer"]

_WATCH_SECONDS = 0.25


def _tls(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


class SmtpServer:
    """Listens for SMTP and LMTP on the running event loop.

    Args:
        submit: hands one mail over and gives its receipt once it is durable; must not block.
        hostname: what the greeting says.
        certificate: paths of a PEM chain and its key; STARTTLS (RFC 3207) is offered with them.
    """

    def __init__(
        self,
        rules: Rules,
        submit: Callable[[MailObject], Future[Receipt]],
        *,
        hostname: str = "localhost",
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self._rules = rules
        self._handler = Handler(rules, submit)
        self._hostname = hostname
        self._tls = _tls(*certificate) if certificate else None
        self._counts = Connections(rules)
        self._connections: set[SmtpConnection] = set()
        self._servers: list[asyncio.Server] = []
        self._watch: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket, *, lmtp: bool = False) -> None:
        """Begin taking connections on a listening socket; may be called for several."""
        loop = asyncio.get_running_loop()
        kind = LmtpConnection if lmtp else SmtpConnection

        def connection() -> SmtpConnection:
            return kind(
                self._handler,
                self._rules,
                self._counts,
                self._connections,
                tls=self._tls,
                name=self._hostname,
            )

        # Out of file descriptors, asyncio takes no connection for a second and then goes on.
        self._servers.append(await loop.create_server(connection, sock=listener, backlog=512))
        if self._watch is None:
            self._watch = loop.create_task(self._watch_over())

    async def _watch_over(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            now = loop.time()
            for connection in [c for c in self._connections if c.overdue(now)]:
                connection.time_out()

    async def stop(self, *, seconds: float = 10.0) -> None:
        """Take no new connections; let mails that are being received end, at most so long."""
        for server in self._servers:
            server.close()
        deadline = asyncio.get_running_loop().time() + seconds
        while self._connections and asyncio.get_running_loop().time() < deadline:
            for connection in tuple(self._connections):
                connection.dismiss()
            await asyncio.sleep(0.05)
        for connection in tuple(self._connections):
            if isinstance(connection.transport, asyncio.WriteTransport):
                connection.transport.abort()
        if self._watch is not None:
            self._watch.cancel()
