"""Who may send: one module per kind of registry. What they share stands here."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import uuid4

from margins.errors import InputError
from margins.gate import Policy
from margins.mail.address import Address

__all__ = [
    "CODES_A_DAY",
    "CODE_SECONDS",
    "CODE_TRIES",
    "Account",
    "State",
    "check_policy",
    "code_digest",
    "known_already",
    "new_account",
    "new_code",
    "no_account",
    "taken",
    "too_many_codes",
]

_CODE_BYTES = 5
_ID = re.compile(r"[!-~]{1,128}")
CODE_SECONDS = 86_400.0
"""How long the code of an alias is good."""
CODE_TRIES = 5
"""How often it may be tried."""
CODES_A_DAY = 5
"""How many are made for one address: nobody is flooded with letters, no code is guessed."""


class State(StrEnum):
    """What becomes of an account's mail: it is taken, held until the account goes on, or refused.

    Its notes stay, and may be read and edited, in every state.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody whose notes are kept.

    Attributes:
        id: the `sub` of every token minted for the account; never changes.
        name: for people and commands; unique.
        enabled: False when it is closed.
        created: seconds since 1970, UTC.
        policy: what it asks of a mail.
        secret_made: when its secret import address was made, seconds since 1970; 0 when it has
            none. The address itself is not kept.
        paused: its mail is held.
        addresses: verified, that may write to it, in their normal form, sorted.
    """

    id: str
    name: str
    enabled: bool
    created: float
    policy: Policy = Policy.AUTHENTICATED
    secret_made: float = 0.0
    paused: bool = False
    addresses: tuple[Address, ...] = ()

    @property
    def state(self) -> State:
        """What becomes of its mail."""
        if not self.enabled:
            return State.CLOSED
        return State.PAUSED if self.paused else State.ACTIVE


def new_code() -> str:
    """A code that shows that somebody reads mail to an address."""
    return b32encode(secrets.token_bytes(_CODE_BYTES)).decode("ascii")


def code_digest(code: str) -> bytes:
    """What a registry keeps of it; neither case nor space around it count."""
    return sha256(code.strip().upper().encode("utf-8", "replace")).digest()


def check_policy(account: Account, policy: Policy) -> None:
    """Raises InputError when the policy would let nothing in."""
    if policy is not Policy.AUTHENTICATED and not account.secret_made:
        raise InputError(
            f"The policy {policy} needs a secret import address, and {account.name!r} has none.",
            remedy="Make one first with `margins accounts secret`.",
        )


def new_account(name: str, id_: str, *, now: float) -> Account:
    """An account to be made, with a name that is not empty and an id that is new or given.

    Raises:
        InputError: there is no name, or the id is none.
    """
    if not name.strip():
        raise InputError("An account needs a name.", remedy="Give it one.")
    if id_ and not _ID.fullmatch(id_):
        raise InputError(
            f"{id_!r} cannot be the id of an account.",
            remedy="Copy the `sub` of the person's tokens, 1 to 128 printable characters.",
        )
    return Account(id=id_ or str(uuid4()), name=name.strip(), enabled=True, created=now)


def known_already(account: Account) -> InputError:
    """For one that has been made before."""
    return InputError(
        f"There is an account {account.name!r} already, or one with its id.",
        remedy="Choose another name, or add the address to that account.",
    )


def no_account(name: str) -> InputError:
    """The error about an account there is not."""
    return InputError(
        f"There is no account {name!r}.", remedy="List the accounts to see their names."
    )


def taken(address: Address, owner: str) -> InputError:
    """The error about an address that writes to another account."""
    return InputError(
        f"{address} already writes to the account {owner!r}.",
        remedy="Remove it there first: an address writes to one account.",
    )


def too_many_codes(address: Address) -> InputError:
    """The error about an address that was asked too often."""
    return InputError(
        f"{address} has been sent {CODES_A_DAY} codes since yesterday.",
        remedy="Wait until tomorrow, or answer the last letter.",
    )
