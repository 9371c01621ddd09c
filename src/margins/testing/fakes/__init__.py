"""Every port in memory: behaves like the real thing, fails when told to, keeps nothing."""

from margins.testing.fakes.clock import ManualClock
from margins.testing.fakes.ledger import MemoryLedger
from margins.testing.fakes.senders import MemorySenders
from margins.testing.fakes.signer import MemorySigner
from margins.testing.fakes.sink import MemorySink
from margins.testing.fakes.store import MemoryStore

__all__ = [
    "ManualClock",
    "MemoryLedger",
    "MemorySenders",
    "MemorySigner",
    "MemorySink",
    "MemoryStore",
]
