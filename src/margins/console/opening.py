"""From the parts of the running service to its console."""

from __future__ import annotations

from starlette.types import ASGIApp

from margins.bootstrap import Parts
from margins.clients.endpoint import Endpoint, is_loopback
from margins.clients.graphql import GraphQL
from margins.clients.token import NOTES
from margins.console.app import create_app
from margins.console.desk import Desk
from margins.console.library import Library
from margins.errors import ConfigError

__all__ = ["open_console"]

_SHORTEST = 12
_IN_THE_NOTES_API = {"margins", "markdown"}


def _check(host: str, password: str) -> None:
    """Whoever reaches the console reads everybody's notes."""
    if not password and not is_loopback(host):
        raise ConfigError(
            f"The console would be open to everybody who reaches {host}.",
            place="console_host",
            remedy="Set console_password, or leave console_host at 127.0.0.1.",
        )
    if 0 < len(password) < _SHORTEST:
        raise ConfigError(
            "It is too short.",
            place="console_password",
            remedy=f"Choose one of {_SHORTEST} characters or more.",
        )


def _library(parts: Parts, api_url: str) -> Library | None:
    settings = parts.settings
    if settings.sink not in _IN_THE_NOTES_API:
        return None
    client = GraphQL(
        Endpoint(url=api_url, private=settings.api_private),
        signer=parts.signer,
        clock=parts.agent.clock,
        issuer=settings.issuer,
        audience=settings.audience,
        scope=NOTES,
        seconds=settings.api_seconds,
    )
    return Library(client)


def open_console(parts: Parts, *, api_url: str, smtp: tuple[str, int]) -> ASGIApp:
    """The console over these parts.

    Args:
        api_url: GraphQL endpoint of the notes API.
        smtp: where mail is taken.

    Raises:
        ConfigError: it would be open to others without a password, or with a short one.
    """
    settings = parts.settings
    _check(settings.console_host, settings.console_password)
    desk = Desk(
        agent=parts.agent,
        inbox=parts.inbox,
        approvals=parts.inbox,
        registry=parts.senders,
        outbox=parts.inbox.outbox if settings.receipts_relay else None,
        library=_library(parts, api_url),
        addresses=settings.addresses,
        smtp=smtp,
    )
    return create_app(desk, names=settings.console_names, password=settings.console_password)
