"""The state of every mail: one module per kind of database. What they share stands here."""

from __future__ import annotations

import secrets
from threading import Lock

from margins.ports import ALLOWED, Status

__all__ = ["DUE", "REPLAYABLE", "Ulids", "check_end", "check_entry"]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80

REPLAYABLE = (Status.DELIVERED, Status.FAILED)
"""End states a mail leaves only when asked for by id."""

DUE = tuple(
    status
    for status, following in ALLOWED.items()
    if Status.DELIVERING in following and status not in REPLAYABLE
)
"""States a worker takes a mail from."""


def check_entry(status: Status) -> None:
    """Raises ValueError unless a mail may enter the ledger in this state."""
    _check(Status.RECEIVED, status, also_not=Status.DEFERRED)


def check_end(before: Status, after: Status) -> None:
    """Raises ValueError unless a lease may end this way."""
    _check(before, after, also_not=Status.DELIVERING)


def _check(before: Status, after: Status, *, also_not: Status) -> None:
    if after not in ALLOWED[before] or after is also_not:
        raise ValueError(f"a mail cannot go from {before} to {after} here")


class Ulids:
    """Ids that sort by time: 26 characters, 48 bits of milliseconds and 80 of chance.

    Ids of one object ascend even within a millisecond. Source: https://github.com/ulid/spec
    """

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next(self, now: float) -> str:
        """A new id for this moment, in seconds since 1970."""
        number = int(now * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            if number >> _RANDOM_BITS == self._last >> _RANDOM_BITS:
                number = self._last + 1
            self._last = number
        return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))
