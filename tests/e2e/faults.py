"""Which fault a proxy does to a request, by chance."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from random import Random


class Faults:
    """Threads may share it.

    Args:
        shares: of all requests, for each fault by its name.

    Attributes:
        happened: how often each was drawn.
    """

    def __init__(self, shares: Mapping[str, float], chance: Random) -> None:
        self.happened: Counter[str] = Counter()
        self._shares = shares
        self._chance = chance
        self._lock = threading.Lock()

    def draw(self) -> str:
        """What to do to one request; empty for nothing."""
        with self._lock:
            draw = self._chance.random()
            for name, share in self._shares.items():
                if draw < share:
                    self.happened[name] += 1
                    return name
                draw -= share
        return ""
