"""Everything started in the order in which data flows backwards, and stopped the other way round.

The notes API answers before the worker asks it, the worker runs before a mail is taken; on the way
out no mail is taken any more, then what was taken is made durable, then the mail in hand is
delivered. What is left waits in the ledger for the next start.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from margins.agent.group import GroupCommit
from margins.agent.post import post_next
from margins.bootstrap import Parts, build, open_mailer, open_relay
from margins.config import Settings
from margins.console import open_console
from margins.ingress.smtp import SmtpServer
from margins.service.servers import WebServer, listen
from margins.service.worker import Worker, deliver_next, tidy_up

__all__ = ["Addresses", "run"]

_log = logging.getLogger("margins.service")
_TIDY_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the running service is: the ports really bound."""

    smtp: tuple[str, int]
    api: tuple[str, int]
    console: tuple[str, int]

    @property
    def graphql(self) -> str:
        """URL of the GraphQL endpoint."""
        return _url(self.api, "/graphql")

    @property
    def console_url(self) -> str:
        """URL of the console's first page."""
        return _url(self.console, "/")


def _url(address: tuple[str, int], path: str) -> str:
    host, port = address
    # What listens on every address is called on the loopback one: tokens go over plain http there.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"


async def _until_told() -> None:
    """Wait for SIGINT or SIGTERM."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _certificate(settings: Settings) -> tuple[str, str] | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return str(settings.tls_certificate), str(settings.tls_key)


def _workers(parts: Parts) -> list[Worker]:
    """The delivery worker, then those for what can wait."""
    settings, agent = parts.settings, parts.agent
    workers = [Worker(partial(deliver_next, agent), name="delivery", threads=settings.workers)]
    if (mailer := open_mailer(settings)) is not None:
        step = partial(post_next, agent, parts.inbox.outbox, mailer)
        workers.append(Worker(step, name="receipts"))
    upkeep = Worker(partial(tidy_up, parts), name="upkeep", poll_seconds=_TIDY_SECONDS)
    return [*workers, upkeep]


def _smtp(parts: Parts, group: GroupCommit) -> SmtpServer:
    return SmtpServer(
        parts.rules,
        group.submit,
        hostname=parts.settings.smtp_hostname,
        certificate=_certificate(parts.settings),
    )


def _relay(parts: Parts, group: GroupCommit) -> list[WebServer]:
    """The HTTP relay, when a provider has a secret."""
    settings = parts.settings
    app = open_relay(settings, parts.rules.serves, group.submit)
    if app is None:
        return []
    listener = listen(settings.relay_host, settings.relay_port, "relay_port")
    _log.info("taking posted mail on %s:%d", *listener.getsockname()[:2])
    return [WebServer(app, listener, name="relay")]


def _lmtp_socket(settings: Settings) -> socket.socket | None:
    port = settings.lmtp_port
    return listen(settings.smtp_host, port, "lmtp_port") if port else None


async def _serve(settings: Settings, ready: Callable[[Addresses, Parts], None] | None) -> None:
    api_socket = listen(settings.api_host, settings.api_port, "api_port")
    smtp_socket = listen(settings.smtp_host, settings.smtp_port, "smtp_port")
    lmtp_socket = _lmtp_socket(settings)
    console_socket = listen(settings.console_host, settings.console_port, "console_port")
    where = Addresses(
        smtp=smtp_socket.getsockname()[:2],
        api=api_socket.getsockname()[:2],
        console=console_socket.getsockname()[:2],
    )
    api_url = settings.api_url or where.graphql
    parts = build(settings, api_url=api_url)
    notes = WebServer(parts.app, api_socket, name="notes-api")
    pages = open_console(parts, api_url=api_url, smtp=where.smtp)
    console = WebServer(pages, console_socket, name="console")
    workers = _workers(parts)
    group = GroupCommit(parts.agent, workers[0].wake)
    smtp = _smtp(parts, group)
    running: list[WebServer | Worker | GroupCommit] = [notes, *workers, group, console]
    running += _relay(parts, group)
    for part in running:
        part.start()
    await smtp.start(smtp_socket)
    if lmtp_socket is not None:
        await smtp.start(lmtp_socket, lmtp=True)
    _log.info("taking mail on %s:%d, notes API on %s", *where.smtp, where.graphql)
    try:
        told = asyncio.create_task(_until_told())
        if ready is not None:
            await asyncio.to_thread(ready, where, parts)
        await told
    finally:
        _log.info("stopping")
        await smtp.stop()
        for part in reversed(running):
            await asyncio.to_thread(part.stop)


def run(settings: Settings, *, ready: Callable[[Addresses, Parts], None] | None = None) -> None:
    """Run the service until SIGINT or SIGTERM, then drain and return.

    Args:
        ready: called in a thread once everything answers.

    Raises:
        ConfigError: a port is taken, a setting is wrong, the data directory cannot be used.
    """
    # A reply passes through three threads; each would wait 5 ms for one that reads an export.
    sys.setswitchinterval(0.0005)
    asyncio.run(_serve(settings, ready))
