"""The sockets of what runs in this process, and where everything is."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from margins.config import Settings
from margins.service.servers import listen

__all__ = ["Addresses", "addresses", "listeners", "near"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the service is: ports really bound, or those of the settings for another process's."""

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


def near(host: str) -> str:
    """Where to call what listens there: of every address the loopback one."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _url(address: tuple[str, int], path: str) -> str:
    host, port = near(address[0]), address[1]  # tokens go over plain http there
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"


def _places(settings: Settings) -> dict[str, tuple[str, int]]:
    return {
        "api": (settings.api_host, settings.api_port),
        "smtp": (settings.smtp_host, settings.smtp_port),
        "console": (settings.console_host, settings.console_port),
    }


def listeners(settings: Settings) -> dict[str, socket.socket]:
    """A listening socket for each role that has one, and for LMTP where there is a port for it.

    Raises:
        ConfigError: an address is taken or not ours; names the setting.
    """
    made = {
        role: listen(host, port, f"{role}_port")
        for role, (host, port) in _places(settings).items()
        if role in settings.roles
    }
    if settings.lmtp_port and "smtp" in settings.roles:
        made["lmtp"] = listen(settings.smtp_host, settings.lmtp_port, "lmtp_port")
    return made


def addresses(settings: Settings, made: Mapping[str, socket.socket]) -> Addresses:
    """Where the service is, given the sockets of this process."""
    places = _places(settings) | {
        role: listener.getsockname()[:2] for role, listener in made.items() if role != "lmtp"
    }
    return Addresses(**places)
