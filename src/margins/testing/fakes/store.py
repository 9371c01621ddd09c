"""Raw messages in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from margins.mail.envelope import digest as digest_of
from margins.ports import Clock
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemoryStore"]


class MemoryStore(Breakable):
    """margins.ports.BatchStore and Retention.

    Args:
        clock: what contents are dated by.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._contents: dict[str, bytes] = {}
        self._put_at: dict[str, float] = {}

    def put(self, content: bytes) -> str:
        """See margins.ports.Store."""
        return self.put_many([content])[0]

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """See margins.ports.BatchStore."""
        self.answer_or_fail()
        digests = [digest_of(content) for content in contents]
        self._contents.update(zip(digests, contents, strict=True))
        self._put_at |= dict.fromkeys(digests, self._clock.now() if self._clock else time.time())
        return digests

    def get(self, digest: str) -> bytes:
        """See margins.ports.Store."""
        self.answer_or_fail()
        return self._contents[digest]

    def digests(self) -> Iterator[str]:
        """See margins.ports.Retention."""
        self.answer_or_fail()
        yield from sorted(self._contents)

    def remove(self, digest: str, *, before: float | None = None) -> bool:
        """See margins.ports.Retention."""
        self.answer_or_fail()
        if before is not None and self._put_at.get(digest, before) >= before:
            return False
        return self._contents.pop(digest, None) is not None
