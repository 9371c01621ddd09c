"""Who is talked to: servers of names and of outgoing mail, and whose mail is taken."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

from margins.config import Settings
from margins.errors import ConfigError

if TYPE_CHECKING:
    from margins.ingress.smtp import Network, Rules
    from margins.ports import Mailer
    from margins.ports.resolver import Resolver

__all__ = ["networks", "open_mailer", "open_resolver", "smtp_rules"]


def open_mailer(settings: Settings) -> Mailer | None:
    """The way out for receipts; None when there are to be none.

    Raises:
        ConfigError: SES is to carry them, and there are no credentials.
    """
    from margins.mailer.ses import SesMailer
    from margins.mailer.smtp import SmtpMailer

    if not settings.receipts_relay:
        return None
    host, _, port = settings.receipts_relay.rpartition(":")
    if not port.isdigit():
        return SesMailer(port)
    return SmtpMailer(host, int(port), helo=settings.smtp_hostname)


def open_resolver(settings: Settings) -> Resolver | None:
    """The machine's own name servers, or those of the settings; None on a machine without any."""
    from margins.resolver.dnspython import DnsResolver

    try:
        return DnsResolver(settings.nameservers)
    except ConfigError:
        if settings.nameservers:
            raise
        return None


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Networks of the settings, which have checked them."""
    return tuple(ipaddress.ip_network(name) for name in names)


def smtp_rules(settings: Settings) -> Rules:
    """What the SMTP server takes, and whom it believes."""
    from margins.ingress.smtp import Rules

    return Rules(
        addresses=settings.addresses,
        trusted=networks(settings.trusted_networks),
        proxies=networks(settings.proxy_networks),
        xclients=networks(settings.xclient_networks),
        max_bytes=settings.max_message_bytes,
    )
