"""The domains that mail comes from, played: each signs what its people write (RFC 6376).

The functions find the key where they would find it on AWS, in the domain name system: at a name
server of this machine, which has the same key for every domain and knows nothing else.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from margins.errors import MailError
from margins.mail import parse
from margins.testing.nameserver import serve

__all__ = ["Authors"]

_SELECTOR = "local"
_KEYS = f"{_SELECTOR}._domainkey."


class _EveryDomain(dict[str, list[tuple[str, str | bytes]]]):
    """The zone of all domains: one record, wherever it is looked for."""

    def __init__(self, record: bytes) -> None:
        super().__init__()
        self._record = record

    def __contains__(self, name: object) -> bool:
        return str(name).startswith(_KEYS)

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        """The record, for names of keys."""
        return [("TXT", self._record)] if name in self else default


class Authors:
    """Signs for any domain."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self._pem = self._key.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        self._port = 0

    @contextmanager
    def published(self) -> Iterator[Self]:
        """While this lasts, the key is where every domain would have it."""
        public = self._key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        with serve(_EveryDomain(b"v=DKIM1; k=rsa; p=" + b64encode(public))) as server:
            self._port = server.port
            yield self

    @property
    def environ(self) -> dict[str, str]:
        """What points a function's look-ups here."""
        return {"MARGINS_NAMESERVER": f"127.0.0.1:{self._port}"}

    def sign(self, content: bytes) -> bytes:
        """The message as it leaves its author's domain; unsigned when it names no one author."""
        try:
            author = parse(content).author
        except MailError:
            author = None
        if author is None:
            return content
        domain = author.domain.encode("ascii")
        form = (b"relaxed", b"simple")
        return bytes(
            dkim.sign(content, _SELECTOR.encode(), domain, self._pem, canonicalize=form) + content
        )
