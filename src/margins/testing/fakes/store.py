"""Raw messages in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from margins.mail.envelope import digest as digest_of
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemoryStore"]


class MemoryStore(Breakable):
    """margins.ports.BatchStore and Retention."""

    def __init__(self) -> None:
        super().__init__()
        self._contents: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """See margins.ports.Store."""
        return self.put_many([content])[0]

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """See margins.ports.BatchStore."""
        self.answer_or_fail()
        digests = [digest_of(content) for content in contents]
        self._contents.update(zip(digests, contents, strict=True))
        return digests

    def get(self, digest: str) -> bytes:
        """See margins.ports.Store."""
        self.answer_or_fail()
        return self._contents[digest]

    def digests(self) -> Iterator[str]:
        """See margins.ports.Retention."""
        self.answer_or_fail()
        yield from sorted(self._contents)

    def remove(self, digest: str) -> bool:
        """See margins.ports.Retention."""
        self.answer_or_fail()
        return self._contents.pop(digest, None) is not None
