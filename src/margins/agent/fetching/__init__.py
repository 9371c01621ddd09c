"""Mail that lies somewhere and is fetched: from a mailbox by IMAP, or from a Maildir.

Nobody hands it to us, so there is neither a peer nor an envelope: the author must be proven by the
message itself, and whom it is for stands in its fields. It is filed only once it is durable here;
whatever happens before that, the same mail is fetched again and found a duplicate. Nothing of it is
ever deleted.
"""

from margins.agent.fetching.collector import Collector, Tally
from margins.agent.fetching.fetcher import Fetcher
from margins.agent.fetching.folder import Fetching, Folder, Glance, Stopped

__all__ = ["Collector", "Fetcher", "Fetching", "Folder", "Glance", "Stopped", "Tally"]
