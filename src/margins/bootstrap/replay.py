"""Who delivers a mail again: this machine, or the function of a stack, whose key stays there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from margins.bootstrap.agent import open_agent
from margins.bootstrap.storage import ServerLedger, in_tables, open_senders, region
from margins.config import Settings
from margins.errors import ConfigError, InputError, Unavailable
from margins.ports import Entry

__all__ = ["Replayer", "open_replayer"]

_SECONDS = 100.0  # the function is killed after ninety


class Replayer(Protocol):
    """Delivers mails again. Both methods raise what the agent raises, or Unavailable."""

    def replay(self, entry: Entry) -> Entry:
        """The entry in its new state."""
        ...

    def preview(self, entry: Entry) -> str:
        """What it would change, in words."""
        ...


class _Here:
    def __init__(self, settings: Settings, ledger: ServerLedger) -> None:
        self._agent = open_agent(settings, ledger, open_senders(settings))

    def replay(self, entry: Entry) -> Entry:
        from margins.agent.replay import replay

        return replay(self._agent, entry)

    def preview(self, entry: Entry) -> str:
        from margins.agent.preview import preview

        return preview(self._agent, entry)


class _Function:
    """See margins.aws.replaying."""

    def __init__(self, name: str, ledger: ServerLedger) -> None:
        from margins.clients.aws import Aws

        self._name = name
        self._ledger = ledger
        self._aws = Aws("lambda", region(), seconds=_SECONDS)

    def _ask(self, entry: Entry, *, dry_run: bool) -> Mapping[str, Any]:
        from margins.clients.functions import call_function

        said = call_function(self._aws, self._name, {"replay": entry.id, "dry_run": dry_run})
        if not isinstance(said, Mapping) or not {"error", "status", "preview"} & {*said}:
            raise ConfigError(
                "The function knows no replays.",
                place=self._name,
                remedy="Name the parser function of a stack of this version.",
            )
        if "error" in said:
            kind = Unavailable if said.get("temporary") else InputError
            raise kind(**said["error"])
        return said

    def replay(self, entry: Entry) -> Entry:
        self._ask(entry, dry_run=False)
        return self._ledger.get(entry.id) or entry

    def preview(self, entry: Entry) -> str:
        return str(self._ask(entry, dry_run=True)["preview"])


def open_replayer(settings: Settings, ledger: ServerLedger) -> Replayer:
    """By where the ledger is.

    Raises:
        ConfigError: it is a stack's, and its parser function is not named.
    """
    if not in_tables(settings):
        return _Here(settings, ledger)
    if not settings.parser:
        raise ConfigError(
            "A mail of a stack is delivered again by the stack, and its function is not named.",
            place="parser",
            remedy="Set MARGINS_PARSER to the stack's output Parser.",
        )
    return _Function(settings.parser, ledger)
