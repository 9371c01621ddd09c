"""The way in by IMAP (RFC 3501): mail is fetched from one folder of an ordinary mailbox."""

from margins.ingress.imap.rules import Rules
from margins.ingress.imap.session import Session, open_session

__all__ = ["Rules", "Session", "open_session"]
