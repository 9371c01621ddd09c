"""Where raw messages are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

__all__ = ["BatchStore", "Retention", "Store"]


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


class BatchStore(Store, Protocol):
    """A store that makes many contents durable for little more than the price of one."""

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Keep every content durably and return their digests, in order.

        Raises:
            Unavailable: not all could be made durable; some may be kept, none partially. Putting
                them again, together or one by one, is safe.
        """
        ...


class Retention(Protocol):
    """What a store offers so that mail is not kept longer than its retention time."""

    def digests(self) -> Iterator[str]:
        """Every digest something is kept under, ascending."""
        ...

    def remove(self, digest: str, *, before: float | None = None) -> bool:
        """Forget the content for good; False when nothing was kept under the digest.

        Args:
            before: leave it alone unless it was last put before this moment (seconds since 1970).
                Putting it at the same time is safe: it is then there afterwards.

        Raises:
            Unavailable: it may or may not be gone.
        """
        ...
