"""Everything the notes API is told from outside, as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Jwks", "Keys", "Limits", "Provider", "Settings"]

Jwks = Mapping[str, object]
"""A JSON Web Key Set, RFC 7517 s5."""

Keys = Jwks | Path | Callable[[], Jwks]
"""A key set, the file it stands in, or what tells it whenever it is asked; such a function is cheap
and raises a MarginsError when there is none to tell."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost.

    Attributes:
        body: bytes of a request.
        import_body: bytes of a request that does nothing but import.
        tokens: lexical tokens of a GraphQL document.
        depth: levels of nested fields.
        root_fields: fields of the operation itself.
        aliases: renamed fields of the whole document.
        cost: fields to resolve, each once per item of the lists it stands in, and ids sent.
        page: items of one page of a connection.
        stored: annotations in one answer of storedNotebooks or export.
        statement_seconds: seconds for one statement of the database.
    """

    body: int = _MIB
    import_body: int = 20 * _MIB
    tokens: int = 2_000
    depth: int = 10
    root_fields: int = 20
    aliases: int = 20
    cost: int = 20_000
    page: int = 100
    stored: int = 100_000
    statement_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An identity provider people sign in with (OpenID Connect, Cognito).

    Attributes:
        keys: its public keys.
        audience: the `aud` of its tokens, or the `client_id` of those that have none, such as the
            access tokens of Cognito.
    """

    keys: Keys
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one notes API runs.

    Attributes:
        database: SQLAlchemy URL: "sqlite:////path/to/notes.db" or "postgresql+psycopg://...".
        issuers: whose tokens are believed: `iss` to its public keys.
        audience: the `aud` every token of theirs must name.
        providers: `iss` to an identity provider; its tokens are those of people.
        development: allow introspection and serve GraphiQL at GET /graphql.
        hook_secret: what an identity provider must send to POST /hooks/account-confirmed as its
            bearer token, 32 characters or more; empty: there is no such hook.
        origins: web origins that may call from a browser (CORS); none by default.
    """

    database: str = field(repr=False)
    issuers: Mapping[str, Keys]
    audience: str
    providers: Mapping[str, Provider] = field(default_factory=dict)
    development: bool = False
    hook_secret: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
