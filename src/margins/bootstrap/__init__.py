"""From settings to working parts: the only place that knows every class.

Each part is imported by the function that opens it, so that a command pays only for what it uses.
"""

from margins.bootstrap.agent import open_agent
from margins.bootstrap.fetching import imap_rules, maildir_rules, open_fetchers, sources
from margins.bootstrap.identity import open_signer, personal_token
from margins.bootstrap.parts import Parts
from margins.bootstrap.peers import open_mailer
from margins.bootstrap.relay import open_relay
from margins.bootstrap.replay import Replayer, open_replayer
from margins.bootstrap.sink import open_notes, open_sink
from margins.bootstrap.storage import ServerLedger, open_ledger, open_senders, open_store

__all__ = [
    "Parts",
    "Replayer",
    "ServerLedger",
    "imap_rules",
    "maildir_rules",
    "open_agent",
    "open_fetchers",
    "open_ledger",
    "open_mailer",
    "open_notes",
    "open_relay",
    "open_replayer",
    "open_senders",
    "open_signer",
    "open_sink",
    "open_store",
    "personal_token",
    "sources",
]
