"""What the agent needs of the world, as protocols of a few methods each.

Every method that talks to something else raises Unavailable when it does not answer. Adapters
implement these; `margins.testing` ships a fake and a contract suite for each.
"""

from margins.ports.clock import Clock
from margins.ports.ledger import (
    ALLOWED,
    Acceptance,
    Approvals,
    BatchLedger,
    Counts,
    Entry,
    Inbox,
    Ledger,
    Letter,
    Status,
    Upkeep,
)
from margins.ports.mailer import Mailer, Outbox, Outgoing
from margins.ports.resolver import RecordType, Resolver
from margins.ports.senders import Aliases, Secrets, Senders
from margins.ports.signer import Signer
from margins.ports.sink import Applied, Sink
from margins.ports.store import BatchStore, Retention, Store

__all__ = [
    "ALLOWED",
    "Acceptance",
    "Aliases",
    "Applied",
    "Approvals",
    "BatchLedger",
    "BatchStore",
    "Clock",
    "Counts",
    "Entry",
    "Inbox",
    "Ledger",
    "Letter",
    "Mailer",
    "Outbox",
    "Outgoing",
    "RecordType",
    "Resolver",
    "Retention",
    "Secrets",
    "Senders",
    "Signer",
    "Sink",
    "Status",
    "Store",
    "Upkeep",
]
