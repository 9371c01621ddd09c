"""The registry of who may send."""

from __future__ import annotations

from typing import Protocol

from margins.gate import Owner, Sender
from margins.mail.address import Address

__all__ = ["Aliases", "Secrets", "Senders"]


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

    def mailbox(self, account: str) -> Address | None:
        """Where the owner of the account with this id reads mail; None when nobody knows.

        The address that was registered first.

        Raises:
            Unavailable
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


class Aliases(Protocol):
    """Addresses that may write once a code mailed to them has come back."""

    def propose(self, name: str, address: Address, *, now: float) -> str:
        """Note the address for the account of this name or id, unverified; its new code.

        Raises:
            InputError: there is no such account, or too many codes were made for the address.
            Unavailable
        """
        ...

    def confirm(self, address: Address, code: str, *, now: float) -> str | None:
        """Let the address write if this is its code; the id of the account, else None.

        The code is good for a day and for five tries, and is used up by the right one. None too
        when the address writes to another account by now.

        Raises:
            Unavailable
        """
        ...
