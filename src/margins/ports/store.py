"""Where raw messages are kept."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Store"]


class Store(Protocol):
    """Raw messages by the SHA-256 of their bytes. Written once, never changed."""

    def put(self, content: bytes) -> str:
        """Keep the content durably and return its digest (`margins.mail.envelope.digest`).

        When this returns, the bytes and their directory entry survive a power cut. Putting the
        same content again is the same as putting it once.

        Raises:
            Unavailable: it could not be made durable; nothing partial is left under the digest.
        """
        ...

    def get(self, digest: str) -> bytes:
        """The content.

        Raises:
            KeyError: nothing is kept under this digest.
            Unavailable: the store did not answer, or the bytes do not match their digest.
        """
        ...
