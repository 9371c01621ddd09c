"""From settings to working parts: the only place that knows every class.

Each part is imported by the function that opens it, so that a command pays only for what it uses.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from margins.agent.agent import Agent
from margins.agent.isolation import IsolatedReader
from margins.config import Settings
from margins.errors import ConfigError
from margins.formats import Format
from margins.ledger.sqlite import SqliteLedger
from margins.senders.sqlite import SqliteSenders
from margins.store.fs import FileStore

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from margins.clients.graphql import GraphQL
    from margins.ingress.smtp import Network, Rules
    from margins.ports import Mailer, Sink
    from margins.ports.resolver import Resolver
    from margins.signer.file import FileSigner

__all__ = [
    "Parts",
    "build",
    "open_agent",
    "open_ledger",
    "open_mailer",
    "open_senders",
    "open_signer",
    "open_sink",
    "open_store",
    "personal_token",
]


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


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()


@cache
def _formats() -> tuple[Format, ...]:
    from margins.plugins import load_formats

    return load_formats().formats


def open_store(settings: Settings) -> FileStore:
    """The raw messages."""
    return FileStore(settings.data / "mail")


def open_ledger(settings: Settings) -> SqliteLedger:
    """The state of every mail."""
    return SqliteLedger(_directory(settings) / "ledger.db")


def open_senders(settings: Settings) -> SqliteSenders:
    """Accounts and their addresses."""
    return SqliteSenders(_directory(settings) / "senders.db")


def open_signer(settings: Settings) -> FileSigner:
    """The key tokens are signed with; made on the first start."""
    from margins.signer.file import FileSigner

    return FileSigner(_directory(settings) / "keys")


def open_mailer(settings: Settings) -> Mailer | None:
    """The way out for receipts; None when there are to be none."""
    from margins.mailer.smtp import SmtpMailer

    if not settings.receipts_relay:
        return None
    host, _, port = settings.receipts_relay.rpartition(":")
    return SmtpMailer(host, int(port), helo=settings.smtp_hostname)


def personal_token(settings: Settings, signer: FileSigner, account: str, *, minutes: int) -> str:
    """A token with which a person reads and edits one account's notes until it expires."""
    from margins.clients.token import claims

    now = time.time()
    chosen = claims(
        account, issuer=settings.issuer, audience=settings.audience, now=now, jti=token_hex(16)
    )
    return signer.sign({**chosen, "scope": "notes", "exp": int(now) + minutes * 60})


def _directory(settings: Settings) -> Path:
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The data directory cannot be made: {error.strerror}.",
            place=str(settings.data),
            remedy="Choose another with MARGINS_DATA.",
        ) from error
    return settings.data


def _resolver(settings: Settings) -> Resolver | None:
    """The machine's own name servers, or those of the settings; None on a machine without any."""
    from margins.resolver.dnspython import DnsResolver

    try:
        return DnsResolver(settings.nameservers)
    except ConfigError:
        if settings.nameservers:
            raise
        return None


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
            return CustomSink(client, mapping, Memory(_directory(settings) / "sent.db"))
    raise ConfigError(
        f"There is no sink {settings.sink!r}.",
        remedy="Set sink to margins, postgraphile, custom, markdown or jsonl.",
    )


def open_agent(
    settings: Settings,
    ledger: SqliteLedger,
    senders: SqliteSenders,
    *,
    api_url: str = "",
    resolver: Resolver | None = None,
) -> Agent:
    """The agent over the adapters of this machine.

    Args:
        resolver: needed by an agent that takes mail from peers that are not trusted.
        api_url: GraphQL endpoint notes go to; that of the settings when empty.
    """
    return Agent(
        store=open_store(settings),
        ledger=ledger,
        senders=senders,
        sink=open_sink(settings, api_url=api_url),
        clock=SystemClock(),
        formats=_formats,
        resolver=resolver,
        secrets=senders.access,
        reader=IsolatedReader("margins.plugins:load_formats"),
        hold_unknown=settings.unknown == "hold",
        sealers=frozenset(settings.arc_sealers),
        answers=bool(settings.receipts_relay),
        lease_seconds=settings.lease_seconds,
        retry_seconds=settings.retry_seconds,
        give_up_after=settings.give_up_after_days * 86400,
    )


def _networks(names: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(name) for name in names)


def _issuers(settings: Settings) -> dict[str, Path]:
    pairs = (issuer.partition("=") for issuer in settings.api_issuers)
    return {name: Path(keys) for name, _, keys in pairs}


def _notes_api(settings: Settings, signer: FileSigner) -> Starlette:
    from margins import api

    return api.create_app(
        api.Settings(
            database=settings.api_database
            or f"sqlite:///{(settings.data / 'notes.db').absolute()}",
            issuers={settings.issuer: signer.jwks(), **_issuers(settings)},
            audience=settings.audience,
            development=settings.api_development,
            origins=settings.api_origins,
            hook_secret=settings.api_hook_secret,
        )
    )


def build(settings: Settings, *, api_url: str) -> Parts:
    """All parts of the one process.

    Raises:
        ConfigError: the settings cannot work.
        Unavailable: the data directory cannot be used.
    """
    from margins.ingress.smtp import Rules

    signer = open_signer(settings)
    rules = Rules(
        addresses=settings.addresses,
        trusted=_networks(settings.trusted_networks),
        proxies=_networks(settings.proxy_networks),
        xclients=_networks(settings.xclient_networks),
        max_bytes=settings.max_message_bytes,
    )
    ledger, senders = open_ledger(settings), open_senders(settings)
    resolver = _resolver(settings)
    agent = open_agent(settings, ledger, senders, api_url=api_url, resolver=resolver)
    return Parts(
        agent=agent,
        inbox=ledger,
        senders=senders,
        signer=signer,
        rules=rules,
        app=_notes_api(settings, signer),
        settings=settings,
    )
