"""Raw messages that nothing needs any more: those past their retention time, and orphans.

An orphan is a raw message no row of the ledger names. It was stored, and then the process ended
before the row was written: nobody was told 250, the peer has sent it again since, and the envelope
it came with is gone. So it is removed after a day. One that is being put this very moment looks the
same, which is why a store removes only what was put before a given time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from margins.agent.agent import Agent
from margins.ports import Retention, Upkeep

__all__ = ["Tidied", "tidy"]

_DAY = 86_400.0
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What was removed: numbers of raw messages."""

    expired: int
    orphans: int


def _batches(digests: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(digests)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def tidy(agent: Agent, ledger: Upkeep, store: Retention, *, retention_days: float) -> Tidied:
    """Remove what nothing needs any more; safe to stop anywhere and to run beside everything.

    Args:
        retention_days: raw messages are kept so long after their end state; 0 is for ever.

    Raises:
        Unavailable
    """
    now, expired, orphans = agent.clock.now(), 0, 0
    while retention_days:
        released = ledger.release(ended_before=now - retention_days * _DAY)
        # Rows first: a crash here leaves orphans, which the next run finds.
        expired += sum(store.remove(digest, before=now - 3600.0) for digest in released)
        if not released:
            break
    for batch in _batches(store.digests()):
        for digest in sorted(ledger.unknown(batch)):
            orphans += store.remove(digest, before=now - _DAY)
    return Tidied(expired=expired, orphans=orphans)
