"""The parts of the service, each opened when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from margins.agent.agent import Agent
from margins.bootstrap.agent import open_agent
from margins.bootstrap.api import notes_api
from margins.bootstrap.identity import open_signer
from margins.bootstrap.peers import open_resolver, smtp_rules
from margins.bootstrap.storage import ServerLedger, open_ledger, open_senders
from margins.config import Settings
from margins.senders.registry import Registry

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from margins.ingress.smtp import Rules
    from margins.signer.file import FileSigner

__all__ = ["Parts"]


class Parts:
    """What the service is made of. A process that runs some of it opens what these need.

    Opening a part raises ConfigError when its settings cannot work, and Unavailable when what it
    stands for does not answer.

    Attributes:
        api_url: GraphQL endpoint notes go to; that of the settings when empty.
    """

    def __init__(self, settings: Settings, *, api_url: str = "") -> None:
        self.settings = settings
        self.api_url = api_url

    @cached_property
    def inbox(self) -> ServerLedger:
        """The state of every mail."""
        return open_ledger(self.settings)

    @cached_property
    def senders(self) -> Registry:
        """Accounts and their addresses."""
        return open_senders(self.settings)

    @cached_property
    def signer(self) -> FileSigner:
        """The key tokens are signed with."""
        return open_signer(self.settings)

    @cached_property
    def rules(self) -> Rules:
        """What the SMTP server takes, and whom it believes."""
        return smtp_rules(self.settings)

    @cached_property
    def agent(self) -> Agent:
        """Takes mail in and delivers it."""
        return open_agent(
            self.settings,
            self.inbox,
            self.senders,
            api_url=self.api_url,
            resolver=open_resolver(self.settings),
        )

    @cached_property
    def app(self) -> Starlette:
        """The notes API."""
        return notes_api(self.settings, self.signer)
