"""Who is asking: bearer tokens (RFC 6750) that are JSON Web Tokens signed with RS256 (RFC 7519).

A token names its key by `kid`, which is looked up among the keys the operator gave and nowhere
else: a token can neither bring a key of its own nor say where to fetch one.

The tokens of an identity provider are those of people. What they may do is rarely in them: one that
names no scope at all speaks for its account as a whole (OpenID Connect Core 1.0 s2).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from margins.api.faults import Code, Fault
from margins.api.settings import Jwks, Keys, Provider
from margins.errors import ConfigError, MarginsError

__all__ = ["IMPORT", "NOTES", "Caller", "Verifier", "is_account"]

NOTES = "notes"
"""Scope: everything of one's own account."""
IMPORT = "notes:import"
"""Scope: what an import needs only, see margins.api.scopes; what the pipeline's tokens carry."""

_log = logging.getLogger("margins.api")

_LEEWAY_SECONDS = 60
_LONGEST_LIFE = 600  # of the pipeline's, which are minted for half of it
_LONGEST_LIFE_OF_PEOPLE = 86_400  # no token is good for ever; Cognito's live a day at most
_REQUIRED = ["iss", "aud", "exp", "nbf", "sub"]
_REQUIRED_OF_PEOPLE = ["iss", "exp", "sub"]  # no provider sends nbf, and Cognito not always aud
_REFUSED_HEADERS = ("jku", "jwk", "x5u", "x5c", "crit")
_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_MINIMUM_BITS = 2048
_LONGEST_TOKEN = 8 * 1024
_LONGEST_SUBJECT = 128
_LOOK_SECONDS = 1.0  # no more often are keys looked for, whatever is asked of us


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The account a token speaks for, and what it may do there."""

    account: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    issuer: str
    public: RSAPublicKey
    published: Mapping[str, object]


def _read(issuer: str, source: Keys) -> Jwks:
    if not isinstance(source, Path):
        return source() if callable(source) else source
    try:
        keys = json.loads(source.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            "The key set of this issuer cannot be read.",
            place=f"{issuer}, {source}",
            remedy="It must be a JSON file with a list named keys (RFC 7517).",
        ) from error
    return keys if isinstance(keys, dict) else {}


def _keys(issuer: str, jwks: Jwks) -> dict[str, _Key]:
    found: dict[str, _Key] = {}
    members = jwks.get("keys")
    for member in members if isinstance(members, list) else []:
        kid = member.get("kid")
        try:
            key = jwt.PyJWK(member, algorithm="RS256").key
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise ConfigError("This is not a public RSA key.", place=f"{issuer}, {kid}") from error
        public = key if isinstance(key, RSAPublicKey) else key.public_key()
        if not kid or public.key_size < _MINIMUM_BITS:
            raise ConfigError(
                f"A key needs a kid and at least {_MINIMUM_BITS} bits.", place=f"{issuer}, {kid}"
            )
        shown = {name: value for name, value in member.items() if name not in _PRIVATE_MEMBERS}
        found[kid] = _Key(issuer=issuer, public=public, published=shown)
    if not found:
        raise ConfigError("This issuer has no keys.", place=issuer)
    return found


def is_account(subject: object) -> TypeGuard[str]:
    """True for what may be an account id: 1 to 128 printable characters."""
    return (
        isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable()
    )


def _audiences(claims: Mapping[str, Any]) -> list[object]:
    said = claims.get("aud", claims.get("client_id"))
    return said if isinstance(said, list) else [said]


def _stamp(source: Keys) -> object:
    """Something that differs once the keys may."""
    try:
        if isinstance(source, Path):
            return source.stat().st_mtime_ns
        return source() if callable(source) else None
    except (OSError, MarginsError) as error:
        return str(error)


class Verifier:
    """Believes tokens signed by the keys it was given, and by no others.

    Args:
        issuers, audience, providers: see margins.api.Settings.

    Keys can be rotated while it runs: once a second at most it looks whether there are others. Key
    sets that cannot be read then change nothing, which is in the log.

    Raises:
        ConfigError: a key set cannot be read, is empty, or two issuers use one kid.
        Unavailable: so says a function that was to tell the keys.
    """

    def __init__(
        self,
        issuers: Mapping[str, Keys],
        *,
        audience: str,
        providers: Mapping[str, Provider] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self._audience = audience
        self._providers = dict(providers or {})
        self._issuers = {**issuers, **{name: p.keys for name, p in self._providers.items()}}
        self._looked = clock()
        self._stamps = self._look()
        self._by_kid = self._load()

    def _look(self) -> list[object]:
        return [_stamp(source) for source in self._issuers.values()]

    def _load(self) -> dict[str, _Key]:
        loaded: dict[str, _Key] = {}
        for issuer, source in self._issuers.items():
            keys = _keys(issuer, _read(issuer, source))
            if twice := loaded.keys() & keys.keys():
                raise ConfigError("Two issuers use one kid.", place=", ".join(sorted(twice)))
            loaded |= keys
        return loaded

    def _refresh(self) -> None:
        if (now := self._clock()) < self._looked + _LOOK_SECONDS:
            return
        self._looked = now
        if (stamps := self._look()) == self._stamps:
            return
        self._stamps = stamps
        try:
            self._by_kid = self._load()
        except MarginsError as error:
            _log.warning("the keys stay as they were: %s", error)

    @property
    def jwks(self) -> Jwks:
        """The public keys, for whoever wants to check the same tokens."""
        self._refresh()
        return {"keys": [key.published for key in self._by_kid.values()]}

    def verify(self, authorization: str) -> Caller:
        """The caller named by an Authorization header.

        Raises:
            Fault: UNAUTHENTICATED, for every reason there is.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
            raise Fault(Code.UNAUTHENTICATED, "A bearer token is needed.")
        try:
            claims = self._claims(token.strip())
        except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            raise Fault(Code.UNAUTHENTICATED, "This token is not valid here.") from error
        return Caller(account=claims["sub"], scopes=self._scopes(claims))

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[str]:
        of_a_person = claims["iss"] in self._providers
        scope = claims.get("scope", NOTES if of_a_person else "")
        words = scope.split() if isinstance(scope, str) else []
        # Cognito puts the resource server before the scope: "margins/notes".
        return frozenset(word.rpartition("/")[2] if of_a_person else word for word in words)

    def _claims(self, token: str) -> dict[str, Any]:
        self._refresh()
        header = jwt.get_unverified_header(token)
        if any(name in header for name in _REFUSED_HEADERS):
            raise jwt.InvalidTokenError("the header brings a key or a condition of its own")
        key = self._by_kid[header["kid"]]
        provider = self._providers.get(key.issuer)
        claims: dict[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=["RS256"],
            audience=self._audience,
            issuer=key.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": _REQUIRED}
            if provider is None
            else {"require": _REQUIRED_OF_PEOPLE, "verify_aud": False},
        )
        if provider is not None and provider.audience not in _audiences(claims):
            raise jwt.InvalidAudienceError("the token is for another application")
        of_a_person = NOTES in self._scopes(claims) or provider is not None
        longest = _LONGEST_LIFE_OF_PEOPLE if of_a_person else _LONGEST_LIFE
        if int(claims["exp"]) - int(claims.get("iat", time())) > longest:
            raise jwt.InvalidTokenError("the token lives too long")
        if not is_account(claims["sub"]):
            raise jwt.InvalidTokenError("the subject is not an account id")
        return claims
