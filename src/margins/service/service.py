"""Everything started in the order in which data flows backwards, and stopped the other way round.

The notes API answers before the worker asks it, the worker runs before a mail is taken; on the way
out no mail is taken any more, then what was taken is made durable, then the mail in hand is
delivered. What is left waits in the ledger for the next start.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from margins.agent.group import GroupCommit
from margins.bootstrap import Parts, build
from margins.config import Settings
from margins.ingress.smtp import SmtpServer
from margins.service.servers import NotesServer, listen
from margins.service.worker import Worker, deliver_next

__all__ = ["Addresses", "run"]

_log = logging.getLogger("margins.service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the running service is: the ports really bound."""

    smtp: tuple[str, int]
    api: tuple[str, int]

    @property
    def graphql(self) -> str:
        """URL of the GraphQL endpoint."""
        host, port = self.api
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"


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


async def _serve(settings: Settings, ready: Callable[[Addresses, Parts], None] | None) -> None:
    api_socket = listen(settings.api_host, settings.api_port, "api_port")
    smtp_socket = listen(settings.smtp_host, settings.smtp_port, "smtp_port")
    where = Addresses(smtp=smtp_socket.getsockname()[:2], api=api_socket.getsockname()[:2])
    parts = build(settings, api_url=settings.api_url or where.graphql)
    notes = NotesServer(parts.app, api_socket)
    worker = Worker(partial(deliver_next, parts.agent), name="delivery", threads=settings.workers)
    group = GroupCommit(parts.agent, worker.wake)
    smtp = SmtpServer(
        parts.rules,
        group.submit,
        hostname=settings.smtp_hostname,
        certificate=_certificate(settings),
    )
    notes.start()
    worker.start()
    group.start()
    await smtp.start(smtp_socket)
    _log.info("taking mail on %s:%d, notes API on %s", *where.smtp, where.graphql)
    try:
        told = asyncio.create_task(_until_told())
        if ready is not None:
            await asyncio.to_thread(ready, where, parts)
        await told
    finally:
        _log.info("stopping")
        await smtp.stop()
        await asyncio.to_thread(group.stop)
        await asyncio.to_thread(worker.stop)
        await asyncio.to_thread(notes.stop)


def run(settings: Settings, *, ready: Callable[[Addresses, Parts], None] | None = None) -> None:
    """Run the service until SIGINT or SIGTERM, then drain and return.

    Args:
        ready: called in a thread once everything answers.

    Raises:
        ConfigError: a port is taken, a setting is wrong, the data directory cannot be used.
    """
    asyncio.run(_serve(settings, ready))
