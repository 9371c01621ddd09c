"""The registry of who may send."""

from __future__ import annotations

from typing import Protocol

from margins.gate import Sender
from margins.mail.address import Address

__all__ = ["Senders"]


class Senders(Protocol):
    """Registered senders by address."""

    def find(self, address: Address) -> Sender | None:
        """The sender with exactly this address, or None when nobody registered it.

        Raises:
            Unavailable: the registry did not answer. Never to be read as "not registered".
        """
        ...
