"""How many execution environments an account may have at a time, whichever functions they are of.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import threading

__all__ = ["NEW_ACCOUNT", "Account"]

NEW_ACCOUNT = 10
"""What a new account has; AWS raises it on request, to 1,000 and more."""


class Account:
    """What functions without a reservation share; those with one have theirs beside. Threads may
    share it.

    Args:
        limit: environments at a time.
    """

    def __init__(self, limit: int = NEW_ACCOUNT) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._busy = 0

    def take(self) -> bool:
        """One more, if there is one left."""
        with self._lock:
            if self._busy >= self.limit:
                return False
            self._busy += 1
            return True

    def give_back(self) -> None:
        """One less."""
        with self._lock:
            self._busy -= 1
