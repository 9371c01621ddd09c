"""The agent over the adapters of the settings."""

from __future__ import annotations

from functools import cache, partial

from margins.agent.agent import Agent
from margins.agent.isolation import IsolatedReader
from margins.agent.strangers import has_room
from margins.bootstrap.clock import SystemClock
from margins.bootstrap.sink import NoSink, open_sink
from margins.bootstrap.storage import ServerLedger, open_store
from margins.config import Settings
from margins.formats import Format
from margins.mail.import_address import open_address
from margins.ports.resolver import Resolver
from margins.senders.registry import Registry

__all__ = ["open_agent"]


@cache
def _formats() -> tuple[Format, ...]:
    from margins.plugins import load_formats

    return load_formats().formats


def open_agent(
    settings: Settings,
    ledger: ServerLedger,
    senders: Registry,
    *,
    api_url: str = "",
    resolver: Resolver | None = None,
) -> Agent:
    """The agent over the adapters of the settings.

    Args:
        resolver: needed by an agent that takes mail from peers that are not trusted.
        api_url: GraphQL endpoint notes go to; that of the settings when empty.
    """
    # A front door that the whole world can reach holds no key with which notes are written.
    delivers = bool({"worker", "console"} & set(settings.roles))
    return Agent(
        store=open_store(settings),
        ledger=ledger,
        senders=senders,
        sink=open_sink(settings, api_url=api_url) if delivers else NoSink(),
        clock=SystemClock(),
        formats=_formats,
        resolver=resolver,
        secrets=senders.access,
        aliases=senders.access,
        reader=IsolatedReader("margins.plugins:load_formats"),
        hold_unknown=partial(has_room, ledger) if settings.unknown == "hold" else None,
        sealers=frozenset(settings.arc_sealers),
        writes_from=open_address(settings.addresses[0]),
        outbox=ledger.outbox,
        answers=bool(settings.receipts_relay),
        lease_seconds=settings.lease_seconds,
        retry_seconds=settings.retry_seconds,
        give_up_after=settings.give_up_after_days * 86400,
    )
