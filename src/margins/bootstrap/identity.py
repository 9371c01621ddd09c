"""The key that signs tokens, and the tokens people get."""

from __future__ import annotations

import time
from secrets import token_hex
from typing import TYPE_CHECKING

from margins.bootstrap.directory import data_directory
from margins.config import Settings
from margins.errors import InputError

if TYPE_CHECKING:
    from margins.signer.file import FileSigner

__all__ = ["open_signer", "personal_token"]

_LONGEST_MINUTES = 24 * 60


def open_signer(settings: Settings) -> FileSigner:
    """The key tokens are signed with; made on the first start."""
    from margins.signer.file import FileSigner

    return FileSigner(settings.keys or data_directory(settings) / "keys")


def personal_token(settings: Settings, signer: FileSigner, account: str, *, minutes: int) -> str:
    """A token with which a person reads and edits one account's notes until it expires.

    Raises:
        InputError: it would live for more than a day; the notes API does not believe such a one.
    """
    from margins.clients.token import NOTES, claims

    if not 0 < minutes <= _LONGEST_MINUTES:
        raise InputError(
            "A token lives for a day at most.", remedy=f"Ask for 1 to {_LONGEST_MINUTES} minutes."
        )
    now = time.time()
    chosen = claims(
        account,
        issuer=settings.issuer,
        audience=settings.audience,
        now=now,
        jti=token_hex(16),
        scope=NOTES,
    )
    return signer.sign({**chosen, "exp": int(now) + minutes * 60})
