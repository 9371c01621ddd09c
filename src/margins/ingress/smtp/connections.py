"""Who is connected, and what they hold: the counts behind every limit on many."""

from __future__ import annotations

import resource
from collections import Counter

from margins.ingress.smtp.rules import Rules
from margins.mail.peer import origin

__all__ = ["Connections"]


def _descriptors() -> int:
    """File descriptors this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else soft


class Connections:
    """Connections and content bytes, in all and per origin (see `margins.mail.peer`).

    Half of the file descriptors are kept for the store, the ledger and the notes API: a flood of
    connections is answered 421 long before the process runs out of them.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._most = min(rules.connections, _descriptors() // 2)
        self._open: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._count = self._held = 0

    def __len__(self) -> int:
        return self._count

    @property
    def stressed(self) -> bool:
        """True while half of all connections are taken."""
        return self._count * 2 >= self._most

    def enter(self, peer: str) -> str:
        """Count a connection in. A reply line when there are too many; then it is not counted."""
        if self._count >= self._most:
            return "421 4.3.2 Too many connections, try again later"
        who = origin(peer)
        crowd = self._open[who] >= self._rules.connections_per_peer
        exempt = self._rules.trusts(peer) or self._rules.proxied(peer)
        if crowd and not exempt and not self._rules.may_xclient(peer):
            return "421 4.7.0 Too many connections from your address"
        self._open[who] += 1
        self._count += 1
        return ""

    def leave(self, peer: str) -> None:
        """Count a connection out."""
        self._count -= 1
        self._less(self._open, origin(peer), 1)

    def take(self, peer: str, size: int) -> bool:
        """Reserve memory for content, or False when there is none left, or none for this peer."""
        who, most = origin(peer), self._rules.memory
        own = most if self._rules.trusts(peer) else max(most // 4, self._rules.max_bytes)
        if self._held + size > most or self._bytes[who] + size > own:
            return False
        self._held += size
        self._bytes[who] += size
        return True

    def give(self, peer: str, size: int) -> None:
        """Return memory that was taken."""
        self._held -= size
        self._less(self._bytes, origin(peer), size)

    @staticmethod
    def _less(counter: Counter[str], key: str, by: int) -> None:
        counter[key] -= by
        if counter[key] <= 0:
            del counter[key]
