"""Signed requests to one service of AWS, over connections that are kept.

The services Margins needs are a handful of requests each, and boto3 takes longer to import than a
whole mail takes to be delivered; so these are made with the standard library.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from random import uniform
from typing import Any
from urllib.parse import quote, urlsplit

from margins.clients.deadline import seconds_left
from margins.clients.sigv4 import Credentials, Scope, signed_headers
from margins.clients.subsegments import calling
from margins.errors import ConfigError, Unavailable

__all__ = ["Answer", "Aws", "AwsError", "environment_credentials"]

_SECONDS = 10.0
_TRIES = 3
_NAMES = {"dynamodb": "DynamoDB"}
_BUSY = (
    "Throttl",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "SlowDown",
    "TransactionInProgress",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response, whatever its status; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retriable(self) -> bool:
        """The service is busy or broken, and asks to be asked again."""
        busy = self.status >= 400 and any(word.encode() in self.body[:2000] for word in _BUSY)
        return self.status >= 500 or self.status == 429 or busy


class AwsError(Exception):
    """A service understood the request and said no.

    Attributes:
        code: such as "ConditionalCheckFailedException".
        details: the whole answer.
    """

    def __init__(self, code: str, details: Mapping[str, Any]) -> None:
        super().__init__(code, details.get("message") or details.get("Message") or "")
        self.code = code
        self.details = details


def environment_credentials() -> Credentials:
    """Those Lambda gives its functions, and a shell its commands.

    Raises:
        ConfigError: there are none.
    """
    try:
        return Credentials(
            key_id=os.environ["AWS_ACCESS_KEY_ID"],
            secret=os.environ["AWS_SECRET_ACCESS_KEY"],
            token=os.environ.get("AWS_SESSION_TOKEN", ""),
        )
    except KeyError as error:
        raise ConfigError(
            f"{error.args[0]} is not set.", remedy="Sign in to AWS in this shell."
        ) from None


class Aws:
    """One service in one region. Threads may share it.

    Args:
        endpoint: URL of another implementation; AWS's own when empty. The variables
            AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL say the same from outside.
        seconds: the longest silence; less where `margins.clients.deadline` says so.
        credentials: called for each request, since a session's keys change.
    """

    def __init__(
        self,
        service: str,
        region: str,
        *,
        endpoint: str = "",
        seconds: float = _SECONDS,
        credentials: Callable[[], Credentials] = environment_credentials,
    ) -> None:
        named = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        chosen = endpoint or named or os.environ.get("AWS_ENDPOINT_URL", "")
        self.own = not chosen
        self.url = urlsplit(chosen or f"https://{service}.{region}.amazonaws.com")
        self._scope = Scope(service=service, region=region)
        self._name = _NAMES.get(service, service.upper())
        self._seconds = seconds
        self._credentials = credentials
        self._idle: list[tuple[str, HTTPConnection]] = []

    def request(
        self,
        method: str,
        path: str = "/",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        host: str = "",
    ) -> Answer:
        """Send one request; tried three times while the service is busy.

        Args:
            path: percent-encoded.
            host: another host of the same service, such as a bucket's.

        Raises:
            Unavailable: no answer, or three times one that says so; or there is no time left.
        """
        host = host or self.url.netloc
        for attempt in range(1, _TRIES + 1):
            sent = signed_headers(
                method,
                path,
                query or {},
                {"host": host, **(headers or {})},
                body,
                credentials=self._credentials(),
                scope=self._scope,
                now=time.time(),
            )
            target = path + ("?" + "&".join(map(_pair, sorted(query.items()))) if query else "")
            with calling(self._name, operation=_operation(method, headers), aws=True) as call:
                answer = self._exchange(host, method, target, sent, body)
                call.status = answer.status
            if not answer.retriable:
                return answer
            if attempt < _TRIES:
                time.sleep(seconds_left(uniform(0, 0.1 * 2**attempt)))  # noqa: S311  no secret
        raise self._unavailable(f"answered {answer.status} {_TRIES} times")

    def call(self, target: str, body: Mapping[str, object], *, version: str = "1.0") -> Any:
        """One operation of a service that speaks JSON: `Prefix_Date.Operation`.

        Raises:
            AwsError: the service said no.
            Unavailable
        """
        answer = self.request(
            "POST",
            headers={"x-amz-target": target, "content-type": f"application/x-amz-json-{version}"},
            body=json.dumps(body).encode(),
        )
        try:
            said = json.loads(answer.body or b"{}")
        except ValueError as error:
            raise self._unavailable("gave an answer that is not JSON") from error
        if answer.status != 200:
            code = str(said.get("__type", "")).rpartition("#")[2]
            raise AwsError(code or str(answer.status), said)
        return said

    def _unavailable(self, what: str) -> Unavailable:
        return Unavailable(f"{self._scope.service} {what}.", place=self.url.geturl())

    def _exchange(
        self, host: str, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        connection, fresh = self._connection(host)
        while True:
            try:
                self._limit(connection)
                connection.request(method, target, body, dict(headers))
                self._limit(connection)
                answer = _read(connection.getresponse())
            except Unavailable:
                connection.close()
                raise
            except (OSError, HTTPException) as error:
                connection.close()
                if fresh:
                    raise self._unavailable(f"did not answer: {error}") from error
                # A function is frozen between two invocations, and its idle connections with it:
                # that the other end has hung up meanwhile shows only when one is used.
                connection, fresh = self._open(host), True
                continue
            self._idle.append((host, connection))
            return answer

    def _connection(self, host: str) -> tuple[HTTPConnection, bool]:
        """A connection, and whether it is new."""
        for index, (known, _) in enumerate(tuple(self._idle)):
            if known == host:
                try:
                    return self._idle.pop(index)[1], False
                except IndexError:  # another thread was faster
                    break
        return self._open(host), True

    def _open(self, host: str) -> HTTPConnection:
        if self.url.scheme == "https":
            return HTTPSConnection(host, context=ssl.create_default_context())
        return HTTPConnection(host)

    def _limit(self, connection: HTTPConnection) -> None:
        """Bound the next silence; the connection may be opened yet, or have been so for long."""
        connection.timeout = seconds_left(self._seconds)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)


def _operation(method: str, headers: Mapping[str, str] | None) -> str:
    """What X-Ray calls a request: the operation of a service that names it, or the method."""
    return (headers or {}).get("x-amz-target", "").rpartition(".")[2] or method


def _pair(item: tuple[str, str]) -> str:
    return "=".join(quote(text, safe="~") for text in item)


def _read(response: HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, headers=headers, body=response.read())
