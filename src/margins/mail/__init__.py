"""Mail values, in the words of RFC 5321, 5322, 2045 and 8601: pure, no I/O.

`parse` reads the raw content once, decides the one author and gives the tree of entities;
`attachments` takes out of it everything that may be an export.
"""

from margins.mail.address import Address, parse_addr_spec
from margins.mail.cloud import cloud_link
from margins.mail.entity import Attachment
from margins.mail.envelope import Envelope, MailObject, digest, fingerprint
from margins.mail.header import Field, Header
from margins.mail.limits import LIMITS, Limits
from margins.mail.message import Message, parse
from margins.mail.reply import TABLE, Disposition, Outcome, Reply
from margins.mail.structure import Part
from margins.mail.unpack import Unpacked, attachments, unpack

__all__ = [
    "LIMITS",
    "TABLE",
    "Address",
    "Attachment",
    "Disposition",
    "Envelope",
    "Field",
    "Header",
    "Limits",
    "MailObject",
    "Message",
    "Outcome",
    "Part",
    "Reply",
    "Unpacked",
    "attachments",
    "cloud_link",
    "digest",
    "fingerprint",
    "parse",
    "parse_addr_spec",
    "unpack",
]
