"""The registry of who may send."""

from __future__ import annotations

from typing import Protocol

from margins.gate import Owner, Sender
from margins.mail.address import Address

__all__ = ["Secrets", "Senders"]


class Senders(Protocol):
    """Registered senders by address."""

    def find(self, address: Address) -> Sender | None:
        """The sender with exactly this address, or None when nobody registered it.

        Raises:
            Unavailable: the registry did not answer. Never to be read as "not registered".
        """
        ...


class Secrets(Protocol):
    """Secret import addresses and the block list, of registries that have them."""

    def owner(self, secret: str) -> Owner | None:
        """The account with exactly this secret (`margins.mail.import_address`), or None.

        Takes as long for a secret nobody has as for one somebody has.

        Raises:
            Unavailable: the registry did not answer. Never to be read as "nobody has it".
        """
        ...

    def blocks(self, author: Address, account: str) -> bool:
        """True when nobody wants mail from this author, or this account does not.

        Args:
            account: empty when the mail belongs to no account yet.

        Raises:
            Unavailable
        """
        ...
