"""The ways in of mail that is fetched, for whom a mailbox or a Maildir is in the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from margins.agent.receive import Receipt
from margins.bootstrap.peers import open_resolver
from margins.config import Settings
from margins.errors import ConfigError
from margins.mail.envelope import MailObject

if TYPE_CHECKING:
    from margins.agent.fetching import Fetcher, Fetching, Folder
    from margins.ingress import imap, maildir

__all__ = ["Source", "imap_rules", "maildir_rules", "open_fetchers", "sources"]

_TLS = 993

Source = tuple[str, "Fetching", Callable[[Event], AbstractContextManager["Folder[Any]"]]]
"""The role that fetches from it, what is asked of it, and how it is opened."""


def _insist_on_proof(settings: Settings, place: str) -> None:
    """Raises ConfigError when nobody could be proven, and all mail would be refused for good."""
    if open_resolver(settings) is None:
        raise ConfigError(
            "No name server is known, so no author of fetched mail could be proven.",
            place=place,
            remedy="Set nameservers, or /etc/resolv.conf.",
        )


def imap_rules(settings: Settings) -> imap.Rules | None:
    """The mailbox of the settings; None when there is none.

    Raises:
        ConfigError: nobody could be proven.
    """
    if not settings.imap_host:
        return None
    _insist_on_proof(settings, "imap_host")
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


def maildir_rules(settings: Settings) -> maildir.Rules | None:
    """The Maildir of the settings; None when there is none.

    Raises:
        ConfigError: nobody could be proven.
    """
    if settings.maildir is None:
        return None
    _insist_on_proof(settings, "maildir")
    from margins.ingress.maildir import Rules

    return Rules(
        path=settings.maildir,
        addresses=settings.addresses,
        max_bytes=settings.max_message_bytes,
        retry_seconds=settings.retry_seconds,
    )


def sources(settings: Settings) -> Iterator[Source]:
    """What the roles of the settings fetch from.

    Raises:
        ConfigError: nobody could be proven.
    """
    if "imap" in settings.roles and (mailbox := imap_rules(settings)) is not None:
        from margins.ingress.imap import open_session

        yield "imap", mailbox, partial(open_session, mailbox)
    if "maildir" in settings.roles and (folder := maildir_rules(settings)) is not None:
        from margins.ingress.maildir import open_maildir

        yield "maildir", folder, partial(open_maildir, folder)


def open_fetchers(
    settings: Settings, submit: Callable[[MailObject], Future[Receipt]]
) -> Iterator[Fetcher[Any]]:
    """What fetches mail while the service runs.

    Args:
        submit: hands one mail over and gives its receipt once it is durable.

    Raises:
        ConfigError: nobody could be proven.
    """
    for name, rules, opened in sources(settings):
        from margins.agent.fetching import Fetcher

        yield Fetcher(name, rules, opened, submit)
