"""The way in by IMAP (RFC 3501): mail is fetched from one folder of an ordinary mailbox.

Nobody connects to us, so there is neither a peer nor an envelope: the author must be proven by the
message itself, and whom it is for stands in its fields. What was taken is moved or marked only when
it is durable; whatever happens before that, the same mail is fetched again and found a duplicate.
Nothing of the mailbox is ever deleted.
"""

from margins.ingress.imap.collector import Collector, Tally
from margins.ingress.imap.fetcher import Fetcher
from margins.ingress.imap.rules import Rules
from margins.ingress.imap.session import Session, open_session

__all__ = ["Collector", "Fetcher", "Rules", "Session", "Tally", "open_session"]
