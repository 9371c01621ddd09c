"""A registry in memory."""

from __future__ import annotations

from collections.abc import Iterable

from margins.gate import Sender
from margins.mail.address import Address
from margins.testing.fakes.breakable import Breakable

__all__ = ["MemorySenders"]


class MemorySenders(Breakable):
    """margins.ports.Senders over the senders given."""

    def __init__(self, senders: Iterable[Sender] = ()) -> None:
        super().__init__()
        self._senders = {sender.address: sender for sender in senders}

    def find(self, address: Address) -> Sender | None:
        """See margins.ports.Senders."""
        self.answer_or_fail()
        return self._senders.get(address)
