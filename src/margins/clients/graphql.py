"""One GraphQL client: a token per account, one request per call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from secrets import token_urlsafe
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from margins.clients.answer import Answered, Response, judge, judge_fields, server_time
from margins.clients.endpoint import Endpoint
from margins.clients.subsegments import calling
from margins.clients.token import IMPORT, claims
from margins.clients.wallet import Wallet
from margins.errors import MarginsError, Refused, Unavailable
from margins.ports import Clock, Signer

if TYPE_CHECKING:
    from margins.clients.http import Connections

__all__ = ["GraphQL"]

_Value = TypeVar("_Value")

_MIB = 1024 * 1024


class GraphQL:
    """A GraphQL endpoint. Threads may share it.

    Args:
        issuer, audience, scope: `iss`, `aud` and `scope` of the tokens.
        headers: sent with every request, unless they are empty; one called Authorization takes the
            place of our token.
        seconds: for one answer.
        most_bytes: of one answer.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        signer: Signer,
        clock: Clock,
        issuer: str,
        audience: str,
        scope: str = IMPORT,
        headers: Mapping[str, str] | None = None,
        seconds: float = 30.0,
        most_bytes: int = 64 * _MIB,
    ) -> None:
        self._endpoint = endpoint
        self._signer = signer
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._scope = scope
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._skew = 0.0
        self._wallet = Wallet(self._mint)
        self._lock = Lock()
        self._requests = 0
        self._opened: Connections | None = None

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._requests

    def execute(
        self, account: str, document: str, variables: Mapping[str, object], *, operation: str
    ) -> Mapping[str, object]:
        """Run one operation of the document on behalf of an account, and return its `data`.

        Raises:
            Unavailable: it may or may not have been carried out.
            Refused: it was not, and asking again will not help.
        """
        response = self._send(account, document, variables, operation)
        return _raised(judge(response, now=self._clock.now()))

    def attempt(
        self, account: str, document: str, variables: Mapping[str, object], *, operation: str
    ) -> Answered:
        """As `execute`, for operations whose fields succeed and fail one by one.

        Raises:
            Unavailable, Refused: as `execute`; never for the failure of single fields.
        """
        response = self._send(account, document, variables, operation)
        return _raised(judge_fields(response, now=self._clock.now()))

    def _send(
        self, account: str, document: str, variables: Mapping[str, object], operation: str
    ) -> Response:
        request = {"query": document, "variables": variables, "operationName": operation}
        body = json.dumps(request, separators=(",", ":")).encode("ascii")
        response = self._post(account, body, operation)
        if response.status == 401 and "authorization" not in self._headers:
            # Most likely one of the two clocks is wrong, and theirs is the one that counts.
            theirs = server_time(response)
            self._skew = 0.0 if theirs is None else theirs - self._clock.now()
            self._wallet.empty()
            response = self._post(account, body, operation)
        return response

    def _post(self, account: str, body: bytes, operation: str) -> Response:
        headers = {
            "content-type": "application/json",
            "accept": "application/graphql-response+json, application/json;q=0.9",
            "user-agent": "margins",
            **self._headers,
        }
        if "authorization" not in headers:
            token = self._wallet.token(account, self._clock.now() + self._skew)
            headers["authorization"] = f"Bearer {token}"
        with self._lock:
            self._requests += 1
            connections = self._opened = self._opened or self._open()
        sent = {name: text for name, text in headers.items() if text}
        with calling(self._endpoint.parts.netloc, operation=operation) as call:
            response = connections.post(body, sent)
            call.status = response.status
        return response

    def _mint(self, account: str, now: float) -> str:
        return self._signer.sign(
            claims(
                account,
                issuer=self._issuer,
                audience=self._audience,
                now=now,
                jti=token_urlsafe(16),
                scope=self._scope,
            )
        )

    def _open(self) -> Connections:
        from margins.clients.http import Connections  # noqa: PLC0415 - 100 ms, needed late

        return Connections(self._endpoint, seconds=self._seconds, most_bytes=self._most_bytes)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None


def _raised(answer: _Value | Refused | Unavailable) -> _Value:
    """The answer, unless it is an error."""
    if isinstance(answer, MarginsError):
        raise answer
    return answer
