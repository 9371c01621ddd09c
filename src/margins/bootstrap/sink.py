"""Where notes go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from margins.bootstrap.clock import SystemClock
from margins.bootstrap.directory import data_directory
from margins.bootstrap.identity import open_signer
from margins.config import Settings
from margins.errors import ConfigError

if TYPE_CHECKING:
    from margins.clients.graphql import GraphQL
    from margins.ports import Sink

__all__ = ["open_sink"]


def _client(settings: Settings, url: str, headers: Mapping[str, str] | None = None) -> GraphQL:
    from margins.clients.endpoint import Endpoint
    from margins.clients.graphql import GraphQL

    return GraphQL(
        Endpoint(url=url, private=settings.api_private),
        signer=open_signer(settings),
        clock=SystemClock(),
        issuer=settings.issuer,
        audience=settings.audience,
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


def open_sink(settings: Settings, *, api_url: str = "") -> Sink:
    """Where notes go.

    Args:
        api_url: the notes API of this process; that of the settings when empty.

    Raises:
        ConfigError: there is no such sink, or a setting it needs is missing or wrong.
    """
    url = api_url or settings.api_url or f"http://{settings.api_host}:{settings.api_port}/graphql"
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
