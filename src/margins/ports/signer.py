"""The private key, which may live in a file, a secrets store or a key-management service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Signer"]


class Signer(Protocol):
    """Signs tokens with RS256 (RFC 7518 s3.3)."""

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWS (RFC 7519) with `kid` in its header.

        Raises:
            Unavailable: the key could not be reached.
        """
        ...
