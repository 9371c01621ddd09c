"""Whether the notes API answers, and believes what we sign."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import urllib3

from margins.clients.endpoint import Endpoint
from margins.doctor.finding import Finding, failed, ok, warning
from margins.errors import Unavailable

__all__ = ["endpoint", "keys"]

_SECONDS, _MOST_BYTES = 10.0, 256 * 1024
_LEEWAY = 60.0  # what the notes API allows two clocks to differ by


def _ask(method: str, url: str, body: bytes = b"") -> tuple[int, Mapping[str, str], bytes]:
    """(status, headers, the first bytes of the body)."""
    pool = urllib3.PoolManager(retries=False, timeout=_SECONDS)
    try:
        answer = pool.request(
            method,
            url,
            body=body or None,
            headers={"content-type": "application/json"},
            redirect=False,
            preload_content=False,
        )
        return answer.status, answer.headers, answer.read(_MOST_BYTES)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        reason = str(error).rpartition(": ")[2]
        raise Unavailable(
            f"Nothing answers: {reason}.", place=url, remedy="Check the URL, and that it runs."
        ) from error
    finally:
        pool.clear()


def endpoint(url: str, *, private: bool = False) -> Iterator[Finding]:
    """It answers a GraphQL request; without a token, so the answer should be that one is needed."""
    Endpoint(url=url, private=private)
    status, headers, _ = _ask("POST", url, b'{"query": "{ __typename }"}')
    if status in {401, 403}:
        yield ok(f"{url} answers, and wants a token.")
    elif status in {200, 400}:
        yield warning(f"{url} answers without a token.", "Make sure that it wants one for notes.")
    else:
        yield failed(
            f"{url} answers {status}.", "Set the URL of a GraphQL endpoint that takes POST."
        )
    yield from _clock(url, headers.get("date", ""))


def _clock(url: str, date: str) -> Iterator[Finding]:
    try:
        off = abs(time.time() - parsedate_to_datetime(date).timestamp())
    except ValueError:
        return
    if off > _LEEWAY / 2:
        said = f"The clock of {urlsplit(url).netloc} is {off:.0f} seconds off."
        yield warning(said, "Have both clocks set by NTP; tokens live five minutes.")


def keys(url: str, ours: Callable[[], Mapping[str, object]]) -> Iterator[Finding]:
    """The key we sign with is among those it publishes, when it is a notes API of Margins.

    Args:
        url: the GraphQL endpoint.
        ours: our public keys, the one that signs first.
    """
    parts = urlsplit(url)
    path = parts.path.removesuffix("/graphql")
    status, _, body = _ask("GET", f"{parts.scheme}://{parts.netloc}{path}/.well-known/jwks.json")
    signing: Any = ours()["keys"]
    kid = signing[0]["kid"]
    try:
        published = [key["kid"] for key in json.loads(body)["keys"]]
    except (ValueError, KeyError, TypeError):
        published = None
    if status != 200 or published is None:
        yield ok(f"We sign with the key {kid}; {parts.netloc} does not say which it believes.")
    elif kid in published:
        yield ok(f"We sign with the key {kid}, which {parts.netloc} believes.")
    else:
        yield failed(
            f"We sign with the key {kid}, which {parts.netloc} does not know.",
            "Give it our public keys under our issuer: `margins keys jwks`, or KMS.",
        )
