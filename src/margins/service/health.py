"""Signs of life of the roles that run on this machine: what a container is asked for.

They say that a role answers, and for those that nobody can call that they could: that the ledger
does. What is wrong with an installation is for `margins doctor` to find.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

from margins.bootstrap import open_ledger
from margins.config import Settings
from margins.errors import MarginsError
from margins.service.sockets import near

__all__ = ["signs"]

_SECONDS = 5.0


def _greets(host: str, port: int) -> str:
    with socket.create_connection((near(host), port), _SECONDS) as connection:
        said = connection.recv(4)
    return "" if said.startswith(b"220") else "it does not greet"


def _serves(host: str, port: int, path: str) -> str:
    connection = HTTPConnection(near(host), port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    finally:
        connection.close()
    return "" if status < 500 else f"it answers {status}"


def _sign(settings: Settings, role: str) -> str:
    match role:
        case "smtp":
            return _greets(settings.smtp_host, settings.smtp_port)
        case "relay":
            return _serves(settings.relay_host, settings.relay_port, "/healthz")
        case "api":
            return _serves(settings.api_host, settings.api_port, "/healthz")
        case "console":
            return _serves(settings.console_host, settings.console_port, "/")
        case "worker" | "imap" | "maildir":
            open_ledger(settings).entries(limit=1)
    return ""


def _relays(settings: Settings) -> bool:
    """A provider has a secret, without which the relay does not listen."""
    return any(
        (
            settings.relay_postmark_passwords,
            settings.relay_mailgun_keys,
            settings.relay_sendgrid_keys,
            settings.relay_cloudflare_secrets,
            settings.relay_margins_secrets,
        )
    )


def signs(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each role of the settings, and what is wrong with it: nothing, or why.

    The HTTP relay runs only where a provider has a secret, fetching only where there is something
    to fetch from; what does not run is left out beside other roles, and ill where it is the only
    one.
    """
    idle = {
        "relay": "" if _relays(settings) else "no provider has a secret in the settings",
        "imap": "" if settings.imap_host else "no mailbox is in the settings",
        "maildir": "" if settings.maildir else "no Maildir is in the settings",
    }
    for role in settings.roles:
        if why := idle.get(role):
            if len(settings.roles) == 1:
                yield role, why
            continue
        try:
            yield role, _sign(settings, role)
        except (OSError, HTTPException, MarginsError) as error:
            yield role, str(error)
