"""Where notes go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from margins.annotation import Publication
from margins.bootstrap.clock import SystemClock
from margins.bootstrap.directory import data_directory
from margins.bootstrap.identity import open_signer
from margins.config import Settings
from margins.errors import ConfigError
from margins.plan import Plan, StoredNotebook
from margins.ports import Applied, Sink

if TYPE_CHECKING:
    from margins.clients.graphql import GraphQL

__all__ = ["NoSink", "open_notes", "open_sink"]

_ON_OUR_API = ("margins", "markdown")


class NoSink:
    """What a process has that takes mail and delivers none: no key, and no way to the notes."""

    def fetch(
        self,
        account: str,  # noqa: ARG002
        publications: Sequence[Publication],  # noqa: ARG002
    ) -> Sequence[StoredNotebook]:
        """Never."""
        raise _not_here()

    def apply(
        self,
        account: str,  # noqa: ARG002
        plans: Sequence[Plan],  # noqa: ARG002
        *,
        key: str,  # noqa: ARG002
    ) -> Applied:
        """Never."""
        raise _not_here()


def _not_here() -> ConfigError:
    return ConfigError("This process delivers nothing.", place="roles", remedy="Add `worker`.")


def _client(
    settings: Settings, url: str, headers: Mapping[str, str] | None = None, *, person: bool = False
) -> GraphQL:
    from margins.clients.endpoint import Endpoint
    from margins.clients.graphql import GraphQL
    from margins.clients.token import IMPORT, NOTES

    return GraphQL(
        Endpoint(url=url, private=settings.api_private),
        signer=open_signer(settings),
        clock=SystemClock(),
        issuer=settings.issuer,
        audience=settings.audience,
        scope=NOTES if person else IMPORT,
        headers=headers,
        seconds=settings.api_seconds,
    )


def _needed(settings: Settings, name: str) -> Any:
    """A setting that this kind of sink cannot do without."""
    if not (value := getattr(settings, name)):
        raise ConfigError(
            f"The sink {settings.sink!r} needs {name}.", remedy="Set it; see docs/sinks.md."
        )
    return value


def _notes_url(settings: Settings) -> str:
    """The notes API of the settings: another's, or that of the process of our own that runs it."""
    if not settings.api_url and "api" not in settings.roles and settings.sink in _ON_OUR_API:
        raise ConfigError(
            "Nothing says where the notes API is, and this process does not run it.",
            place="api_url",
            remedy="Set it, such as http://api:8080/graphql, with api_private.",
        )
    return settings.api_url or f"http://{settings.api_host}:{settings.api_port}/graphql"


def open_notes(settings: Settings) -> GraphQL:
    """The notes API as people see it: everything of an account, with what they made of it.

    Raises:
        ConfigError: notes go somewhere else, or nothing says where it is.
    """
    if settings.sink not in _ON_OUR_API:
        raise ConfigError(
            "The notes are not in a notes API of Margins.",
            place="sink",
            remedy=f"They are where the sink {settings.sink!r} puts them.",
        )
    return _client(settings, _notes_url(settings), person=True)


def open_sink(settings: Settings, *, api_url: str = "") -> Sink:
    """Where notes go.

    Args:
        api_url: the notes API of this process; that of the settings when empty.

    Raises:
        ConfigError: there is no such sink, or a setting it needs is missing or wrong.
    """
    url = api_url or _notes_url(settings)
    match settings.sink:
        case "margins":
            from margins.sink.graphql import GraphQLSink

            return GraphQLSink(_client(settings, url))
        case "markdown":
            from margins.sink.graphql import GraphQLSink
            from margins.sink.markdown import MarkdownSink

            notes = GraphQLSink(_client(settings, url))
            return MarkdownSink(_needed(settings, "sink_path"), notes)
        case "jsonl":
            from margins.sink.jsonl import JsonlSink

            return JsonlSink(_needed(settings, "sink_path"))
        case "postgraphile":
            from margins.sink.postgraphile import PostgraphileSink

            return PostgraphileSink(_client(settings, _needed(settings, "api_url")))
        case "custom":
            from margins.sink.custom import CustomSink, Memory, load_mapping

            mapping = load_mapping(_needed(settings, "sink_path"))
            client = _client(settings, _needed(settings, "api_url"), mapping.headers)
            return CustomSink(client, mapping, Memory(data_directory(settings) / "sent.db"))
    raise ConfigError(
        f"There is no sink {settings.sink!r}.",
        remedy="Set sink to margins, postgraphile, custom, markdown or jsonl.",
    )
