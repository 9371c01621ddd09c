"""One GraphQL client: a token per account and request, one request per call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from secrets import token_urlsafe
from threading import Lock
from typing import TYPE_CHECKING

from margins.clients.answer import Response, judge, server_time
from margins.clients.endpoint import Endpoint
from margins.clients.token import claims
from margins.errors import MarginsError
from margins.ports import Clock, Signer

if TYPE_CHECKING:
    from margins.clients.http import Connections

__all__ = ["GraphQL"]

_MIB = 1024 * 1024


class GraphQL:
    """A GraphQL endpoint that takes tokens of ours. Threads may share it.

    Args:
        issuer, audience: `iss` and `aud` of the tokens.
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
        seconds: float = 30.0,
        most_bytes: int = 64 * _MIB,
    ) -> None:
        self._endpoint = endpoint
        self._signer = signer
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._skew = 0.0
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
        request = {"query": document, "variables": variables, "operationName": operation}
        body = json.dumps(request, separators=(",", ":")).encode("ascii")
        response = self._post(account, body)
        if response.status == 401:
            # Most likely one of the two clocks is wrong, and theirs is the one that counts.
            theirs = server_time(response)
            self._skew = 0.0 if theirs is None else theirs - self._clock.now()
            response = self._post(account, body)
        answer = judge(response, now=self._clock.now())
        if isinstance(answer, MarginsError):
            raise answer
        return answer

    def _post(self, account: str, body: bytes) -> Response:
        token = self._signer.sign(
            claims(
                account,
                issuer=self._issuer,
                audience=self._audience,
                now=self._clock.now() + self._skew,
                jti=token_urlsafe(16),
            )
        )
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json, application/json;q=0.9",
            "User-Agent": "margins",
        }
        with self._lock:
            self._requests += 1
            connections = self._opened = self._opened or self._open()
        return connections.post(body, headers)

    def _open(self) -> Connections:
        from margins.clients.http import Connections  # noqa: PLC0415 - 100 ms, needed late

        return Connections(self._endpoint, seconds=self._seconds, most_bytes=self._most_bytes)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None
