"""The way in by IMAP, for whom a mailbox is in the settings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from margins.agent.receive import Receipt
from margins.bootstrap.peers import open_resolver
from margins.config import Settings
from margins.errors import ConfigError
from margins.mail.envelope import MailObject

if TYPE_CHECKING:
    from margins.ingress.imap import Fetcher, Rules

__all__ = ["imap_rules", "open_fetcher"]

_TLS = 993


def imap_rules(settings: Settings) -> Rules | None:
    """The mailbox of the settings; None when there is none.

    Raises:
        ConfigError: nobody could be proven, so that all mail in it would be refused for good.
    """
    if not settings.imap_host:
        return None
    if open_resolver(settings) is None:
        raise ConfigError(
            "No name server is known, so no author of fetched mail could be proven.",
            place="imap_host",
            remedy="Set nameservers, or /etc/resolv.conf.",
        )
    from margins.clients.endpoint import is_loopback
    from margins.ingress.imap import Rules

    return Rules(
        host=settings.imap_host,
        port=settings.imap_port,
        user=settings.imap_user,
        password=settings.imap_password,
        folder=settings.imap_folder,
        done=settings.imap_done,
        addresses=settings.addresses,
        tls=settings.imap_port == _TLS or not is_loopback(settings.imap_host.lower()),
        max_bytes=settings.max_message_bytes,
        seconds=settings.imap_seconds,
        retry_seconds=settings.retry_seconds,
    )


def open_fetcher(
    settings: Settings, submit: Callable[[MailObject], Future[Receipt]]
) -> Fetcher | None:
    """What fetches mail while the service runs; None when no mailbox is in the settings.

    Args:
        submit: hands one mail over and gives its receipt once it is durable.

    Raises:
        ConfigError: see imap_rules.
    """
    rules = imap_rules(settings)
    if rules is None:
        return None
    from margins.ingress.imap import Fetcher

    return Fetcher(rules, submit)
