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
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from margins.agent.group import GroupCommit
from margins.agent.post import post_next
from margins.bootstrap import Parts, open_fetchers, open_mailer, open_relay
from margins.clients.trust import DOUBT
from margins.config import Settings
from margins.console import open_console
from margins.errors import Unavailable
from margins.ingress.smtp import SmtpServer
from margins.service.servers import WebServer, listen
from margins.service.sockets import Addresses, addresses, listeners
from margins.service.worker import Worker, deliver_next, tidy_up

if TYPE_CHECKING:
    from margins.agent.fetching import Fetcher

__all__ = ["run"]

_log = logging.getLogger("margins.service")
_TIDY_SECONDS = 6 * 3600.0
_LEAST_SECONDS = 1.0
_LOOK_SECONDS = 0.5


@dataclass(slots=True, kw_only=True)
class _Running:
    """What runs, in the order in which it is started."""

    parts: list[WebServer | Worker | GroupCommit | Fetcher[Any]] = field(default_factory=list)
    smtp: SmtpServer | None = None


def _nobody() -> None:
    """Wakes no worker."""


def _told_to_stop() -> asyncio.Event:
    """Set by SIGINT and SIGTERM, from now on."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    return told


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


def _fetchers(parts: Parts, group: GroupCommit) -> Iterator[Fetcher[Any]]:
    """What fetches mail, for each mailbox in the settings."""
    for fetcher in open_fetchers(parts.settings, group.submit):
        _log.info("fetching mail from %s", fetcher.place)
        yield fetcher


def _running(parts: Parts, sockets: Mapping[str, socket.socket], where: Addresses) -> _Running:
    """What the roles of this process ask for."""
    roles, doors = set(parts.settings.roles), {"smtp", "relay", "imap", "maildir"}
    running = _Running()
    if "api" in roles:
        running.parts.append(WebServer(parts.app, sockets["api"], name="notes-api"))
    workers = _workers(parts) if "worker" in roles else []
    running.parts += workers
    if roles & doors:
        # A worker in another process looks by itself, once a second.
        wake, near = workers[0].wake if workers else _nobody, not parts.settings.database
        group = GroupCommit(parts.agent, wake, near=near)
        running.parts.append(group)
        running.parts += _relay(parts, group) if "relay" in roles else []
        running.parts += _fetchers(parts, group)
        running.smtp = _smtp(parts, group) if "smtp" in roles else None
    if "console" in roles:
        pages = open_console(parts, api_url=parts.api_url, smtp=where.smtp)
        running.parts.append(WebServer(pages, sockets["console"], name="console"))
    return running


async def _stop(running: _Running, seconds: float) -> None:
    """Let everything end what it has in hand; they share the time, and each has a little."""
    _log.info("stopping")
    deadline = time.monotonic() + seconds

    def left() -> float:
        return max(_LEAST_SECONDS, deadline - time.monotonic())

    if running.smtp is not None:
        await running.smtp.stop(seconds=seconds / 2)
    for part in reversed(running.parts):
        if isinstance(part, GroupCommit):
            await asyncio.to_thread(part.stop)
        else:
            await asyncio.to_thread(part.stop, seconds=left())


async def _serve(settings: Settings, ready: Callable[[Addresses, Parts], None] | None) -> None:
    told = _told_to_stop()
    sockets = listeners(settings)
    where = addresses(settings, sockets)
    own = where.graphql if "api" in settings.roles else ""
    parts = Parts(settings, api_url=settings.api_url or own)
    running = _running(parts, sockets, where)
    for part in running.parts:
        part.start()
    if running.smtp is not None:
        await running.smtp.start(sockets["smtp"])
        if "lmtp" in sockets:
            await running.smtp.start(sockets["lmtp"], lmtp=True)
        _log.info("taking mail on %s:%d", *where.smtp)
    _log.info("running: %s", ", ".join(settings.roles))
    try:
        if ready is not None:
            await asyncio.to_thread(ready, where, parts)
        while not (told.is_set() or DOUBT.is_set()):
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), _LOOK_SECONDS)
    finally:
        await _stop(running, settings.stop_seconds)
    if DOUBT.is_set():
        raise Unavailable(
            "The disk failed to keep what was written, so nothing more is taken.",
            place=str(settings.data),
            remedy="Look after the disk, and start again: what was acknowledged is kept.",
        )


def run(settings: Settings, *, ready: Callable[[Addresses, Parts], None] | None = None) -> None:
    """Run the service until SIGINT or SIGTERM, then drain and return.

    It ends by itself when an fsync of one of its databases has failed: only a new process may
    believe the file again (docs/decisions/0030-after-a-failed-fsync.md).

    Args:
        ready: called in a thread once everything answers.

    Raises:
        ConfigError: a port is taken, a setting is wrong, the data directory cannot be used.
        Unavailable: the disk failed.
    """
    # A reply passes through three threads; each would wait 5 ms for one that reads an export.
    sys.setswitchinterval(0.0005)
    asyncio.run(_serve(settings, ready))
