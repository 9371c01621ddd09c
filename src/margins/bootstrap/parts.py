"""All parts of the one process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margins.agent.agent import Agent
from margins.bootstrap.agent import open_agent
from margins.bootstrap.api import notes_api
from margins.bootstrap.identity import open_signer
from margins.bootstrap.peers import open_resolver, smtp_rules
from margins.bootstrap.storage import open_ledger, open_senders
from margins.config import Settings
from margins.ledger.sqlite import SqliteLedger
from margins.senders.sqlite import SqliteSenders

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from margins.ingress.smtp import Rules
    from margins.signer.file import FileSigner

__all__ = ["Parts", "build"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything the one process is made of."""

    agent: Agent
    inbox: SqliteLedger
    senders: SqliteSenders
    signer: FileSigner
    rules: Rules
    app: Starlette
    settings: Settings


def build(settings: Settings, *, api_url: str) -> Parts:
    """All parts of the one process.

    Raises:
        ConfigError: the settings cannot work.
        Unavailable: the data directory cannot be used.
    """
    signer = open_signer(settings)
    rules = smtp_rules(settings)
    ledger, senders = open_ledger(settings), open_senders(settings)
    resolver = open_resolver(settings)
    agent = open_agent(settings, ledger, senders, api_url=api_url, resolver=resolver)
    return Parts(
        agent=agent,
        inbox=ledger,
        senders=senders,
        signer=signer,
        rules=rules,
        app=notes_api(settings, signer),
        settings=settings,
    )
