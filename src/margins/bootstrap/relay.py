"""The way in by HTTP, for the providers that have a secret in the settings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from margins.agent.receive import Receipt
from margins.bootstrap.peers import networks
from margins.config import Settings
from margins.errors import ConfigError
from margins.mail.envelope import MailObject

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from margins.ingress.relay import Provider

__all__ = ["open_relay"]

_SHORTEST = {
    "relay_postmark_passwords": 16,
    "relay_mailgun_keys": 16,
    "relay_cloudflare_secrets": 32,
    "relay_margins_secrets": 32,
}


def _check(settings: Settings) -> None:
    for name, shortest in _SHORTEST.items():
        if any(len(secret) < shortest for secret in getattr(settings, name)):
            raise ConfigError(
                "One of them is too short.",
                place=name,
                remedy=f"Make {shortest} characters or more, with `openssl rand -hex 32`.",
            )


def _providers(settings: Settings) -> list[Provider]:
    """Those that have a secret."""
    from margins.ingress.relay import Mailgun, Postmark, SendGrid, Signed

    chosen: list[Provider] = []
    if passwords := settings.relay_postmark_passwords:
        chosen.append(Postmark(passwords, networks(settings.relay_postmark_networks)))
    if keys := settings.relay_mailgun_keys:
        chosen.append(Mailgun(keys))
    if public_keys := settings.relay_sendgrid_keys:
        chosen.append(SendGrid(public_keys))
    if secrets := settings.relay_cloudflare_secrets:
        chosen.append(Signed("cloudflare", secrets))
    if secrets := settings.relay_margins_secrets:
        chosen.append(Signed("margins", secrets))
    return chosen


def open_relay(
    settings: Settings,
    serves: Callable[[str], bool],
    submit: Callable[[MailObject], Future[Receipt]],
) -> Starlette | None:
    """The relay; None when no provider has a secret.

    Args:
        serves: True for an address that takes mail here.
        submit: hands one mail over and gives its receipt once it is durable.

    Raises:
        ConfigError: a secret is too short, or a key is none.
    """
    _check(settings)
    if not (providers := _providers(settings)):
        return None
    from margins.ingress.relay import create_app

    return create_app(providers, submit, serves, max_bytes=settings.max_message_bytes)
