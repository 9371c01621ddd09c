"""Tokens that are still good, by account: a mail's requests come soon after one another."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from margins.clients.token import LONGEST_LIFETIME

__all__ = ["Wallet"]

_SECONDS = LONGEST_LIFETIME / 5
_MOST = 1_000


class Wallet:
    """Keeps a token for a fifth of its life. Threads may share it.

    Args:
        mint: makes a token for an account, issued at a moment in seconds since 1970; this may cost
            a request to a key that nobody can copy.
    """

    def __init__(self, mint: Callable[[str, float], str]) -> None:
        self._mint = mint
        self._lock = Lock()
        self._tokens: dict[str, tuple[float, str]] = {}

    def token(self, account: str, now: float) -> str:
        """A token for the account that is good for minutes from now."""
        with self._lock:
            issued, token = self._tokens.get(account, (0.0, ""))
        if token and issued <= now < issued + _SECONDS:
            return token
        token = self._mint(account, now)
        with self._lock:
            if len(self._tokens) >= _MOST:
                self._tokens.clear()
            self._tokens[account] = (now, token)
        return token

    def empty(self) -> None:
        """Forget them all."""
        with self._lock:
            self._tokens.clear()
