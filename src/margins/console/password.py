"""The operator's password, asked for with HTTP Basic authentication (RFC 7617)."""

from __future__ import annotations

import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from threading import Lock

from margins.mail.peer import origin

__all__ = ["MOST_WRONG", "WINDOW_SECONDS", "Access", "Password"]

MOST_WRONG = 10
"""Wrong passwords from one network within the window; after that none is looked at."""
WINDOW_SECONDS = 60.0
_NETWORKS = 10_000


class Access(Enum):
    """What is done with a request."""

    GRANTED = "granted"
    ASK = "ask"
    LATER = "later"


def _given(authorization: str) -> bytes | None:
    """The password in an Authorization header; the user's name does not matter."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = b64decode(credentials.strip(), validate=True).partition(b":")
    except ValueError:
        return None
    return password if colon else None


class Password:
    """Compares in constant time, and not at all after too many wrong ones. Threads may share it.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, password: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._digest = sha256(password.encode()).digest()
        self._clock = clock
        self._lock = Lock()
        # The end of each network's window, and how many wrong ones fell into it; oldest first.
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, authorization: str, peer: str) -> Access:
        """What to do with a request that carries this header and comes from this IP address."""
        network = origin(peer)
        with self._lock:
            until, wrong = self._window(network)
            if wrong >= MOST_WRONG:
                return Access.LATER
            given = _given(authorization)
            if given is None:
                return Access.ASK
            if compare_digest(sha256(given).digest(), self._digest):
                return Access.GRANTED
            self._wrong[network] = until, wrong + 1
            while len(self._wrong) > _NETWORKS:
                self._wrong.popitem(last=False)
            return Access.ASK

    def _window(self, network: str) -> tuple[float, int]:
        now = self._clock()
        until, wrong = self._wrong.get(network, (0.0, 0))
        if until <= now:
            self._wrong.pop(network, None)
            return now + WINDOW_SECONDS, 0
        return until, wrong
