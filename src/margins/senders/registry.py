"""What a registry can do beside answering: the commands that keep it, as protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from margins.gate import Policy
from margins.mail.address import Address
from margins.ports import Aliases, Secrets, Senders
from margins.senders import Account

__all__ = ["Access", "Registry"]


class Access(Secrets, Aliases, Protocol):
    """Policies, secret import addresses, the block list and unverified aliases.

    Accounts are named by name or id; naming one there is not raises InputError.
    """

    def renew_secret(self, name: str, domain: str, *, now: float) -> str:
        """A new secret import address for the account; the one it had opens nothing any more.

        It is returned here and never again: only its digest is kept.
        """
        ...

    def forget_secret(self, name: str) -> Account:
        """Take the account's secret import address away."""
        ...

    def set_policy(self, name: str, policy: Policy) -> Account:
        """What the account asks of a mail from now on.

        Raises:
            InputError: the policy needs a secret and there is none.
        """
        ...

    def block(self, pattern: str, *, account: str = "", now: float) -> None:
        """Refuse an address, or with "@domain" everybody of a domain; for all accounts, or one."""
        ...

    def unblock(self, pattern: str, *, account: str = "") -> bool:
        """Take it off the block list; False when it was not on it."""
        ...

    def blocked(self) -> Sequence[tuple[str, str]]:
        """The block list: name of the account, or empty for all, and the pattern."""
        ...

    def asked(self, *, now: float) -> Sequence[tuple[str, Address]]:
        """Ids of accounts, and the addresses whose code may still come back."""
        ...


class Registry(Senders, Protocol):
    """Senders, and the commands that keep them.

    Accounts are named by name or id; naming one there is not raises InputError.
    """

    @property
    def access(self) -> Access:
        """What else may write to the accounts."""
        ...

    def accounts(self) -> Sequence[Account]:
        """Every account, in the order they were made."""
        ...

    def account(self, name: str) -> Account:
        """The account of this name or id."""
        ...

    def create(self, name: str, *, now: float, id_: str = "") -> Account:
        """A new, enabled account without addresses.

        Args:
            id_: the `sub` by which an identity provider knows its person; a new one when empty.

        Raises:
            InputError: the name is empty, or it or the id is taken, or the id is none.
        """
        ...

    def enable(self, name: str, enabled: bool) -> Account:
        """Open or close the account; mail to one that is closed is refused."""
        ...

    def pause(self, name: str, paused: bool) -> Account:
        """Have the account's mail held, or taken again; what is held stays so until approved."""
        ...

    def add(self, name: str, address: Address, *, now: float) -> Account:
        """Let an address write to the account; adding it again does nothing.

        Raises:
            InputError: the address writes to another account.
        """
        ...

    def remove(self, address: Address) -> Account:
        """Stop an address from writing; the account it wrote to, without it.

        Raises:
            InputError: nobody registered it.
        """
        ...
