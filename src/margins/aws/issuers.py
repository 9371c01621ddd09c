"""The public keys of identity providers, fetched from where they say and kept in files.

The notes API reads a file again when it changes, so a rotation at the provider reaches a function
that has been running for days. Where a provider cannot be reached, the keys of before stay.
"""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from margins.errors import ConfigError, Unavailable

__all__ = ["KeyFiles", "fetch"]

_log = logging.getLogger("margins.api")

_SECONDS = 5.0
_MOST_BYTES = 256 * 1024
_FRESH_SECONDS = 3600.0


def fetch(url: str) -> object:
    """The JSON document at an https URL.

    Raises:
        ConfigError: it is no https URL.
        Unavailable: there was no such document, or it is longer than a quarter of a MiB.
    """
    if not url.startswith("https://"):
        raise ConfigError("Keys are fetched over https only.", place=url)
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  https
            if not answer.url.startswith("https://"):
                raise ValueError("it was redirected to plain http")
            return json.loads(answer.read(_MOST_BYTES))
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The keys could not be fetched: {error}.",
            place=url,
            remedy="Check the issuer, and the way out of the function's subnets.",
        ) from error


def _text(document: object, name: str, place: str) -> str:
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, str):
        raise Unavailable(f"The provider does not name its {name}.", place=place)
    return value


class KeyFiles:
    """A file of keys for each issuer.

    Args:
        issuers: each is `https://issuer`, whose OpenID configuration names its keys (OpenID Connect
            Discovery 1.0 s4), or `https://issuer=https://keys.example/jwks.json`; either may end in
            `#client-id`, the audience of its tokens.
        read: fetches a document.

    Raises:
        ConfigError, Unavailable: a set of keys cannot be had.
    """

    def __init__(
        self,
        issuers: tuple[str, ...],
        folder: Path,
        *,
        now: float,
        read: Callable[[str], object] = fetch,
    ) -> None:
        self._read = read
        said = [issuer.partition("#") for issuer in issuers]
        self._urls = dict(issuer.partition("=")[::2] for issuer, _, _ in said)
        self.audiences = {issuer.partition("=")[0]: audience for issuer, _, audience in said}
        self.paths: Mapping[str, Path] = {
            issuer: folder / f"issuer-{number}.json" for number, issuer in enumerate(self._urls)
        }
        for issuer in self._urls:
            self._fetch(issuer)
        self._fetched_at = now

    def _fetch(self, issuer: str) -> None:
        url = self._urls[issuer]
        if not url:
            place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            url = _text(self._read(place), "jwks_uri", place)
        text = json.dumps(self._read(url))
        path = self.paths[issuer]
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def refresh(self, now: float) -> None:
        """Fetch them again once an hour."""
        if now - self._fetched_at < _FRESH_SECONDS:
            return
        self._fetched_at = now
        for issuer in self._urls:
            try:
                self._fetch(issuer)
            except Unavailable as error:
                _log.warning("the keys of %s stay as they were: %s", issuer, error)
