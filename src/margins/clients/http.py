"""Requests to one configured URL and to nowhere else.

Connections are kept alive; nothing is redirected, retried or decompressed behind the caller's back.
The address is checked on the connected socket, so that no name can resolve to one thing when it is
checked and to another when it is used.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from ipaddress import ip_address
from time import monotonic

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from margins.clients.answer import Response
from margins.clients.deadline import seconds_left
from margins.clients.endpoint import Endpoint
from margins.errors import Unavailable

__all__ = ["Connections"]

_CONNECT_SECONDS = 5.0
_CHUNK = 64 * 1024
_POOLED = 8


def _pool(endpoint: Endpoint) -> HTTPConnectionPool:
    class Checked(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            peer = ip_address(connected.getpeername()[0].partition("%")[0])
            if not endpoint.allows(peer):
                connected.close()
                raise Unavailable(
                    f"{self.host} has the address {peer}, which it may not have.",
                    place=endpoint.url,
                    remedy="If it lies in your own network, say so in the settings.",
                )
            return connected

    class CheckedTls(Checked, HTTPSConnection):
        pass

    parts = endpoint.parts
    kind = HTTPSConnectionPool if parts.scheme == "https" else HTTPConnectionPool
    pool = kind(parts.hostname or "", parts.port, maxsize=_POOLED)
    pool.ConnectionCls = CheckedTls if parts.scheme == "https" else Checked
    return pool


class Connections:
    """Kept-alive connections to one endpoint. Threads may share it.

    Args:
        seconds: for the whole answer; also the longest silence within it. Less where
            `margins.clients.deadline` says so.
        most_bytes: of an answer's body.
    """

    def __init__(self, endpoint: Endpoint, *, seconds: float, most_bytes: int) -> None:
        self._endpoint = endpoint
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._pool = _pool(endpoint)
        parts = endpoint.parts
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def post(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send one request and read the answer, whatever its status.

        Raises:
            Unavailable: nothing answered, not in time, or with too much. The request may have
                been carried out.
        """
        seconds = seconds_left(self._seconds)
        deadline = monotonic() + seconds
        connect = min(_CONNECT_SECONDS, seconds)
        try:
            answer = self._pool.urlopen(
                "POST",
                self._target,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=connect, read=seconds),
            )
            try:
                content = self._read(answer, deadline)
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unavailable(f"The notes API did not answer: {_sentence(error)}") from error
        return Response(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=content,
        )

    def _read(self, answer: BaseHTTPResponse, deadline: float) -> bytes:
        chunks, size = [], 0
        while chunk := answer.read1(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._most_bytes:
                raise self._unavailable(f"The answer is longer than {self._most_bytes} bytes.")
            if monotonic() > deadline:
                raise self._unavailable(f"The answer took longer than {self._seconds:g} seconds.")
        return b"".join(chunks)

    def _unavailable(self, what: str) -> Unavailable:
        return Unavailable(
            what, place=self._endpoint.url, remedy="Check that it runs and that the URL is right."
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _sentence(error: Exception) -> str:
    """The innermost cause, without the connection that urllib3 puts before it."""
    said = str(error.args[-1] if error.args else error) or type(error).__name__
    return (said.partition("): ")[2] or said).rstrip(".") + "."
